//! The backfill function: what runs on a schedule, and on demand when a mapping or a confirmation asks for it.

use jiff::Timestamp;
use psa_bridge_core::{
    ports::{Actor, StoreError},
    usecases::{backfill::Backfill, connections::Connections, leg::Leg, mappings::Mappings, notify::Notify},
};
use serde::{Deserialize, Serialize};
use tracing::{debug, error};

/// What the schedule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Route again what mappings and confirmations asked for. Every few seconds, and at once when nudged.
    Requests,
    /// Ring for due work that nobody works. Every few seconds.
    Sweep,
    /// Route again what was accepted in the last half hour and is pending. Every few minutes.
    Recent,
    /// Route again what is pending of the last 48 hours, close the window, let go of what is older than retention. Daily.
    Daily,
    /// Read the mapped clients again: renamed, inactive, missing. Daily.
    Clients,
    /// Hold the settings against what the tenants take now. Daily.
    Settings,
    /// Send the mails that are due. Every few seconds, and at once when nudged.
    Mails,
    /// Send the vendor the events that are due. Every few seconds, and at once when nudged.
    Webhook,
}

/// What the tasks work with.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Routes and sweeps.
    pub backfill: Backfill,
    /// Checks mapped clients.
    pub mappings: Mappings,
    /// Checks settings.
    pub connections: Connections,
    /// Tells.
    pub notify: Notify,
}

/// Runs one task to its end. Returns how many events, connections or notices it looked at.
pub async fn run(schedule: &Schedule, task: Task) -> Result<usize, StoreError> {
    run_leg(schedule, task, None, Timestamp::MAX).await.map(|leg| leg.looked_at)
}

/// Runs one task from that place on, as an earlier leg of it gave it. Those that may take long stop at `until` and say where
/// the next leg goes on; the others are over soon, and are run to their end.
pub async fn run_leg(
    schedule: &Schedule,
    task: Task,
    after: Option<&str>,
    until: Timestamp,
) -> Result<Leg, StoreError> {
    let Schedule { backfill, mappings, connections, notify } = schedule;
    let outcome = match task {
        Task::Requests => backfill.run_requests().await.map(whole),
        Task::Sweep => backfill.sweep().await.map(whole),
        Task::Recent => backfill.run_recent().await.map(whole),
        Task::Daily => backfill.run_daily_leg(after, until).await,
        Task::Clients => mappings.refresh_connections(after, until).await,
        Task::Mails => notify.run_mails().await.map(whole),
        Task::Webhook => notify.run_webhook().await.map(whole),
        Task::Settings => connections.compare_connections(after, until, &Actor("schedule".to_owned())).await,
    };
    match &outcome {
        Ok(Leg { looked_at: 0, .. }) => {}
        Ok(Leg { looked_at, next }) => debug!(?task, looked_at, next, "Ran a task of the schedule"),
        Err(failure) => error!(?task, error = %failure, "A task of the schedule failed"),
    }
    outcome
}

fn whole(looked_at: usize) -> Leg {
    Leg { looked_at, next: None }
}
