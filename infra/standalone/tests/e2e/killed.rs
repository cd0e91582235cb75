//! No event lost and none ticketed twice, though the process dies at any point, or is asked to stop in the middle of it.

use crate::bridge::Bridge;
use jiff::Timestamp;
use psa_bridge_workload::{
    Api, Conditions, Plan, Progress, Run, SimulatorOptions, Simulators, World, compare, report, set_up,
};
use psa_sim::{FaultSchedule, RateLimit};
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use std::{
    collections::BTreeSet,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// More than the bridge gives itself to finish what is on the wire.
const GRACE: Duration = Duration::from_secs(45);

/// What happens to a bridge.
struct Trouble {
    /// While it works on so many events.
    events: usize,
    /// How often.
    times: usize,
    /// What.
    disturb: fn(&Bridge),
    /// What goes wrong in the PSAs meanwhile.
    faults: FaultSchedule,
}

/// Runs events, and disturbs the bridge whenever events taken and tickets made come to points of the seed. Returns how
/// often the bridge looked for a ticket because it did not know whether there is one.
async fn run_disturbed(seed: u64, trouble: Trouble) -> u64 {
    let Trouble { events, times, disturb, faults } = trouble;
    let world = World::new();
    let limit = RateLimit { requests: 1500, window_seconds: 10, retry_after: true };
    let options = SimulatorOptions { seed, faults, rate_limit: Some(limit) };
    let simulators = Simulators::start(&world, &options).await.unwrap();
    let bridge = Arc::new(Bridge::beside(&simulators));
    bridge.start();
    let api = Api::new(bridge.access(&world)).unwrap();
    let connections = set_up(&api, &world, &simulators).await.unwrap();
    let plan = Plan::new(&world, seed, events, Timestamp::now());
    let progress = Progress::default();
    let run = Run {
        api: &api,
        world: &world,
        simulators: &simulators,
        connections: &connections,
        plan: &plan,
        progress: &progress,
    };
    let searches = || simulators.all().map(|(_, sim)| sim.searches()).sum::<u64>();
    let searches_before = searches();
    let points = points_of(seed, times, events + run.fewest_tickets());
    let disturbed = AtomicUsize::new(0);
    let disturbing = async {
        for point in &points {
            while progress.taken() + progress.tickets(&simulators) < *point {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // In a thread of its own, so that the senders meet a bridge that is away.
            let bridge = Arc::clone(&bridge);
            tokio::task::spawn_blocking(move || disturb(&bridge)).await.unwrap();
            disturbed.fetch_add(1, Ordering::SeqCst);
        }
        pending::<()>().await;
    };
    // A run ends by itself, also where so much is lost that a point is never reached.
    let ran = tokio::select! {
        ran = run.run() => ran.unwrap(),
        () = disturbing => unreachable!(),
    };
    let comparison = compare(&run, &ran).await.unwrap();
    let conditions =
        Conditions { seed, budget: "1500 requests in 10 s".to_owned(), settle: Duration::from_secs(4) };
    let report = report(&conditions, &api, &simulators, &ran, &comparison);
    assert!(comparison.is_clean(), "disturbed at {points:?}\n{report}\n{}", bridge.log());
    assert!(ran.drained, "{report}");
    assert_eq!(disturbed.into_inner(), times, "the run ended before all points were reached");
    searches() - searches_before
}

fn kill_and_start(bridge: &Bridge) {
    bridge.kill();
    bridge.start();
}

fn stop_and_start(bridge: &Bridge) {
    let status = bridge.terminate(GRACE);
    assert!(status.success(), "{status}\n{}", bridge.log());
    bridge.start();
}

/// Different points in the middle of so many, in order.
fn points_of(seed: u64, count: usize, of: usize) -> BTreeSet<usize> {
    let mut places: Vec<usize> = (of / 50..of - of / 50).collect();
    places.shuffle(&mut SmallRng::seed_from_u64(seed));
    places.into_iter().take(count).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_ten_points_in_the_middle_of_five_hundred_events_it_loses_and_doubles_none() {
    let trouble = Trouble { events: 500, times: 10, disturb: kill_and_start, faults: FaultSchedule::none() };
    let searches = run_disturbed(11, trouble).await;
    assert!(searches > 0, "no death came between a request and its answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_psas_stumble_it_loses_and_doubles_none() {
    let faults = FaultSchedule::default_faults(13);
    run_disturbed(13, Trouble { events: 100, times: 5, disturb: kill_and_start, faults }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_finishes_what_is_on_the_wire_and_goes_on_after_the_next_start() {
    let trouble = Trouble { events: 200, times: 3, disturb: stop_and_start, faults: FaultSchedule::none() };
    let searches = run_disturbed(12, trouble).await;
    // The partner's pause in the middle of the run may come between a request and its answer; a stop never may.
    assert!(searches <= 1, "{searches} requests were left without their answers");
}
