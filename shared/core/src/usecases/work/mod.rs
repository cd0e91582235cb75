//! The worker: takes a connection's lease, works what waits in order, and hands the lease back.
//!
//! - [`session`] is the order of work under one lease;
//! - [`turn`] decides what is to be done with one delivery, by the rules of [`crate::life_cycle`];
//! - [`attempt`] records a request, makes a ticket, and sorts out what failed; [`note`] and [`roll_up`] are the other requests;
//! - [`settle`] looks for what a request asked for after a lost reply;
//! - [`seats`] keeps seat counts;
//! - [`memory`] is what was changed of what is remembered;
//! - [`trouble`] tells what failed apart: the ticket, or the connection;
//! - [`test_ticket`] is the same way for a person's test ticket;
//! - [`ticket`] writes what the ticket says.

mod attempt;
mod memory;
mod note;
mod plan;
mod roll_up;
pub(crate) mod seats;
mod session;
mod settle;
mod statuses;
mod test_ticket;
mod ticket;
mod trouble;
mod turn;

pub use plan::WorkPlan;

use crate::{
    ids::ConnectionId,
    ports::{
        AdvanceError, Bell, BellError, ConnectorFactory, Lease, LeaseOutcome, LeasedWork, Release, Store,
        StoreError, Vault,
    },
};
use jiff::{SignedDuration, Timestamp};
use psa_connector::Clock;
use session::{Session, Stop};
use std::{sync::Arc, time::Duration};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// The waits between two tries to hand a lease back: at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Works connections.
#[derive(Clone)]
pub struct Worker {
    /// The table.
    pub store: Arc<dyn Store>,
    /// The way to the PSAs.
    pub connectors: Arc<dyn ConnectorFactory>,
    /// Where revoked secrets are deleted from, should the one who revoked have died before.
    pub vault: Arc<dyn Vault>,
    /// Rung for what is left.
    pub bell: Arc<dyn Bell>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Limits and intervals.
    pub plan: WorkPlan,
    /// Cancelled when the process is to stop: what is on the wire is finished, and no further call begun.
    pub stopping: CancellationToken,
}

/// What a worker did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// All that could be done now.
    Drained,
    /// Another worker has the lease.
    Elsewhere,
    /// Time ran out, or the process stops; the rest has been rung for.
    HandedBack,
    /// The lease was lost to another worker, who goes on.
    LeaseLost,
}

/// A worker could not go on. The lease expires, and the sweep finds what is left.
#[derive(Debug, Error)]
pub enum WorkError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A step was refused that the worker had reason to believe in: a bug.
    #[error("a step was refused: {0}")]
    Step(AdvanceError),
}

/// Why a session ended early.
pub(crate) enum Interrupted {
    /// Another worker has the lease, or the credentials changed.
    LeaseLost,
    /// The store failed.
    Failed(WorkError),
}

impl From<StoreError> for Interrupted {
    fn from(error: StoreError) -> Self {
        Self::Failed(WorkError::Store(error))
    }
}

impl From<AdvanceError> for Interrupted {
    fn from(error: AdvanceError) -> Self {
        match error {
            AdvanceError::LeaseLost => Self::LeaseLost,
            AdvanceError::Store(error) => error.into(),
            other => Self::Failed(WorkError::Step(other)),
        }
    }
}

impl Worker {
    /// Works a connection until nothing is left to do now, or no call may begin any more at `deadline`.
    pub async fn work(&self, connection: &ConnectionId, deadline: Timestamp) -> Result<Worked, WorkError> {
        let now = self.clock.now();
        let until = deadline.saturating_add(self.plan.lease_margin).unwrap_or(Timestamp::MAX);
        let leased = match self.store.lease(connection, until, now).await? {
            LeaseOutcome::Taken(leased) => leased,
            LeaseOutcome::Held => return Ok(Worked::Elsewhere),
            LeaseOutcome::Unknown => {
                debug!(%connection, "A bell rang for a connection that does not exist");
                return Ok(Worked::Drained);
            }
        };
        let lease = leased.lease.clone();
        let worked = self.work_leased(leased, connection, deadline).await;
        if worked.is_err() {
            self.give_back(&lease).await;
        }
        worked
    }

    async fn work_leased(
        &self,
        leased: Box<LeasedWork>,
        connection: &ConnectionId,
        deadline: Timestamp,
    ) -> Result<Worked, WorkError> {
        let mut lease = leased.lease;
        let mut current = leased.connection;
        loop {
            let mut session = Session::new(self, &lease, current, deadline);
            let stop = match session.run().await {
                Ok(stop) => stop,
                Err(Interrupted::LeaseLost) => {
                    // Handing back is conditional on the fence, so it cannot take the lease from whoever has it now.
                    self.store.hand_back(&lease).await?;
                    self.ring_after(connection, SignedDuration::ZERO).await;
                    return Ok(Worked::LeaseLost);
                }
                Err(Interrupted::Failed(error)) => return Err(error),
            };
            let (connection_now, waits_until) = session.into_parts();
            if stop == Stop::OutOfTime {
                self.store.hand_back(&lease).await?;
                self.ring_after(connection, SignedDuration::ZERO).await;
                return Ok(Worked::HandedBack);
            }
            let next_due = self.store.next_due(connection).await?;
            let wake_at = session::wake_at(&connection_now, next_due, waits_until, self.clock.now());
            match self.store.release(&lease).await? {
                Release::BellRang(renewed) => {
                    lease = renewed;
                    let partner = &connection_now.partner;
                    current = self.store.connection(partner, connection).await?.unwrap_or(connection_now);
                }
                Release::Released => {
                    if let Some(wake_at) = wake_at {
                        self.ring_after(connection, wake_at.duration_since(self.clock.now())).await;
                    }
                    return Ok(Worked::Drained);
                }
                Release::Lost => return Ok(Worked::LeaseLost),
            }
        }
    }

    /// Hands the lease back to the store that has just failed: again and again until it is handed back or has run out,
    /// because until then nobody may work the connection.
    async fn give_back(&self, lease: &Lease) {
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.store.hand_back(lease).await {
            warn!(connection = %lease.connection, %error, "Could not hand the lease back");
            if self.clock.now() >= lease.until {
                return;
            }
            tokio::select! {
                // The next start ends all leases.
                () = self.stopping.cancelled() => return,
                () = self.clock.sleep(wait) => wait = LONGEST_WAIT.min(wait * 2),
            }
        }
    }

    async fn ring_after(&self, connection: &ConnectionId, delay: SignedDuration) {
        let rung: Result<(), BellError> = if delay <= SignedDuration::ZERO {
            self.bell.ring(connection).await
        } else {
            self.bell.ring_after(connection, delay).await
        };
        if let Err(error) = rung {
            // The sweep rings for whatever is due, so a lost bell costs time and nothing else.
            warn!(%connection, %error, "Could not ring a bell");
        }
    }
}
