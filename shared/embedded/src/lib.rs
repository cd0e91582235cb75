//! The ports of PSA Bridge on one machine: SQLite, an encrypted vault, an in-memory bell, mail.

pub mod bell;
pub mod mail;
pub mod sqlite;
pub mod vault;

pub use bell::MemoryBell;
pub use mail::{FolderMailer, Sender, SenderError, SmtpError, SmtpMailer, SmtpOptions, SmtpTls};
pub use sqlite::{OpenError, SqliteOptions, SqliteStore, Synchronous};
pub use vault::{FileVault, KeyError, VaultKey, generate_key_file};
