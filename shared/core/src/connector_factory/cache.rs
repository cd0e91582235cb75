//! Connectors that are open, so that tokens and connections to the PSA outlive a single use. Bounded, and those that
//! nobody used for a while go.

use crate::{budget::Purpose, ids::ConnectionId};
use jiff::{SignedDuration, Timestamp};
use psa_connector::PsaConnector;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many are kept open.
pub(super) const MOST: usize = 1_000;

/// How long one is kept that nobody uses: half the life of the tokens of PSAs, so that a kept one mostly still has one.
pub(super) const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// What tells connectors apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ConnectorKey {
    pub(super) connection: ConnectionId,
    pub(super) generation: u32,
    pub(super) purpose: Purpose,
}

struct Kept {
    connector: Arc<dyn PsaConnector>,
    used_at: Timestamp,
}

#[derive(Default)]
pub(super) struct ConnectorCache(Mutex<HashMap<ConnectorKey, Kept>>);

impl ConnectorCache {
    pub(super) fn get(&self, key: &ConnectorKey, now: Timestamp) -> Option<Arc<dyn PsaConnector>> {
        let mut all = self.lock();
        let kept = all.get_mut(key)?;
        kept.used_at = now;
        Some(Arc::clone(&kept.connector))
    }

    /// Keeps it, or gives back the one that another task opened meanwhile.
    pub(super) fn keep(
        &self,
        key: ConnectorKey,
        connector: Arc<dyn PsaConnector>,
        now: Timestamp,
    ) -> Arc<dyn PsaConnector> {
        let mut all = self.lock();
        all.retain(|_, kept| now.duration_since(kept.used_at) < IDLE);
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, kept)| kept.used_at).map(|(key, _)| key.clone())
        {
            all.remove(&oldest);
        }
        let kept = all.entry(key).or_insert(Kept { connector, used_at: now });
        Arc::clone(&kept.connector)
    }

    pub(super) fn forget_below(&self, connection: &ConnectionId, generation: u32) {
        self.lock().retain(|key, _| key.connection != *connection || key.generation >= generation);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectorKey, Kept>> {
        // Each change is a single step of the map, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
