//! What is remembered of fingerprints and organisations, as far as it was changed since the page was read. One worker has
//! the lease, so nobody else changes it meanwhile.

use crate::{
    ids::{Fingerprint, OrganizationId},
    life_cycle::{FingerprintRecord, StormRecord},
    ports::{Step, WorkItem},
};
use std::collections::HashMap;

/// The changes of one page.
#[derive(Debug, Default)]
pub(super) struct Memory {
    records: HashMap<Fingerprint, FingerprintRecord>,
    storms: HashMap<OrganizationId, StormRecord>,
}

impl Memory {
    /// What is remembered of a fingerprint now.
    pub(super) fn record(&self, item: &WorkItem, fingerprint: &Fingerprint) -> FingerprintRecord {
        let changed = self.records.get(fingerprint).or(item.record.as_ref());
        changed.cloned().unwrap_or_else(|| FingerprintRecord::new(fingerprint.clone()))
    }

    /// What is remembered of an organisation's new tickets now.
    pub(super) fn storm(&self, item: &WorkItem) -> StormRecord {
        let changed = self.storms.get(&item.delivery.organization).or(item.storm.as_ref());
        changed.cloned().unwrap_or_else(|| StormRecord::new(item.delivery.organization.clone()))
    }

    /// Keeps what a step changes.
    pub(super) fn keep(&mut self, step: &Step) {
        if let Some(record) = &step.record {
            self.records.insert(record.fingerprint.clone(), record.clone());
        }
        if let Some(storm) = &step.storm {
            self.storms.insert(storm.organization.clone(), storm.clone());
        }
    }

    /// All changes are in the store now.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.storms.clear();
    }
}
