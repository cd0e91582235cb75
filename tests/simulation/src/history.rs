//! One history: drawn from a seed, run, and held against the promises.

use crate::{
    executor::{Simulation, Unkindness, run},
    promises::{Breach, Home, check_end},
    random::Chance,
    world::{PLANS, World, acting::Acting, actor, cast::Cast, people::Technician, pipeline::Pipeline},
};
use jiff::SignedDuration;
use psa_bridge_core::{
    ports::RegistryStore,
    usecases::backfill::{Backfill, BackfillPlan},
};
use std::sync::{Arc, Mutex, PoisonError};

/// How much happens.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Pipelines.
    pub pipelines: u64,
    /// Messages of each.
    pub messages: u64,
    /// Things that each technician changes.
    pub changes: u64,
    /// Things that happen to PSAs.
    pub weather: u64,
    /// Over how long.
    pub span: SignedDuration,
}

impl Size {
    /// Of a history among thousands.
    pub const SMALL: Self =
        Self { pipelines: 2, messages: 5, changes: 4, weather: 8, span: SignedDuration::from_mins(90) };
    /// Of one among a few.
    pub const LARGE: Self =
        Self { pipelines: 3, messages: 30, changes: 20, weather: 40, span: SignedDuration::from_hours(12) };
}

/// What became of a history.
#[derive(Clone, Debug)]
pub struct Told {
    /// The first promise that was broken.
    pub breach: Option<Breach>,
    /// What happened, where it was asked for.
    pub lines: Vec<String>,
    /// How many points were passed.
    pub points: u64,
    /// What there was in the end.
    pub figures: Figures,
}

/// What there was in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Events in the store.
    pub events: usize,
    /// Their deliveries.
    pub deliveries: usize,
    /// Tickets in all PSAs.
    pub tickets: usize,
    /// Calls that reached a PSA.
    pub calls: usize,
}

/// Runs the history of a seed; with `telling`, keeps a line of everything that happens.
pub fn of_seed(seed: u64, size: Size, telling: bool) -> Told {
    let mut chance = Chance::of(seed);
    let cast = Cast::draw(&mut chance, PLANS);
    let home = if chance.happens(2, 3) { Home::OneMachine } else { Home::Two };
    let simulation = Simulation::new(chance.fork(), telling);
    let world = World::new(&simulation, cast, home, PLANS);
    simulation.tell(|| format!("seed {seed}: {home:?}, {} workers, {:?}", world.workers, world.cast));
    let figures = Arc::new(Mutex::new(Figures::default()));
    let slot = Arc::clone(&figures);
    let acted = world.clone();
    run(&simulation, async move {
        acted.act(size, chance).await;
        acted.heal().await;
        check_end(&acted.ledger, &acted.psas, &acted.cast.partners);
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = acted.figures();
        acted.grow_old().await;
    });
    let figures = *figures.lock().unwrap_or_else(PoisonError::into_inner);
    Told {
        breach: simulation.first_breach(),
        lines: simulation.lines(),
        points: simulation.points(),
        figures,
    }
}

impl World {
    /// Everything that happens while the world is unkind.
    async fn act(&self, size: Size, mut chance: Chance) {
        self.simulation.set_unkindness(Unkindness {
            failing: chance.pick(&[0, 20, 100]).copied().unwrap_or(0),
            deadly: chance.pick(&[0, 30, 150, 400]).copied().unwrap_or(0),
            interleaving: 30,
            slow: chance.pick(&[10, 60]).copied().unwrap_or(10),
        });
        self.keep_running();
        for (id, chain) in self.cast.organizations.clone() {
            // What nobody registered, events register.
            if chance.happens(9, 10) {
                let organization = Cast::registered(&id, &chain, self.simulation.now());
                drop(self.store.put_organization(&organization, &actor("vendor")).await);
            }
        }
        let mut acting = Acting::default();
        for partner in self.cast.partners.clone() {
            let technician = Technician::new(self, &partner);
            acting.start(&self.simulation, technician.work(chance.below(size.changes + 1)));
        }
        for number in 0..size.pipelines {
            let pipeline = Pipeline { world: self.clone(), chance: chance.fork(), number };
            acting.start(&self.simulation, pipeline.send(size.messages, size.span));
        }
        acting.start(&self.simulation, self.clone().weather(size.weather, size.span));
        acting.wait().await;
    }

    /// Two days later what nobody mapped has left the window; after retention nothing is left.
    async fn grow_old(&self) {
        self.end();
        let clock = Arc::new(crate::executor::VirtualClock(self.simulation.clone()));
        let store = Arc::new(self.store.clone());
        let bell = Arc::new(crate::bell::WornBell::new(self.simulation.clone()));
        let backfill = Backfill { store, bell, clock, plan: BackfillPlan::default() };
        for hours in [49, 91 * 24, 91 * 24] {
            self.simulation.sleep(SignedDuration::from_hours(hours)).await;
            if let Err(error) = backfill.run_daily().await {
                self.simulation.breach(1, format!("the daily run fails in a kind world: {error}"));
            }
        }
        let left = self.store.inspect(|state| state.events().count() + state.deliveries().count());
        if left > 0 {
            self.simulation.breach(1, format!("{left} records outlive retention"));
        }
    }

    fn figures(&self) -> Figures {
        let tickets =
            self.psas.keys().iter().map(|key| self.psas.tenant(key, |tenant| tenant.tickets.len())).sum();
        let calls = self.ledger.served().len();
        self.store.inspect(|state| Figures {
            events: state.events().count(),
            deliveries: state.deliveries().count(),
            tickets,
            calls,
        })
    }
}
