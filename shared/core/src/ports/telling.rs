//! The ways out of the outbox: mail, and the vendor's webhook.

use crate::ids::NoticeId;
use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

/// A mail of plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Goes into its `Message-ID`: the same at every attempt, so that mail programs show it once.
    pub id: NoticeId,
    /// Goes into its `Date`.
    pub date: Timestamp,
    /// One address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Lines that end in a line feed.
    pub text: String,
}

/// Leaves out the address and what the mail says.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A mail was not sent, or nobody can say.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MailError {
    /// It was refused, and would be again.
    #[error("the mail was refused: {0}")]
    Refused(String),
    /// Later it may work.
    #[error("the mail could not be sent: {0}")]
    Failed(String),
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends one; returns once somebody else is answerable for it. Takes no longer than a minute.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// An event did not arrive, or nobody can say.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WebhookError {
    /// The receiver wants no more of them (410).
    #[error("the receiver answered 410: it wants no more events")]
    Gone,
    /// Later it may work.
    #[error("{0}")]
    Failed(String),
}

/// Sends events to the vendor.
#[async_trait]
pub trait Webhook: Send + Sync {
    /// Sends one, signed; returns once the receiver has taken it. Takes no longer than a minute.
    async fn send(&self, id: &NoticeId, body: &str) -> Result<(), WebhookError>;
}
