//! No history breaks a promise: thousands of seeds, each a history of its own.

use psa_bridge_simulation::history::{Size, Told, of_seed};

/// Runs these seeds. One that breaks a promise is run again, to tell its history.
fn hold(seeds: std::ops::Range<u64>, size: Size) {
    for seed in seeds {
        let told = of_seed(seed, size, false);
        if let Some(breach) = told.breach {
            let Told { lines, .. } = of_seed(seed, size, true);
            let tail = &lines[lines.len().saturating_sub(120)..];
            panic!(
                "seed {seed}: {breach}\n{}\nTo see it whole: SIMULATION_SEED={seed} cargo test -p \
                psa-bridge-simulation --test promises -- replay --nocapture",
                tail.join("\n")
            );
        }
    }
}

#[test]
fn replay() {
    let Some(seed) = std::env::var("SIMULATION_SEED").ok().and_then(|seed| seed.parse().ok()) else { return };
    let size = if std::env::var("SIMULATION_LARGE").is_ok() { Size::LARGE } else { Size::SMALL };
    let told = of_seed(seed, size, true);
    for line in &told.lines {
        println!("{line}");
    }
    println!("{:?}, {} points", told.figures, told.points);
    if let Some(breach) = told.breach {
        panic!("seed {seed}: {breach}");
    }
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in 0..3 {
        assert_eq!(of_seed(seed, Size::SMALL, true).lines, of_seed(seed, Size::SMALL, true).lines);
    }
}

/// A test for each batch, so that they share the cores and one names what fails.
macro_rules! batches {
    ($($name:ident: $seeds:expr, $size:expr;)*) => {
        $(
            #[test]
            fn $name() {
                hold($seeds, $size);
            }
        )*
    };
}

batches! {
    no_history_of_the_first_batch_breaks_a_promise: 0..250, Size::SMALL;
    no_history_of_the_second_batch_breaks_a_promise: 250..500, Size::SMALL;
    no_history_of_the_third_batch_breaks_a_promise: 500..750, Size::SMALL;
    no_history_of_the_fourth_batch_breaks_a_promise: 750..1_000, Size::SMALL;
    no_history_of_the_fifth_batch_breaks_a_promise: 1_000..1_250, Size::SMALL;
    no_history_of_the_sixth_batch_breaks_a_promise: 1_250..1_500, Size::SMALL;
    no_history_of_the_seventh_batch_breaks_a_promise: 1_500..1_750, Size::SMALL;
    no_history_of_the_eighth_batch_breaks_a_promise: 1_750..2_000, Size::SMALL;
    no_long_history_breaks_a_promise: 2_000..2_020, Size::LARGE;
}
