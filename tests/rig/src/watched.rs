//! A clock that tests move, and the bell, the vault and the nudge that remember what was asked of them.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Bell, BellError, RouteNudge, Vault, VaultError},
};
use psa_connector::{Clock, Credentials};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// A clock that stands at that time.
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it.
    pub fn advance(&self, span: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += span;
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        self.advance(SignedDuration::try_from(duration).unwrap());
    }
}

/// Remembers what was rung.
#[derive(Debug, Default)]
pub struct RecordingBell(pub Mutex<Vec<(ConnectionId, SignedDuration)>>);

impl RecordingBell {
    /// Whose bell rang since it was last asked.
    pub fn heard(&self) -> Vec<ConnectionId> {
        self.0.lock().unwrap().drain(..).map(|(connection, _)| connection).collect()
    }
}

#[async_trait]
impl Bell for RecordingBell {
    async fn ring(&self, connection: &ConnectionId) -> Result<(), BellError> {
        self.ring_after(connection, SignedDuration::ZERO).await
    }
    async fn ring_after(&self, connection: &ConnectionId, delay: SignedDuration) -> Result<(), BellError> {
        self.0.lock().unwrap().push((connection.clone(), delay));
        Ok(())
    }
}

/// Remembers which generations were deleted.
#[derive(Debug, Default)]
pub struct RecordingVault(pub Mutex<Vec<u32>>);

#[async_trait]
impl Vault for RecordingVault {
    async fn put(&self, _: &ConnectionId, _: u32, _: &Credentials) -> Result<(), VaultError> {
        Ok(())
    }
    async fn get(&self, _: &ConnectionId, _: u32) -> Result<Credentials, VaultError> {
        Err(VaultError::NotFound)
    }
    async fn delete_below(&self, _: &ConnectionId, generation: u32) -> Result<(), VaultError> {
        self.0.lock().unwrap().push(generation);
        Ok(())
    }
}

/// Counts how often events were to be routed again.
#[derive(Debug, Default)]
pub struct RecordingNudge(AtomicU32);

impl RecordingNudge {
    /// How often since it was last asked.
    pub fn felt(&self) -> u32 {
        self.0.swap(0, Ordering::SeqCst)
    }
}

impl RouteNudge for RecordingNudge {
    fn nudge(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
