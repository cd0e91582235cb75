//! Mails on one machine: through a mail server, or, where none is configured, as files in a folder.

mod folder;
mod message;
mod smtp;

pub use folder::FolderMailer;
pub use message::{Sender, SenderError};
pub use smtp::{SmtpError, SmtpMailer, SmtpOptions, SmtpTls};
