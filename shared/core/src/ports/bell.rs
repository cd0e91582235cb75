//! "This connection has work." Losing, doubling or delaying one is harmless: the table is the truth.

use crate::ids::ConnectionId;
use async_trait::async_trait;
use jiff::SignedDuration;
use thiserror::Error;

/// The bell could not be rung. The sweep will find the work.
#[derive(Debug, Error)]
#[error("the bell could not be rung: {0}")]
pub struct BellError(pub String);

/// Wakes a worker for a connection.
#[async_trait]
pub trait Bell: Send + Sync {
    /// Wakes one as soon as one is free.
    async fn ring(&self, connection: &ConnectionId) -> Result<(), BellError>;
    /// Wakes one after a delay.
    async fn ring_after(&self, connection: &ConnectionId, delay: SignedDuration) -> Result<(), BellError>;

    /// Whether a connection was rung that nobody is free to work. A worker that is told so lets it go first. False where
    /// there is always somebody free.
    fn others_wait(&self) -> bool {
        false
    }
}
