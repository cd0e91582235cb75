//! The bell of one process: "this connection has work", in memory. Losing it with the process is harmless: the store has
//! the work, and the sweep rings for it.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Bell, BellError},
};
use psa_connector::Clock;
use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// Rings for the workers of this process. However often a connection is rung before a worker takes it, it is taken once;
/// of delayed rings the earliest counts.
#[derive(Debug)]
pub struct MemoryBell {
    clock: Arc<dyn Clock>,
    rung: Mutex<Rung>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Rung {
    /// To be taken, first come first served.
    ready: VecDeque<ConnectionId>,
    /// The same, to tell what is there.
    waiting: HashSet<ConnectionId>,
    /// Delayed rings, by when.
    later: BTreeSet<(Timestamp, ConnectionId)>,
    /// The same, by connection.
    later_at: HashMap<ConnectionId, Timestamp>,
    closed: bool,
}

/// What a worker finds.
enum Found {
    Taken(ConnectionId),
    Closed,
    /// Nothing, and when the first delayed ring comes.
    Nothing(Option<Timestamp>),
}

impl MemoryBell {
    /// A bell that delays by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, rung: Mutex::default(), changed: Notify::new() }
    }

    /// Waits for a connection that was rung, and takes it. None once the bell is closed. Any number may wait; one that
    /// stops waiting loses no ring.
    pub async fn next(&self) -> Option<ConnectionId> {
        loop {
            // Before the look, so that no change is missed between it and the wait.
            let changed = self.changed.notified();
            let found = self.lock().take(self.clock.now());
            match found {
                Found::Taken(connection) => return Some(connection),
                Found::Closed => return None,
                Found::Nothing(None) => changed.await,
                Found::Nothing(Some(at)) => {
                    let wait =
                        Duration::try_from(at.duration_since(self.clock.now())).unwrap_or(Duration::ZERO);
                    tokio::select! {
                        // In this order, and not by lot: under a simulated clock the same seed must go the same way.
                        biased;
                        () = changed => {}
                        () = self.clock.sleep(wait) => {}
                    }
                }
            }
        }
    }

    /// Lets everybody who waits go. What was rung and not taken is left to the sweep of the next start.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Rung> {
        // No step below can leave it half changed, so what a panic left is sound.
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rung {
    fn take(&mut self, now: Timestamp) -> Found {
        if self.closed {
            return Found::Closed;
        }
        while let Some((at, connection)) = self.later.first().cloned() {
            if at > now {
                break;
            }
            self.later.pop_first();
            self.later_at.remove(&connection);
            self.ring(connection);
        }
        match self.ready.pop_front() {
            Some(connection) => {
                self.waiting.remove(&connection);
                Found::Taken(connection)
            }
            None => Found::Nothing(self.later.first().map(|(at, _)| *at)),
        }
    }

    fn is_waited_for(&self, now: Timestamp) -> bool {
        !self.ready.is_empty() || self.later.first().is_some_and(|(at, _)| *at <= now)
    }

    fn ring(&mut self, connection: ConnectionId) {
        if self.waiting.insert(connection.clone()) {
            self.ready.push_back(connection);
        }
    }

    fn ring_at(&mut self, connection: &ConnectionId, at: Timestamp) {
        match self.later_at.get(connection) {
            Some(earlier) if *earlier <= at => return,
            Some(later) => {
                self.later.remove(&(*later, connection.clone()));
            }
            None => {}
        }
        self.later.insert((at, connection.clone()));
        self.later_at.insert(connection.clone(), at);
    }
}

#[async_trait]
impl Bell for MemoryBell {
    async fn ring(&self, connection: &ConnectionId) -> Result<(), BellError> {
        self.lock().ring(connection.clone());
        self.changed.notify_waiters();
        Ok(())
    }

    async fn ring_after(&self, connection: &ConnectionId, delay: SignedDuration) -> Result<(), BellError> {
        let at = self.clock.now().saturating_add(delay).unwrap_or(Timestamp::MAX);
        self.lock().ring_at(connection, at);
        self.changed.notify_waiters();
        Ok(())
    }

    fn others_wait(&self) -> bool {
        self.lock().is_waited_for(self.clock.now())
    }
}

#[cfg(test)]
mod tests;
