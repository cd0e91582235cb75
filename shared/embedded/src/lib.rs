//! The ports of PSA Bridge on one machine: SQLite, an encrypted vault, an in-memory bell.

pub mod bell;
pub mod sqlite;
pub mod vault;

pub use bell::MemoryBell;
pub use sqlite::{OpenError, SqliteOptions, SqliteStore, Synchronous};
pub use vault::{FileVault, KeyError, VaultKey, generate_key_file};
