//! A model of the store: the same steps as the real ones, on maps in memory, so that a history of thousands of steps
//! costs milliseconds. It passes the suite that every store must pass, calls the domain's rules and has none of its own.
//!
//! Each step runs whole under one lock. What may go wrong around it (waiting, failing before or after it took effect,
//! the death of the caller) is asked of a [`StoreGate`] on the way in and out.

mod audit;
mod cursor;
mod due;
mod event_list;
mod events;
mod expiry;
mod leases;
mod missing;
mod notices;
mod ports;
mod records;
mod registry;
mod rejected;
mod retry;
mod route_requests;
mod routing;
mod seats;
mod state;
mod work;

pub use state::{KeptEvent, State};

use async_trait::async_trait;
use psa_bridge_core::{ids::ConnectionId, notice::NoticePolicy, ports::StoreError};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What happens on the way into and out of a step.
#[async_trait]
pub trait StoreGate: Send + Sync {
    /// Before the step of that name: an error means that it is not made.
    async fn enter(&self, step: &'static str) -> Result<(), StoreError>;
    /// After it: an error means that it was made, and the caller does not learn so.
    async fn leave(&self, step: &'static str) -> Result<(), StoreError>;
    /// Sees what is kept once the step was made, in the same moment.
    fn observe(&self, _step: &Made<'_>, _state: &State) {}
}

/// A step that was made, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub enum Made<'a> {
    /// A worker reads a connection's work from its start.
    Scanned(&'a ConnectionId),
    /// Any other.
    Other(&'static str),
}

/// A gate that is always open.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenStoreGate;

#[async_trait]
impl StoreGate for OpenStoreGate {
    async fn enter(&self, _step: &'static str) -> Result<(), StoreError> {
        Ok(())
    }
    async fn leave(&self, _step: &'static str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The store in memory.
#[derive(Clone)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    gate: Arc<dyn StoreGate>,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(Arc::new(OpenStoreGate))
    }
}

impl MemoryStore {
    /// An empty store behind this gate.
    pub fn new(gate: Arc<dyn StoreGate>) -> Self {
        Self { state: Arc::default(), gate }
    }

    /// An empty store behind this gate, which tells what the policy says.
    pub fn telling(gate: Arc<dyn StoreGate>, policy: NoticePolicy) -> Self {
        Self { state: Arc::new(Mutex::new(State { policy, ..State::default() })), gate }
    }

    /// The same data behind another gate.
    #[must_use]
    pub fn behind(&self, gate: Arc<dyn StoreGate>) -> Self {
        Self { state: Arc::clone(&self.state), gate }
    }

    /// Ends every lease and claim and frees notices that were taken, as a machine does that starts alone on its data.
    pub fn end_leases(&self) {
        let mut state = self.lock();
        state.end_leases();
        state.end_claims();
        state.free_notices();
    }

    /// Looks at what is kept, without a step: for whoever checks promises.
    pub fn inspect<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Makes a step.
    async fn step<T, E: From<StoreError>>(
        &self,
        name: &'static str,
        make: impl FnOnce(&mut State) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        self.observed_step(name, Made::Other(name), make).await
    }

    async fn observed_step<T, E: From<StoreError>>(
        &self,
        name: &'static str,
        seen: Made<'_>,
        make: impl FnOnce(&mut State) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        self.gate.enter(name).await?;
        let made = {
            let mut state = self.lock();
            let made = make(&mut state);
            self.gate.observe(&seen, &state);
            made
        };
        self.gate.leave(name).await?;
        made
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A step that panics is a bug that the test reports; what it left is never trusted after that.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
