//! Organisations as this process read them last, with the version of the head that they were read under. Whoever finds that
//! version again need not read how the organisation is mapped: every change of it writes the head. (A mapping's health does
//! not, on which no event's way rests.)
//!
//! A transaction shows item by item to those who read outside of one, so what was read at the moment of a change may be half
//! of it. One event would be routed by that and found by the backfill; many must not be. So only what was read a while after
//! its head was first seen is read from here, and not for long.

use super::rows::organization::Mapped;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::ids::OrganizationId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Organisations that are kept; when there are more, all are forgotten. Of some kilobytes each, mostly less.
const ORGANIZATIONS: usize = 500;
/// How long after its head was first seen all of a change is there. Takes milliseconds.
const WHOLE_AFTER: SignedDuration = SignedDuration::from_secs(1);
/// How long an organisation is not read again.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(1);

/// An organisation as it was under a version of its head.
#[derive(Clone, Debug)]
struct Known {
    version: String,
    seen_at: Timestamp,
    read_at: Timestamp,
    mapped: Arc<Mapped>,
}

impl Known {
    fn is_good(&self, now: Timestamp) -> bool {
        self.read_at.duration_since(self.seen_at) >= WHOLE_AFTER
            && now.duration_since(self.read_at) < GOOD_FOR
    }
}

/// The organisations. Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownOrganizations {
    known: Arc<Mutex<HashMap<OrganizationId, Known>>>,
}

impl KnownOrganizations {
    /// An organisation as it is under the version of its head that comes with it.
    pub(crate) fn get(&self, id: &OrganizationId, now: Timestamp) -> Option<(String, Arc<Mapped>)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let good = known.get(id).filter(|known| known.is_good(now));
        good.map(|known| (known.version.clone(), Arc::clone(&known.mapped)))
    }

    /// Keeps an organisation that was read at that time under this version of its head.
    pub(crate) fn keep(&self, id: &OrganizationId, version: String, mapped: &Mapped, now: Timestamp) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let seen_before = all.get(id).filter(|known| known.version == version);
        let seen_at = seen_before.map_or(now, |known| known.seen_at);
        if all.len() >= ORGANIZATIONS {
            all.clear();
        }
        let known = Known { version, seen_at, read_at: now, mapped: Arc::new(mapped.clone()) };
        all.insert(id.clone(), known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_with_its_head_or_long_ago_is_read_again() {
        let (known, id) = (KnownOrganizations::default(), "acme".parse().unwrap());
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let keep = |version: &str, seconds| {
            known.keep(&id, version.to_owned(), &Mapped::default(), at(seconds));
        };
        let version = |seconds| known.get(&id, at(seconds)).map(|(version, _)| version);
        keep("1", 100);
        assert_eq!(version(101), None);
        keep("1", 101);
        assert_eq!(version(160).as_deref(), Some("1"));
        assert_eq!(version(161), None);
        keep("2", 161);
        assert_eq!(version(162), None);
    }
}
