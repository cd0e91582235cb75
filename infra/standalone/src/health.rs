//! Whether the bridge can keep what it is sent. A process that answers and cannot write is not well.

use psa_bridge_core::ports::StoreError;
use psa_bridge_embedded::SqliteStore;
use psa_bridge_http::Problem;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long an answer holds. Anybody may ask, and each look costs a write.
const HOLDS: Duration = Duration::from_secs(1);

/// Looks after the store, at most once a second.
pub struct Health {
    store: Arc<SqliteStore>,
    last: Mutex<Option<Look>>,
}

struct Look {
    at: Instant,
    failed: bool,
}

impl Health {
    /// Nothing was looked at yet.
    pub fn new(store: Arc<SqliteStore>) -> Self {
        Self { store, last: Mutex::default() }
    }

    /// Whether records can be written. Those who ask while another looks wait for what it finds.
    ///
    /// # Errors
    /// 503 `store_unavailable`, where they cannot.
    pub async fn check(&self) -> Result<(), Problem> {
        let mut last = self.last.lock().await;
        if let Some(look) = last.as_ref().filter(|look| look.at.elapsed() < HOLDS) {
            return if look.failed { Err(unavailable().into()) } else { Ok(()) };
        }
        let found = self.store.try_write().await;
        *last = Some(Look { at: Instant::now(), failed: found.is_err() });
        Ok(found?)
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { detail: "it could not be written a moment ago".to_owned(), source: None }
}
