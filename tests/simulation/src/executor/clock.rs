//! Time and chance as the bridge sees them.

use super::Simulation;
use crate::random::Chance;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use psa_connector::{Clock, Random};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The simulation's clock.
#[derive(Clone, Debug)]
pub struct VirtualClock(pub Simulation);

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)).await;
    }
}

/// Ids and jitter from the seed.
#[derive(Debug)]
pub struct SeededRandom(Mutex<Chance>);

impl SeededRandom {
    /// Draws from that sequence.
    pub fn new(chance: Chance) -> Self {
        Self(Mutex::new(chance))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            *byte = chance.number().to_le_bytes()[0];
        }
    }
}
