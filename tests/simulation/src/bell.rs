//! The bell of one machine with a bad wire: rings get lost, come twice, come late.

use crate::executor::{Fate, Simulation, VirtualClock};
use async_trait::async_trait;
use jiff::SignedDuration;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Bell, BellError},
};
use psa_bridge_embedded::MemoryBell;
use std::sync::Arc;

/// The bell.
#[derive(Clone, Debug)]
pub struct WornBell {
    simulation: Simulation,
    bell: Arc<MemoryBell>,
}

impl WornBell {
    /// A bell that nobody rang yet.
    pub fn new(simulation: Simulation) -> Self {
        let clock = Arc::new(VirtualClock(simulation.clone()));
        Self { simulation, bell: Arc::new(MemoryBell::new(clock)) }
    }

    /// Waits for a connection that was rung.
    pub async fn next(&self) -> Option<ConnectionId> {
        self.bell.next().await
    }
}

#[async_trait]
impl Bell for WornBell {
    async fn ring(&self, connection: &ConnectionId) -> Result<(), BellError> {
        self.ring_after(connection, SignedDuration::ZERO).await
    }

    async fn ring_after(&self, connection: &ConnectionId, delay: SignedDuration) -> Result<(), BellError> {
        if self.simulation.point("bell").await == Fate::Fails {
            match self.simulation.draw(|chance| chance.below(4)) {
                0 => return Err(BellError("simulated".to_owned())),
                // Lost.
                1 => return Ok(()),
                // Twice.
                2 => self.bell.ring(connection).await?,
                // Late.
                _ => {
                    let late = self.simulation.span(1, 120_000);
                    return self.bell.ring_after(connection, delay.saturating_add(late)).await;
                }
            }
        }
        if delay > SignedDuration::ZERO {
            self.bell.ring_after(connection, delay).await
        } else {
            self.bell.ring(connection).await
        }
    }

    fn others_wait(&self) -> bool {
        self.bell.others_wait()
    }
}
