//! A place where a process waits for the world.

use super::{Shared, Simulation, WORLD};
use jiff::{SignedDuration, Timestamp};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// What becomes of the step at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on.
    Goes,
    /// It fails.
    Fails,
}

/// The future of a point.
#[derive(Debug)]
#[must_use]
pub struct Point<'a> {
    simulation: &'a Simulation,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Undecided(&'static str),
    Waiting(Timestamp, Fate),
    Dead,
}

impl<'a> Point<'a> {
    pub(super) fn of(simulation: &'a Simulation, what: &'static str) -> Self {
        Self { simulation, stage: Stage::Undecided(what) }
    }

    pub(super) fn sleep(simulation: &'a Simulation, until: Timestamp) -> Self {
        Self { simulation, stage: Stage::Waiting(until, Fate::Goes) }
    }
}

impl Future for Point<'_> {
    type Output = Fate;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Fate> {
        let simulation = self.simulation;
        let mut shared = simulation.lock();
        if let Stage::Undecided(what) = self.stage {
            let stage = decide(&mut shared);
            match stage {
                Stage::Waiting(_, Fate::Fails) => note(&mut shared, what, "fails"),
                Stage::Dead => note(&mut shared, what, "is where the process dies"),
                _ => note(&mut shared, what, ""),
            }
            self.stage = stage;
            if let Stage::Waiting(until, fate) = stage
                && until == shared.now
            {
                if !shared.interleaves() {
                    return Poll::Ready(fate);
                }
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        match self.stage {
            Stage::Waiting(until, fate) if shared.now >= until => Poll::Ready(fate),
            Stage::Waiting(until, _) => {
                shared.wake_at(until, context.waker().clone());
                Poll::Pending
            }
            Stage::Undecided(_) | Stage::Dead => Poll::Pending,
        }
    }
}

fn decide(shared: &mut Shared) -> Stage {
    shared.points += 1;
    let unkindness = shared.unkindness;
    let process = shared.current.map_or(WORLD, |(_, process)| process);
    if process != WORLD && shared.chance.happens(unkindness.deadly, 100_000) {
        shared.killed.insert(process);
        return Stage::Dead;
    }
    let fails = process != WORLD && shared.chance.happens(unkindness.failing, 10_000);
    let fate = if fails { Fate::Fails } else { Fate::Goes };
    let wait = if shared.chance.happens(unkindness.slow, 1_000) {
        // Mostly moments; now and then as long as a machine that swaps, or a lock that is held, takes.
        let longest = if shared.chance.happens(1, 20) { 20_000 } else { 400 };
        shared.chance.between(1, longest)
    } else {
        0
    };
    let wait = SignedDuration::from_millis(i64::try_from(wait).unwrap_or(0));
    Stage::Waiting(shared.now.saturating_add(wait).unwrap_or(Timestamp::MAX), fate)
}

fn note(shared: &mut Shared, what: &str, how: &str) {
    let (now, by) = (shared.now, shared.current.map_or(0, |(task, _)| task));
    if let Some(lines) = &mut shared.lines {
        lines.push(format!("{now:.3} task {by}: {what} {how}"));
    }
}

impl Shared {
    fn interleaves(&mut self) -> bool {
        let interleaving = self.unkindness.interleaving;
        self.chance.happens(interleaving, 100)
    }
}
