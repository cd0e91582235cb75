//! What runs beside the API in one process: workers that the bell wakes, and the schedule.

use jiff::SignedDuration;
use psa_bridge_backfill::{Schedule, Task};
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{NoticeNudge, RouteNudge},
    usecases::work::Worker,
};
use psa_bridge_embedded::MemoryBell;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::error;

/// Wakes the task that routes events again.
#[derive(Clone, Debug, Default)]
pub struct Nudge(Arc<Notify>);

impl RouteNudge for Nudge {
    fn nudge(&self) {
        self.0.notify_one();
    }
}

/// Wakes the tasks that tell: one each, since a nudge wakes one task alone.
#[derive(Clone, Debug, Default)]
pub struct TellNudge {
    mails: Nudge,
    webhook: Nudge,
}

impl NoticeNudge for TellNudge {
    fn nudge(&self) {
        RouteNudge::nudge(&self.mails);
        RouteNudge::nudge(&self.webhook);
    }
}

/// How often the schedule runs.
#[derive(Clone, Copy, Debug)]
pub struct Intervals {
    /// Looking for due work, route requests and notices.
    pub sweep: Duration,
    /// Routing the last half hour again.
    pub recent: Duration,
}

const DAY: Duration = Duration::from_hours(24);
const CHECK_DELAY: Duration = Duration::from_hours(1);

/// Starts the workers: at most `workers` connections at a time, each in a task of its own, so that a panic ends that
/// task alone and the lease's expiry brings the connection back.
pub fn start_workers(tracker: &TaskTracker, worker: &Worker, bell: &Arc<MemoryBell>, workers: usize) {
    let (worker, bell, jobs) = (worker.clone(), Arc::clone(bell), tracker.clone());
    tracker.spawn(async move {
        let places = Arc::new(Semaphore::new(workers));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let connection: Option<ConnectionId> = tokio::select! {
                () = worker.stopping.cancelled() => None,
                rung = bell.next() => rung,
            };
            let Some(connection) = connection else { return };
            let worker = worker.clone();
            jobs.spawn(async move {
                let slice: SignedDuration = worker.plan.slice;
                // What went wrong has been logged, and the sweep finds what is left.
                if psa_bridge_tickets::work(&worker, &connection, slice).await.is_err() {
                    worker.clock.sleep(Duration::from_secs(1)).await;
                }
                drop(place);
            });
        }
    });
}

/// The schedule of this process.
#[derive(Clone)]
pub struct Clockwork {
    /// What runs.
    pub schedule: Schedule,
    /// How often.
    pub intervals: Intervals,
    /// Wakes the task that routes events again.
    pub nudge: Nudge,
    /// Wakes the tasks that tell.
    pub tell: TellNudge,
    /// Cancelled when the process is to stop.
    pub stopping: CancellationToken,
}

impl Clockwork {
    /// Starts the schedule.
    pub fn start(&self, tracker: &TaskTracker) {
        let Intervals { sweep, recent } = self.intervals;
        let quiet = Nudge::default();
        let at_once = Duration::ZERO;
        for (task, delay, interval, nudge) in [
            (Task::Requests, at_once, sweep, &self.nudge),
            (Task::Sweep, at_once, sweep, &quiet),
            (Task::Mails, at_once, sweep, &self.tell.mails),
            (Task::Webhook, at_once, sweep, &self.tell.webhook),
            (Task::Recent, at_once, recent, &quiet),
            (Task::Daily, at_once, DAY, &quiet),
            // These ask the PSAs, so a bridge that is restarted often must not begin with them.
            (Task::Clients, CHECK_DELAY, DAY, &quiet),
            (Task::Settings, CHECK_DELAY, DAY, &quiet),
        ] {
            tracker.spawn(self.clone().repeat(task, delay, interval, nudge.clone(), tracker.clone()));
        }
    }

    async fn repeat(self, task: Task, delay: Duration, interval: Duration, nudge: Nudge, jobs: TaskTracker) {
        let mut wait = delay;
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = nudge.0.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
            wait = interval;
            let schedule = self.schedule.clone();
            let run = jobs.spawn(async move { psa_bridge_backfill::run(&schedule, task).await.is_ok() });
            tokio::select! {
                // Every part of the schedule can be cut off anywhere: the next run takes it up.
                () = self.stopping.cancelled() => return,
                done = run => if let Err(panic) = done {
                    error!(?task, %panic, "A task of the schedule panicked");
                },
            }
        }
    }
}
