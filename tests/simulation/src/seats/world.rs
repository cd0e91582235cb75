//! Everything around the worker of a short history.

use super::psa::{ModelPsa, Place};
use crate::{random::Chance, store::StoreGate};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    budget::Purpose,
    connection::Connection,
    ids::ConnectionId,
    ports::{Bell, BellError, ConnectorFactory, OpenError, StoreError, Vault, VaultError},
};
use psa_connector::{Clock, Credentials, PsaConnector, PsaErrorKind, PsaKind, SeatChange};
use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

/// What the PSA is to answer next, instead of what chance says.
#[derive(Debug, Default)]
pub struct Script {
    /// To the next readings.
    pub reads: VecDeque<Read>,
    /// To the next changes.
    pub writes: VecDeque<Fate>,
    /// All changes that came, in order.
    pub sent: Vec<SeatChange>,
}

/// An answer to a reading.
#[derive(Clone, Debug)]
pub enum Read {
    /// That count, whatever is there.
    Shows(i64),
    /// None.
    Fails(PsaErrorKind),
}

/// What becomes of a change.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is lost on the way there, and nobody hears of it.
    LostThere,
    /// It is made, and the answer is lost.
    LostBack,
    /// It is made, and these fields were lost and put back.
    Restores(Vec<String>),
    /// It is not made.
    Fails(PsaErrorKind),
}

/// What everybody shares.
#[derive(Debug)]
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// Chance.
    pub chance: Chance,
    /// Where the count stands.
    pub place: Place,
    /// From when on nothing fails any more.
    pub is_healed: bool,
    /// Whether the store fails at times.
    pub store_fails: bool,
    /// What goes as a test says.
    pub script: Script,
}

/// A handle on it.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Mutex<World>>);

impl Shared {
    /// Shares a world.
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// Looks at it or changes it.
    pub fn with<T>(&self, step: impl FnOnce(&mut World) -> T) -> T {
        step(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets whoever polls do something in between, or never poll again.
    pub async fn pause(&self) {
        let mut paused = false;
        poll_fn(|cx| {
            // Whoever polls only what was woken goes on, too.
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[async_trait]
impl Clock for Shared {
    fn now(&self) -> Timestamp {
        self.with(|world| world.now)
    }

    async fn sleep(&self, duration: Duration) {
        let span = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        self.with(|world| world.now = world.now.saturating_add(span).unwrap_or(Timestamp::MAX));
        self.pause().await;
    }
}

#[async_trait]
impl StoreGate for Shared {
    async fn enter(&self, _step: &'static str) -> Result<(), StoreError> {
        self.pause().await;
        self.trip()
    }

    async fn leave(&self, _step: &'static str) -> Result<(), StoreError> {
        self.pause().await;
        self.trip()
    }
}

impl Shared {
    fn trip(&self) -> Result<(), StoreError> {
        let trips = self.with(|world| world.store_fails && !world.is_healed && world.chance.happens(1, 60));
        if trips {
            return Err(StoreError::Unavailable { detail: "modelled".to_owned(), source: None });
        }
        Ok(())
    }
}

#[async_trait]
impl ConnectorFactory for Shared {
    fn try_out(&self, _: PsaKind, _: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(Arc::new(ModelPsa(self.clone())))
    }
    async fn open(&self, _: &Connection, _: Purpose) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(Arc::new(ModelPsa(self.clone())))
    }
    fn retire(&self, _: &ConnectionId, _: u32) {}
}

#[async_trait]
impl Vault for Shared {
    async fn put(&self, _: &ConnectionId, _: u32, _: &Credentials) -> Result<(), VaultError> {
        Ok(())
    }
    async fn get(&self, _: &ConnectionId, _: u32) -> Result<Credentials, VaultError> {
        Err(VaultError::NotFound)
    }
    async fn delete_below(&self, _: &ConnectionId, _: u32) -> Result<(), VaultError> {
        Ok(())
    }
}

/// Every bell is lost: the history says when somebody works.
#[async_trait]
impl Bell for Shared {
    async fn ring(&self, _: &ConnectionId) -> Result<(), BellError> {
        Ok(())
    }
    async fn ring_after(&self, _: &ConnectionId, _: SignedDuration) -> Result<(), BellError> {
        Ok(())
    }
}
