//! Every atomic step against every other, both at once, each through a handle of its own: whatever comes out must be
//! what one of the two serial orders gives.

use super::{
    scene::{self, Ground, PARTNERS},
    snapshot::Snapshot,
    steps::{RaceStep, STEPS, Told},
};
use crate::{
    ports::StoreError,
    suite::{
        Case, StoreFactory,
        fixture::{Must, World},
    },
};
use std::{fmt, ops::Range, sync::Arc, time::Duration};
use tokio::sync::{Barrier, OnceCell};

/// How often a step is made again that the store was too busy for.
const TRIES: u32 = 100;

/// What two steps answered, and what the world looked like afterwards.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    answers: [String; 2],
    after: Snapshot,
}

/// Where pairs race: stores of one kind, each with the same in it. It is put there once, and copied where the stores can.
pub struct Races {
    factory: Arc<dyn StoreFactory>,
    prepared: OnceCell<(World, Arc<Ground>)>,
}

impl fmt::Debug for Races {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Races").finish_non_exhaustive()
    }
}

impl Races {
    /// On stores of that factory.
    pub fn on(factory: Arc<dyn StoreFactory>) -> Self {
        Self { factory, prepared: OnceCell::new() }
    }

    async fn scene(&self) -> (World, Arc<Ground>) {
        let (prepared, ground) = self.prepared.get_or_init(|| scene::set_up(&*self.factory)).await;
        match prepared.copied().await {
            Some(copy) => (copy, Arc::clone(ground)),
            None => scene::set_up(&*self.factory).await,
        }
    }
}

/// Two steps that race, for adapters on which all of them take long: they choose which to run, where, and how many side by
/// side. They are also in [`cases`](crate::suite::cases), a case for all pairs of one step.
pub struct Pair {
    /// What races, e.g. `accept_new against revoke`.
    pub name: String,
    steps: [RaceStep; 2],
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("name", &self.name).finish_non_exhaustive()
    }
}

/// All pairs.
pub fn pairs() -> Vec<Pair> {
    (0..STEPS.len()).flat_map(pairs_from).collect()
}

/// That step against itself and each one after it in the table.
fn pairs_from(n: usize) -> impl Iterator<Item = Pair> {
    let first = STEPS[n];
    let others = STEPS[n..].iter().filter(move |second| is_possible(&first, second));
    others.map(move |second| Pair {
        name: format!("{} against {}", first.name, second.name),
        steps: [first, *second],
    })
}

/// A case for each step: that step against itself and each one after it in the table, so often at once.
pub(super) fn cases(rounds: u32) -> Vec<Case> {
    STEPS
        .iter()
        .enumerate()
        .map(|(n, first)| {
            let name = format!("races::{}_against_every_step_after_it", first.name);
            Case::new(
                name,
                Box::new(move |factory| {
                    Box::pin(async move {
                        let races = Races::on(factory);
                        for (start, pair) in (0..).zip(pairs_from(n)) {
                            pair.run(&races, &[&races], start..start + rounds).await;
                        }
                    })
                }),
            )
        })
        .collect()
}

/// Operations get an id of their own when they are made, so nobody keeps two of one id.
fn is_possible(first: &RaceStep, second: &RaceStep) -> bool {
    [first.name, second.name] != ["create_operation"; 2]
}

impl Pair {
    /// Runs both at once, and takes what comes out for right where `model`, whose steps happen one after the other because
    /// they cannot else, gives it in either order; only where it does not, the stores themselves are asked.
    ///
    /// # Panics
    /// When neither order gives what came out.
    pub async fn race(&self, races: &Races, model: &Races, round: u32) {
        self.run(races, &[model, races], round..round + 1).await;
    }

    async fn run(&self, races: &Races, judges: &[&Races], rounds: Range<u32>) {
        let mut orders = judges.iter().flat_map(|judge| [(judge, [0, 1]), (judge, [1, 0])]);
        let mut serial: Vec<Outcome> = Vec::new();
        for round in rounds {
            let found = both_at_once(races, self.steps, round).await;
            while !serial.contains(&found) {
                let Some((judge, order)) = orders.next() else { panic!("{}", self.explain(&serial, &found)) };
                serial.push(one_after_the_other(judge, self.steps, order).await);
            }
        }
    }

    fn explain(&self, serial: &[Outcome], found: &Outcome) -> String {
        let orders = ["first then second", "second then first"].into_iter().cycle();
        let differences = orders.zip(serial).map(|(order, expected)| explain(order, expected, found));
        let differences: String = differences.collect();
        format!("{}: both at once give what neither order gives\n{differences}", self.name)
    }
}

fn explain(order: &str, expected: &Outcome, found: &Outcome) -> String {
    let answers = if expected.answers == found.answers {
        String::new()
    } else {
        format!("  - answers {:?}\n  + answers {:?}\n", expected.answers, found.answers)
    };
    format!("{order} (-) and at once (+) differ in\n{answers}{}", expected.after.difference(&found.after))
}

async fn one_after_the_other(races: &Races, steps: [RaceStep; 2], order: [usize; 2]) -> Outcome {
    let (w, ground) = races.scene().await;
    let mut answers = [String::new(), String::new()];
    for index in order {
        answers[index] = make(steps[index], w.clone(), Arc::clone(&ground)).await;
    }
    look(&w, &ground, answers).await
}

async fn both_at_once(races: &Races, steps: [RaceStep; 2], round: u32) -> Outcome {
    let (w, ground) = races.scene().await;
    let handles = [w.clone(), w.reopened().await];
    let barrier = Arc::new(Barrier::new(2));
    let mut tasks = [0, 1].map(|index| {
        let (handle, ground, barrier) = (handles[index].clone(), Arc::clone(&ground), Arc::clone(&barrier));
        let step = steps[index];
        async move {
            barrier.wait().await;
            make(step, handle, ground).await
        }
    });
    // Who is polled first differs from round to round.
    if round % 2 == 1 {
        tasks.swap(0, 1);
    }
    let [one, other] = tasks.map(tokio::spawn);
    let mut answers = [one.await.must("the step ends"), other.await.must("the step ends")];
    if round % 2 == 1 {
        answers.swap(0, 1);
    }
    look(&w, &ground, answers).await
}

/// Makes the step, again while the store is too busy: it promised that nothing was changed.
async fn make(step: RaceStep, w: World, ground: Arc<Ground>) -> String {
    let mut last: Told = Ok(String::new());
    for _ in 0..TRIES {
        last = (step.run)(w.clone(), Arc::clone(&ground)).await;
        if !matches!(last, Err(StoreError::Unavailable { .. })) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    last.must(step.name)
}

async fn look(w: &World, ground: &Ground, answers: [String; 2]) -> Outcome {
    scene::check_promises(w).await;
    let mut after = Snapshot::of(w, &PARTNERS).await;
    for (number, found) in scene::probe(w, ground).await.into_iter().enumerate() {
        after.add(&format!("probe {number}"), found);
    }
    Outcome { answers, after }
}
