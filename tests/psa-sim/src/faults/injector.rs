//! Chooses the fault that strikes a request.
//!
//! Shares are dealt from a shuffled deck of a hundred cards for every endpoint and stage, so that a run of a few
//! hundred requests meets every fault as often as promised, and the same seed gives the same run. Where a share is less
//! than a card of it, the deck has a thousand.

use std::collections::HashMap;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;

use super::{FaultKind, FaultRule, FaultSchedule, FaultTiming, Frequency, Stage};

const DECK: usize = 100;
const LARGE_DECK: usize = 1_000;

/// The faults to come.
pub struct Injector {
    schedule: FaultSchedule,
    on_demand: Vec<FaultRule>,
    decks: HashMap<(Stage, String), Vec<Option<FaultKind>>>,
    random: SmallRng,
}

impl Injector {
    pub fn new(schedule: FaultSchedule) -> Self {
        let random = SmallRng::seed_from_u64(schedule.seed);
        Self { schedule, on_demand: Vec::new(), decks: HashMap::new(), random }
    }

    pub fn timing(&self) -> FaultTiming {
        self.schedule.timing
    }

    pub fn set_timing(&mut self, timing: FaultTiming) {
        self.schedule.timing = timing;
    }

    pub fn schedule(&self) -> &FaultSchedule {
        &self.schedule
    }

    /// The faults on demand that have not struck yet.
    pub fn waiting(&self) -> &[FaultRule] {
        &self.on_demand
    }

    /// Adds a fault to those that are set.
    pub fn add(&mut self, rule: FaultRule) {
        match rule.frequency {
            Frequency::Next(_) => self.on_demand.push(rule),
            Frequency::Probability(_) => {
                self.schedule.rules.push(rule);
                self.decks.clear();
            }
        }
    }

    /// The fault of this stage for a request, if one strikes.
    ///
    /// `creates` is whether a new record would be stored. The schedule strikes storing only then; on demand, the
    /// answer to a change can be lost as well.
    pub fn draw(&mut self, stage: Stage, method: &str, endpoint: &str, creates: bool) -> Option<FaultKind> {
        self.draw_on_demand(stage, method, endpoint, creates).or_else(|| {
            let scheduled = creates || matches!(stage, Stage::Delay | Stage::Before);
            if scheduled { self.draw_scheduled(stage, method, endpoint) } else { None }
        })
    }

    fn draw_on_demand(
        &mut self,
        stage: Stage,
        method: &str,
        endpoint: &str,
        creates: bool,
    ) -> Option<FaultKind> {
        let position = self.on_demand.iter().position(|rule| {
            let applies = creates || !matches!(rule.kind, FaultKind::LateCommit | FaultKind::LateVisibility);
            applies && rule.kind.stage() == stage && concerns(rule, method, endpoint)
        })?;
        let rule = self.on_demand.get_mut(position)?;
        let kind = rule.kind;
        if let Frequency::Next(left) = &mut rule.frequency {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.on_demand.remove(position);
            }
        }
        Some(kind)
    }

    fn draw_scheduled(&mut self, stage: Stage, method: &str, endpoint: &str) -> Option<FaultKind> {
        if self.schedule.rules.is_empty() {
            return None;
        }
        let size = deck_size(&self.schedule);
        let deck = self.decks.entry((stage, format!("{method} {endpoint}"))).or_default();
        if deck.is_empty() {
            for rule in &self.schedule.rules {
                if let Frequency::Probability(share) = rule.frequency
                    && rule.kind.stage() == stage
                    && concerns(rule, method, endpoint)
                {
                    deck.extend(std::iter::repeat_n(Some(rule.kind), cards(share, size)));
                }
            }
            deck.truncate(size);
            deck.resize(size, None);
            deck.shuffle(&mut self.random);
        }
        deck.pop().flatten()
    }
}

fn concerns(rule: &FaultRule, method: &str, endpoint: &str) -> bool {
    rule.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
        && rule.endpoint.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(endpoint))
}

/// So many cards that one is no more than the smallest share.
fn deck_size(schedule: &FaultSchedule) -> usize {
    let is_small = |rule: &FaultRule| match rule.frequency {
        Frequency::Probability(share) => share > 0.0 && share < 0.01,
        Frequency::Next(_) => false,
    };
    if schedule.rules.iter().any(is_small) { LARGE_DECK } else { DECK }
}

/// How many of the deck's cards make up the share: at least one, if it is not zero.
fn cards(share: f64, deck: usize) -> usize {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (0..deck).take_while(|&card| (number(card) + 1e-9) / number(deck) < share).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hundred_requests_meet_every_fault_at_least_five_times() {
        let mut injector = Injector::new(FaultSchedule::default_faults(3));
        let mut struck: HashMap<FaultKind, u32> = HashMap::new();
        for _ in 0..100 {
            for stage in [Stage::Delay, Stage::Before, Stage::Store, Stage::Visibility] {
                if let Some(kind) = injector.draw(stage, "POST", "tickets", true) {
                    *struck.entry(kind).or_default() += 1;
                }
            }
        }
        for kind in FaultKind::ALL {
            assert!(struck[&kind] >= 5, "{kind:?} struck {} times", struck[&kind]);
        }
    }

    #[test]
    fn a_thinned_schedule_strikes_as_seldom_as_it_says() {
        let mut injector = Injector::new(FaultSchedule::default_faults(3).thinned(100, 0.002));
        let strikes = (0..1_000).filter(|_| injector.draw(Stage::Before, "GET", "client", false).is_some());
        // Two each of the five that strike before the work.
        assert_eq!(strikes.count(), 10);
    }

    #[test]
    fn the_same_seed_strikes_the_same_requests() {
        let run = |seed| {
            let mut injector = Injector::new(FaultSchedule::default_faults(seed));
            (0..50).map(|_| injector.draw(Stage::Before, "GET", "client", false)).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn a_share_is_that_many_cards() {
        assert_eq!([0.0, 0.01, 0.06, 0.5, 1.0].map(|share| cards(share, DECK)), [0, 1, 6, 50, 100]);
        assert_eq!([0.0, 0.002, 0.06].map(|share| cards(share, LARGE_DECK)), [0, 2, 60]);
    }
}
