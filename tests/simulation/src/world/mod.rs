//! A world with a bridge in it: the ports, the processes that stand on them, and everybody who acts on it.
//!
//! - [`process`] is one process of the bridge, put together as the host does it;
//! - [`cast`] is who there is: partners, their customers, their PSAs;
//! - [`people`], [`pipeline`] and [`weather`] act;
//! - [`heal`] makes the world kind again.

pub mod acting;
pub mod cast;
mod changes;
pub mod heal;
pub mod people;
pub mod pipeline;
pub mod process;
pub mod weather;

use crate::{
    bell::WornBell,
    executor::{SeededRandom, Simulation, VirtualClock},
    post::PostBox,
    promises::{Home, Ledger, LedgerGate},
    psa::Psas,
    random::Chance,
    store::MemoryStore,
    vault::MemoryVault,
};
use cast::Cast;
use jiff::SignedDuration;
use process::Bridge;
use psa_bridge_core::{
    budget::{BudgetPlan, BudgetPlans},
    ports::Actor,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// The world.
#[derive(Clone)]
pub struct World {
    /// Time, chance and tasks.
    pub simulation: Simulation,
    /// The store as the bridge has it.
    pub store: MemoryStore,
    /// The vault.
    pub vault: MemoryVault,
    /// The way to the emergency contacts.
    pub post: PostBox,
    /// All PSAs.
    pub psas: Psas,
    /// What is known.
    pub ledger: Ledger,
    /// Who there is.
    pub cast: Arc<Cast>,
    /// Where the bridge runs.
    pub home: Home,
    /// How many connections a process works at a time.
    pub workers: usize,
    bell: WornBell,
    random: Arc<SeededRandom>,
    running: Arc<Mutex<Vec<Bridge>>>,
    ended: CancellationToken,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("home", &self.home).finish_non_exhaustive()
    }
}

/// What the tenants of the simulation bear: small, so that histories reach the limit.
pub const PLANS: BudgetPlans = BudgetPlans {
    halopsa: BudgetPlan { requests: 90, window: SignedDuration::from_secs(300), reserve: 20 },
    autotask: BudgetPlan { requests: 400, window: SignedDuration::from_secs(3600), reserve: 80 },
};

impl World {
    /// A world in which nothing has happened yet.
    pub fn new(simulation: &Simulation, cast: Cast, home: Home, plans: BudgetPlans) -> Self {
        let base = MemoryStore::default();
        let vault = MemoryVault::new(simulation.clone());
        let ledger = Ledger::new(simulation.clone(), base.clone(), vault.clone(), home);
        let psas = Psas::new(simulation.clone(), ledger.clone(), cast.tenants(plans));
        let random = SeededRandom::new(simulation.draw(Chance::fork));
        Self {
            simulation: simulation.clone(),
            store: base.behind(Arc::new(LedgerGate(ledger.clone()))),
            vault,
            post: PostBox::new(simulation.clone()),
            psas,
            ledger,
            cast: Arc::new(cast),
            home,
            workers: usize::try_from(simulation.draw(|chance| chance.between(1, 4))).unwrap_or(1),
            bell: WornBell::new(simulation.clone()),
            random: Arc::new(random),
            running: Arc::default(),
            ended: CancellationToken::new(),
        }
    }

    /// Asks a running process for something, as a request over HTTP does. None where there is none, or where it died
    /// before it answered.
    pub async fn ask<T, F>(&self, what: impl FnOnce(Bridge) -> F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let bridge = {
            let running = self.running();
            self.simulation.draw(|chance| chance.pick(&running).cloned())
        }?;
        let (reply, answer) = oneshot::channel();
        let process = bridge.id;
        let asked = what(bridge);
        self.simulation.spawn(process, async move {
            // Who asked may have gone away; the bridge does not mind.
            drop(reply.send(asked.await));
        });
        answer.await.ok()
    }

    /// Keeps processes running, as a service manager does, until it is told to stop.
    pub fn keep_running(&self) {
        let count = if self.home == Home::Two { 2 } else { 1 };
        for _ in 0..count {
            let world = self.clone();
            self.simulation.spawn(crate::executor::WORLD, async move {
                while !world.ended.is_cancelled() {
                    world.run_process().await;
                    world.simulation.sleep(world.simulation.span(100, 90_000)).await;
                }
            });
        }
    }

    /// Starts a process; returns when it has died.
    async fn run_process(&self) {
        let bell = match self.home {
            Home::OneMachine => {
                // What the last process left is of the dead.
                self.store.end_leases();
                WornBell::new(self.simulation.clone())
            }
            Home::Two => self.bell.clone(),
        };
        let bridge = Bridge::new(self, bell);
        let (alive, death) = oneshot::channel::<()>();
        self.simulation.tell(|| format!("process {} starts", bridge.id));
        bridge.start(self.workers);
        self.simulation.spawn(bridge.id, async move {
            let _until_death = alive;
            std::future::pending::<()>().await;
        });
        let id = bridge.id;
        self.running().push(bridge);
        // Nothing is ever sent: the other end goes with the process.
        drop(death.await);
        self.simulation.tell(|| format!("process {id} died"));
        self.running().retain(|bridge| bridge.id != id);
    }

    /// Kills every process that runs, and starts none again.
    pub fn end(&self) {
        self.ended.cancel();
        let ids: Vec<_> = self.running().iter().map(|bridge| bridge.id).collect();
        for id in ids {
            self.simulation.kill(id);
        }
    }

    fn clock(&self) -> Arc<VirtualClock> {
        Arc::new(VirtualClock(self.simulation.clone()))
    }

    fn running(&self) -> MutexGuard<'_, Vec<Bridge>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who acts.
pub(crate) fn actor(name: &str) -> Actor {
    Actor(name.to_owned())
}
