//! The tickets function: a bell rang for a connection, so its deliveries are worked.
//!
//! On AWS a message of the tickets queue is one bell and the function's deadline bounds the work; on one machine a pool
//! of workers is rung from memory. Which deliveries there are is never in the message: the table is the truth.

use jiff::SignedDuration;
use psa_bridge_core::{
    ids::ConnectionId,
    usecases::work::{WorkError, Worked, Worker},
};
use tracing::{debug, error};

/// Works a connection for at most `time` (calls that began before it is over are finished), and the plan's slice.
pub async fn work(
    worker: &Worker,
    connection: &ConnectionId,
    time: SignedDuration,
) -> Result<Worked, WorkError> {
    let now = worker.clock.now();
    let deadline = now.saturating_add(time.min(worker.plan.slice)).unwrap_or(now);
    let outcome = worker.work(connection, deadline).await;
    match &outcome {
        Ok(worked) => debug!(%connection, ?worked, "Worked a connection"),
        Err(failure) => error!(%connection, error = %failure, "Could not work a connection"),
    }
    outcome
}
