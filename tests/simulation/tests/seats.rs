//! Whatever becomes of changes of a seat count, the PSA ends with the count that was told last, or a person is asked.

use psa_bridge_core::seats::SeatReason;
use psa_bridge_simulation::seats::history::{Play, Told, of_seed};
use std::collections::BTreeMap;

/// Runs these seeds; returns how they ended, and in how many an answer was lost and found.
fn hold(seeds: std::ops::Range<u64>, play: Play) -> (BTreeMap<String, usize>, usize) {
    let (mut ends, mut found) = (BTreeMap::new(), 0);
    for seed in seeds {
        let Told { breach, lines, waits, was_ambiguous, .. } = of_seed(seed, play);
        if let Some(breach) = breach {
            panic!("seed {seed}: {breach}\n{}", lines.join("\n"));
        }
        *ends.entry(format!("{waits:?}")).or_default() += 1;
        found += usize::from(was_ambiguous);
    }
    (ends, found)
}

#[test]
fn without_hands_every_history_ends_with_the_count_that_was_told_last() {
    let (ends, found) = hold(0..2_500, Play { hands: false, drops: false });
    assert_eq!(ends.len(), 1, "{ends:?}");
    assert!(ends.contains_key("None") && found > 200, "{ends:?}, {found} found after a lost answer");
}

#[test]
fn with_drops_every_history_ends_equal_or_at_the_guard() {
    let (ends, _) = hold(10_000..11_500, Play { hands: false, drops: true });
    for reason in [SeatReason::BigDrop, SeatReason::ToZero] {
        assert!(ends.contains_key(&format!("{:?}", Some(reason))), "{ends:?}");
    }
}

#[test]
fn with_hands_every_history_ends_equal_or_waits_for_a_person() {
    let (ends, found) = hold(20_000..23_000, Play { hands: true, drops: true });
    for reason in [SeatReason::MovedByHand, SeatReason::AmbiguousAfterLostAnswer] {
        assert!(ends.contains_key(&format!("{:?}", Some(reason))), "{ends:?}");
    }
    assert!(ends["None"] > 500 && found > 100, "{ends:?}, {found} found after a lost answer");
}

#[test]
fn the_same_seed_gives_the_same_history() {
    let play = Play { hands: true, drops: true };
    for seed in 0..20 {
        assert_eq!(of_seed(seed, play).lines, of_seed(seed, play).lines);
    }
}
