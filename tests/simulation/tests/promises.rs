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

#[test]
fn seeds_1() {
    let from = std::env::var("FROM").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let mut points = 0;
    let mut f = vec![];
    for seed in from..from + 400 {
        let s0 = std::time::Instant::now();
        let t = of_seed(seed, Size::SMALL, false);
        points += t.points;
        if s0.elapsed().as_millis() > 300 {
            println!("slow {seed} {:?} {}", s0.elapsed(), t.points);
        }
        if let Some(b) = t.breach {
            println!("{seed} {b}");
        }
        f.push(t.figures);
    }
    println!("{points} {:?}", &f[..10]);
}
