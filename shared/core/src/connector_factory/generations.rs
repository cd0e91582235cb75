//! Which generations of credentials are retired. Asked at every request, so that connectors which somebody still holds,
//! or is opening right now, make no call with them any more.

use crate::ids::ConnectionId;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// How long a retirement is remembered that nobody watches: far longer than it takes until the vault no longer has the
/// secret, after which nothing can be opened with it.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Forgetting what is over costs a walk over all, so it waits until there are this many.
const TIDY_ABOVE: usize = 1_000;

#[derive(Default)]
pub(super) struct Generations(Mutex<HashMap<ConnectionId, Watched>>);

struct Watched {
    /// The lowest generation that may make calls.
    lowest: Arc<AtomicU32>,
    touched_at: Timestamp,
}

/// One generation of one connection, and whether it is retired.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    generation: u32,
    lowest: Arc<AtomicU32>,
}

impl Watch {
    /// Once [`Generations::retire`] returned, every thread sees it here.
    pub(super) fn is_retired(&self) -> bool {
        self.generation < self.lowest.load(Ordering::SeqCst)
    }
}

impl Generations {
    pub(super) fn watch(&self, connection: &ConnectionId, generation: u32, now: Timestamp) -> Watch {
        Watch { generation, lowest: self.lowest(connection, now) }
    }

    pub(super) fn retire(&self, connection: &ConnectionId, below: u32, now: Timestamp) {
        self.lowest(connection, now).fetch_max(below, Ordering::SeqCst);
    }

    fn lowest(&self, connection: &ConnectionId, now: Timestamp) -> Arc<AtomicU32> {
        // Each change is a single step of the map, so a panic elsewhere leaves nothing half done.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() > TIDY_ABOVE {
            all.retain(|_, watched| {
                Arc::strong_count(&watched.lowest) > 1 || now.duration_since(watched.touched_at) < REMEMBERED
            });
        }
        let watched = all
            .entry(connection.clone())
            .or_insert_with(|| Watched { lowest: Arc::default(), touched_at: now });
        watched.touched_at = now;
        Arc::clone(&watched.lowest)
    }
}
