//! The main job on the stack as deployed: events become tickets in both PSAs, none lost and none doubled, though functions
//! are killed, messages come twice, and the PSAs stumble.

use crate::{api::assert_guarded, door::Throttling, front::Front, kills::kill_one, stack::Stack};
use jiff::Timestamp;
use psa_bridge_workload::{
    Access, Api, Conditions, Plan, Progress, Registered, Run, SimulatorOptions, Simulators, World, compare,
    report, set_up,
};
use psa_sim::{AutotaskSim, FaultSchedule, RateLimit};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::{cell::Cell, collections::BTreeMap, sync::Arc, time::Duration};

const SEED: u64 = 21;
const EVENTS: usize = 300;
const KILLS: usize = 10;
/// One in so many calls to the table is turned away.
const THROTTLED: u32 = 30;
/// Queues of what was given up.
const DEAD_LETTERS: usize = 4;
/// How often the schedule runs here: a minute, the least that AWS knows, is long for a test.
const SWEEP: Duration = Duration::from_secs(4);
const OFTEN: &str = r#"{"tasks":["sweep","webhook","requests"]}"#;

/// Short waits, so that what has to wait is seen to the end.
fn parameters(simulators: &Simulators) -> Vec<(&'static str, String)> {
    [
        ("EgressAllow", simulators.origins().join(",")),
        ("AutotaskZoneUrl", simulators.zone_url()),
        ("AutotaskIntegrationCode", AutotaskSim::INTEGRATION_CODE.to_owned()),
        ("PsaTimeoutSeconds", "5".to_owned()),
        ("SettleSeconds", "4".to_owned()),
        ("TicketsTimeoutSeconds", "20".to_owned()),
        ("VisibilitySeconds", "30".to_owned()),
        ("BackoffMilliseconds", "100".to_owned()),
        ("LongestBackoffSeconds", "2".to_owned()),
        ("ThrottleMilliseconds", "200".to_owned()),
        ("CanaryFirstMilliseconds", "100".to_owned()),
        ("CanaryLongestSeconds", "2".to_owned()),
        ("MaxFailures", "30".to_owned()),
        ("HalopsaRequests", "1500".to_owned()),
        ("HalopsaWindowSeconds", "10".to_owned()),
        ("HalopsaReserve", "150".to_owned()),
        ("AutotaskRequests", "1500".to_owned()),
        ("AutotaskWindowSeconds", "10".to_owned()),
        ("AutotaskReserve", "150".to_owned()),
    ]
    .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_events_over_http_and_sqs_are_ticketed_once_though_functions_are_killed() {
    let world = World::new();
    let limit = RateLimit { requests: 1500, window_seconds: 10, retry_after: true };
    let options =
        SimulatorOptions { seed: SEED, faults: FaultSchedule::default_faults(SEED), rate_limit: Some(limit) };
    let simulators = Simulators::start(&world, &options).await.unwrap();
    let stack = Arc::new(Stack::deploy(&parameters(&simulators), Throttling::OneIn(THROTTLED, SEED)).await);
    assert_guarded(&stack).await;

    let by_event = world.organizations.iter().filter(|it| it.registered == Registered::ByEvent);
    let (front, url) = Front::start(Arc::clone(&stack), by_event.map(|it| it.id.clone()).collect()).await;
    let partners: BTreeMap<_, _> =
        world.partners.iter().map(|it| (it.id.clone(), stack.issuer.partner(&it.id).into())).collect();
    let api = Api::new(Access { url, machine: stack.issuer.machine().into(), partners }).unwrap();
    let often = tokio::spawn(sweep_often(Arc::clone(&stack)));
    let connections = set_up(&api, &world, &simulators).await.unwrap();
    let plan = Plan::new(&world, SEED, EVENTS, Timestamp::now());
    let progress = Progress::default();
    let run = Run {
        api: &api,
        world: &world,
        simulators: &simulators,
        connections: &connections,
        plan: &plan,
        progress: &progress,
    };
    let over = Cell::new(false);
    let running = async {
        let ran = run.run().await;
        over.set(true);
        ran.unwrap()
    };
    let (ran, killed) = tokio::join!(running, kill_at_random(&stack, &run, &simulators, &progress, &over));
    let comparison = compare(&run, &ran).await.unwrap();
    assert!(!often.is_finished(), "the schedule's messages could not be sent");
    often.abort();
    let conditions =
        Conditions { seed: SEED, budget: "1500 requests in 10 s".to_owned(), settle: Duration::from_secs(4) };
    let report = report(&conditions, &api, &simulators, &ran, &comparison);
    let turned_away = stack.door.turned_away();
    println!("{report}\nkilled: {killed:?}\nsubmissions over SQS: {}", front.over_sqs());
    println!("calls to the table that were turned away: {turned_away}");
    assert!(comparison.is_clean(), "{report}");
    assert!(ran.drained, "{report}");
    assert_eq!(killed.len(), KILLS, "the run ended before all were killed: {killed:?}");
    assert!(front.over_sqs() > 0, "nothing went over SQS");
    assert!(turned_away > 0, "no call was turned away");
    let dead_letters = stack.dead_letters().await;
    assert_eq!(dead_letters.len(), DEAD_LETTERS, "{dead_letters:?}");
    for queue in dead_letters {
        assert_eq!(stack.waiting(&queue).await, 0, "messages were given up: {queue}");
    }
}

/// Kills functions at points of the run. Returns which.
async fn kill_at_random(
    stack: &Stack,
    run: &Run<'_>,
    simulators: &Simulators,
    progress: &Progress,
    over: &Cell<bool>,
) -> Vec<String> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let all = EVENTS + run.fewest_tickets();
    let mut killed = Vec::new();
    for number in 0..KILLS {
        let point = all * (number + 1) / (KILLS + 2);
        while progress.taken() + progress.tickets(simulators) < point && !over.get() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // Not always at the same step of what is under way.
        tokio::time::sleep(Duration::from_millis(random.random_range(0..40))).await;
        while !over.get() {
            if let Some(function) = kill_one(stack.emulator.pid(), &mut random) {
                killed.push(function);
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    killed
}

async fn sweep_often(stack: Arc<Stack>) {
    loop {
        stack.send("TasksQueueUrl", OFTEN).await;
        tokio::time::sleep(SWEEP).await;
    }
}
