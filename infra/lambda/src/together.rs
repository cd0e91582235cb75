//! A bell for the messages of one batch: what they ring for is rung once, when all of them were worked.

use async_trait::async_trait;
use jiff::SignedDuration;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Bell, BellError},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::warn;

/// Keeps what rang until it is rung.
pub struct Together {
    bell: Arc<dyn Bell>,
    rang: Mutex<BTreeSet<ConnectionId>>,
}

impl Together {
    /// Rings that bell in the end.
    pub fn new(bell: Arc<dyn Bell>) -> Self {
        Self { bell, rang: Mutex::default() }
    }

    /// Rings for what rang since the last time.
    pub async fn ring_all(&self) {
        let rang = std::mem::take(&mut *self.rang.lock().unwrap_or_else(PoisonError::into_inner));
        let ringing = rang.iter().map(|connection| async move {
            if let Err(error) = self.bell.ring(connection).await {
                // The sweep rings for whatever is due, so a lost bell costs time and nothing else.
                warn!(%connection, %error, "Could not ring a bell");
            }
        });
        futures_util::future::join_all(ringing).await;
    }
}

#[async_trait]
impl Bell for Together {
    async fn ring(&self, connection: &ConnectionId) -> Result<(), BellError> {
        self.rang.lock().unwrap_or_else(PoisonError::into_inner).insert(connection.clone());
        Ok(())
    }

    async fn ring_after(&self, connection: &ConnectionId, delay: SignedDuration) -> Result<(), BellError> {
        self.bell.ring_after(connection, delay).await
    }
}
