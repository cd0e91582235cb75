//! Rings that leave together.

use super::Ring;
use psa_bridge_core::ports::BellError;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Rings that leave together: each connection once for each delay, however many rang for it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rings: Mutex<BTreeSet<Ring>>,
    /// What was not taken, and why; set once all was tried.
    failed: OnceLock<BTreeMap<Ring, String>>,
}

impl Batch {
    pub(super) fn add(&self, ring: &Ring) {
        self.lock().insert(ring.clone());
    }

    pub(super) fn rings(&self) -> BTreeSet<Ring> {
        self.lock().clone()
    }

    pub(super) fn is_sent(&self) -> bool {
        self.failed.get().is_some()
    }

    /// Notes what came of it.
    pub(super) fn note(&self, failed: Vec<(Ring, String)>) {
        self.failed.get_or_init(|| failed.into_iter().collect());
    }

    /// What came of one ring.
    pub(super) fn outcome(&self, ring: &Ring) -> Result<(), BellError> {
        match self.failed.get().and_then(|failed| failed.get(ring)) {
            Some(why) => Err(BellError(why.clone())),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<Ring>> {
        // An insertion that a panic cut off left the set as it was.
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
