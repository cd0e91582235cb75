//! Making a step under a lease: first from what this process read or wrote before, as one call; where that turns out to
//! be outdated, from what is stored.

use crate::dynamo::{
    DynamoStore,
    key::Key,
    retry::Tries,
    rows::lease,
    transaction::{Commit, Transaction},
};
use async_trait::async_trait;
use psa_bridge_core::ports::{AdvanceError, Lease, StoreError};

/// A step under a lease.
#[async_trait]
pub(in crate::dynamo::ports) trait UnderLease: Sync {
    /// What comes of it.
    type Made: Send;

    /// The items that it changes or decides on, as far as they are known beforehand.
    fn keys(&self) -> Vec<Key>;

    /// Reads, decides and writes. That the lease is held is seen to elsewhere.
    async fn make(&self, tx: &mut Transaction<'_>) -> Result<Self::Made, AdvanceError>;
}

impl DynamoStore {
    /// Makes a step while the lease is with who had it.
    pub(in crate::dynamo::ports) async fn make_leased<S: UnderLease>(
        &self,
        lease: &Lease,
        step: &S,
    ) -> Result<S::Made, AdvanceError> {
        let keys = step.keys();
        if let Some(made) = self.make_assuming(lease, step, &keys).await? {
            return Ok(made);
        }
        self.cache.forget(&keys);
        let mut tries = Tries::of_step();
        loop {
            let mut tx = self.begin();
            tx.prefetch(keys.iter().cloned().chain([Key::lease(&lease.connection)])).await?;
            if !lease::is_held(&mut tx, lease).await? {
                return Err(AdvanceError::LeaseLost);
            }
            let made = step.make(&mut tx).await?;
            if self.commit_leased(lease, tx, &keys).await? == Commit::Made {
                return Ok(made);
            }
            tries.again().await.map_err(StoreError::from)?;
        }
    }

    /// Makes a step from what was read before. None where that is not all there, or turned out to be outdated: whatever
    /// was refused may be so for that alone.
    async fn make_assuming<S: UnderLease>(
        &self,
        lease: &Lease,
        step: &S,
        keys: &[Key],
    ) -> Result<Option<S::Made>, AdvanceError> {
        let items: Option<Vec<_>> = keys.iter().map(|key| self.cache.get(key)).collect();
        let Some(items) = items.filter(|items| !items.is_empty()) else { return Ok(None) };
        let mut tx = self.begin();
        for item in items {
            tx.assume(item);
        }
        let made = match step.make(&mut tx).await {
            Ok(made) => made,
            Err(AdvanceError::Store(error)) => return Err(error.into()),
            Err(_) => return Ok(None),
        };
        let commit = self.commit_leased(lease, tx, keys).await?;
        Ok((commit == Commit::Made).then_some(made))
    }

    async fn commit_leased(
        &self,
        lease: &Lease,
        mut tx: Transaction<'_>,
        keys: &[Key],
    ) -> Result<Commit, StoreError> {
        lease::expect(&mut tx, lease)?;
        let written: Vec<_> = keys.iter().filter_map(|key| tx.written(key)).collect();
        let commit = tx.commit().await?;
        if commit == Commit::Made {
            self.cache.keep(written);
        }
        Ok(commit)
    }
}
