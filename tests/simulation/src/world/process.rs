//! One process of the bridge, put together as the one-process host does it: workers that the bell wakes, the schedule,
//! and the use cases that requests reach.

use super::World;
use crate::{
    bell::WornBell,
    executor::{ProcessId, Simulation, VirtualClock},
};
use jiff::SignedDuration;
use psa_bridge_backfill::{Schedule, Task};
use psa_bridge_core::{
    connector_factory::TenantConnectors,
    ports::{RouteNudge, Store},
    usecases::{
        accept::Ingest,
        backfill::{Backfill, BackfillPlan},
        connections::Connections,
        mappings::Mappings,
        notify::{Notify, RetryPlan},
        work::{WorkPlan, Worker},
    },
};
use std::{fmt, sync::Arc};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// A process.
#[derive(Clone)]
pub struct Bridge {
    /// Its id.
    pub id: ProcessId,
    /// Takes events in.
    pub ingest: Ingest,
    /// Works connections.
    pub worker: Worker,
    /// What partners do with connections, and with mappings; and what runs on a schedule.
    pub schedule: Schedule,
    simulation: Simulation,
    bell: WornBell,
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Route requests wait for the schedule: losing every nudge is harmless.
struct NoNudge;

impl RouteNudge for NoNudge {
    fn nudge(&self) {}
}

impl Bridge {
    /// A process that does nothing yet.
    pub(super) fn new(world: &World, bell: WornBell) -> Self {
        let store: Arc<dyn Store> = Arc::new(world.store.clone());
        let clock = world.clock();
        let connectors = Arc::new(TenantConnectors::opened_by(
            Arc::new(world.psas.clone()),
            Arc::new(world.vault.clone()),
            Arc::new(world.store.clone()),
            clock.clone(),
            world.cast.plans,
        ));
        let rung = Arc::new(bell.clone());
        let nudge = Arc::new(NoNudge);
        Self {
            id: world.simulation.new_process(),
            ingest: Ingest { store: store.clone(), bell: rung.clone(), clock: clock.clone() },
            worker: Worker {
                store: store.clone(),
                connectors: connectors.clone(),
                vault: Arc::new(world.vault.clone()),
                bell: rung.clone(),
                clock: clock.clone(),
                // Fewer than a page, so that a process also dies between two writes of what it found out.
                plan: WorkPlan { together: 3, ..WorkPlan::default() },
                stopping: CancellationToken::new(),
            },
            schedule: Schedule {
                notify: Notify {
                    store: store.clone(),
                    mailer: Arc::new(world.post.clone()),
                    // The vendor has no receiver, so nothing is kept for it.
                    webhook: None,
                    clock: clock.clone(),
                    mail_retries: RetryPlan::mail(),
                    portal: None,
                    stopping: CancellationToken::new(),
                },
                backfill: Backfill {
                    store: store.clone(),
                    bell: rung.clone(),
                    clock: clock.clone(),
                    plan: BackfillPlan::default(),
                },
                mappings: Mappings {
                    store: store.clone(),
                    connectors: connectors.clone(),
                    nudge: nudge.clone(),
                    clock: clock.clone(),
                },
                connections: Connections {
                    store,
                    vault: Arc::new(world.vault.clone()),
                    connectors,
                    bell: rung,
                    nudge,
                    clock,
                    random: world.random.clone(),
                },
            },
            simulation: world.simulation.clone(),
            bell,
        }
    }

    /// Starts the workers and the schedule.
    pub(super) fn start(&self, workers: usize) {
        self.simulation.spawn(self.id, self.clone().pool(workers));
        for (task, seconds) in [
            (Task::Requests, 20),
            (Task::Sweep, 30),
            (Task::Mails, 60),
            (Task::Recent, 600),
            (Task::Daily, 86_400),
            (Task::Clients, 86_400),
            (Task::Settings, 86_400),
        ] {
            self.simulation.spawn(self.id, self.clone().repeat(task, SignedDuration::from_secs(seconds)));
        }
    }

    /// At most so many connections at a time, each in a task of its own, so that a panic ends that task alone.
    async fn pool(self, workers: usize) {
        let places = Arc::new(Semaphore::new(workers));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let Some(connection) = self.bell.next().await else { return };
            let (worker, simulation) = (self.worker.clone(), self.simulation.clone());
            self.simulation.spawn(self.id, async move {
                if psa_bridge_tickets::work(&worker, &connection, worker.plan.slice).await.is_err() {
                    simulation.sleep(SignedDuration::from_secs(1)).await;
                }
                drop(place);
            });
        }
    }

    async fn repeat(self, task: Task, interval: SignedDuration) {
        loop {
            if let Err(error) = psa_bridge_backfill::run(&self.schedule, task).await {
                self.simulation.tell(|| format!("{task:?} failed: {error}"));
            }
            self.simulation.sleep(interval).await;
        }
    }

    /// The clock of this process.
    pub fn clock(&self) -> VirtualClock {
        VirtualClock(self.simulation.clone())
    }
}
