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
use std::{ops::Range, sync::Arc, time::Duration};
use tokio::sync::Barrier;

/// How often a step is made again that the store was too busy for.
const TRIES: u32 = 100;

/// What two steps answered, and what the world looked like afterwards.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    answers: [String; 2],
    after: Snapshot,
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
                        let others = STEPS[n..].iter().filter(|second| is_possible(first, second));
                        for (start, second) in (0..).zip(others) {
                            run_pair(&*factory, *first, *second, start..start + rounds).await;
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

async fn run_pair(factory: &dyn StoreFactory, first: RaceStep, second: RaceStep, rounds: Range<u32>) {
    let forth = one_after_the_other(factory, [first, second], [0, 1]).await;
    let mut back = None;
    for round in rounds {
        let found = both_at_once(factory, [first, second], round).await;
        if found == forth {
            continue;
        }
        if back.is_none() {
            back = Some(one_after_the_other(factory, [first, second], [1, 0]).await);
        }
        let back = back.as_ref().must("the other order");
        assert!(
            found == *back,
            "{} and {} at once give what neither order gives\n{}{}",
            first.name,
            second.name,
            explain("first then second", &forth, &found),
            explain("second then first", back, &found),
        );
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

async fn one_after_the_other(factory: &dyn StoreFactory, steps: [RaceStep; 2], order: [usize; 2]) -> Outcome {
    let (w, ground) = scene::set_up(factory).await;
    let mut answers = [String::new(), String::new()];
    for index in order {
        answers[index] = make(steps[index], w.clone(), Arc::clone(&ground)).await;
    }
    look(&w, &ground, answers).await
}

async fn both_at_once(factory: &dyn StoreFactory, steps: [RaceStep; 2], round: u32) -> Outcome {
    let (w, ground) = scene::set_up(factory).await;
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
