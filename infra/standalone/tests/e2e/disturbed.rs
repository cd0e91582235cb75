//! A run of the workload that is disturbed at points of a seed, and the promise that holds for each: nothing is lost and
//! nothing doubled, whatever happened to the process, the disk, the database or the network.

use crate::{
    bridge::Bridge,
    proxy::{Network, Proxy},
};
use jiff::Timestamp;
use psa_bridge_workload::{
    Api, Conditions, DeskIndex, Plan, Progress, Run, SimulatorOptions, Simulators, World, compare, report,
    set_up,
};
use psa_sim::{FaultSchedule, RateLimit};
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::spawn_blocking;

/// How long a condition may take to come about on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// Longer than the bridge takes for a step or two, so that a disturbance comes between any two of them.
const STEPS: Duration = Duration::from_millis(20);

/// What a run is like.
pub struct Scenario {
    /// Where its randomness begins.
    pub seed: u64,
    /// How many events there are.
    pub events: usize,
    /// How often it is disturbed.
    pub times: usize,
    /// What goes wrong in the PSAs meanwhile.
    pub faults: FaultSchedule,
    /// How long the PSAs take to create a ticket.
    pub create_time: Duration,
    /// Settings of the bridge that are not the usual ones of these tests.
    pub settings: &'static [(&'static str, &'static str)],
    /// Whether the bridge outlives a limit on the size of its files, which otherwise kills it.
    pub outlives_file_limits: bool,
}

impl Scenario {
    /// PSAs that answer at once, and never stumble.
    pub fn new(seed: u64, events: usize, times: usize) -> Self {
        let (faults, create_time) = (FaultSchedule::none(), Duration::from_millis(10));
        Self { seed, events, times, faults, create_time, settings: &[], outlives_file_limits: false }
    }
}

/// All that takes part in a run.
pub struct Stage {
    /// The bridge.
    pub bridge: Arc<Bridge>,
    /// The way to it that the workload takes.
    pub api: Api,
    /// The PSAs.
    pub simulators: Simulators,
    /// The network between the two, by desk.
    proxies: BTreeMap<DeskIndex, Proxy>,
    /// A machine's token.
    machine: String,
}

/// What was answered to a lone request.
struct Answer {
    status: u16,
    media_type: String,
    body: Value,
}

impl Stage {
    /// What becomes of all that the bridge and the PSAs send to each other from now on.
    pub fn set_network(&self, network: Network) {
        self.proxies.values().for_each(|proxy| proxy.set(network));
    }

    /// How often something that they sent to each other did not arrive as it should.
    pub fn struck(&self) -> usize {
        self.proxies.values().map(Proxy::struck).sum()
    }

    /// How often the bridge looked for a ticket.
    pub fn searches(&self) -> u64 {
        self.simulators.all().map(|(_, sim)| sim.searches()).sum()
    }

    /// Sends an event that is no part of the run, once and without patience. Should the bridge keep anything of it, the
    /// run ends with a difference.
    async fn send_a_stranger(&self) -> Answer {
        let event = json!({
            "specversion": "1.0",
            "id": format!("stranger-{}", Timestamp::now()),
            "source": "/strangers",
            "type": "backup.email.failed",
            "time": Timestamp::now().to_string(),
            "data": { "organization_id": "org-03", "account": "stranger@example.com" },
        });
        let request = reqwest::Client::new().post(format!("{}/v1/events", self.bridge.url()));
        let request = request.bearer_auth(&self.machine).header(CONTENT_TYPE, "application/cloudevents+json");
        let response = request.body(event.to_string()).send().await.unwrap();
        let status = response.status().as_u16();
        let media_type = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        Answer { status, media_type, body }
    }

    /// Sends an event that cannot be kept at present, and holds the answer against what senders are promised.
    pub async fn assert_nothing_is_taken(&self) {
        let Answer { status, media_type, body } = self.send_a_stranger().await;
        let problem = (status, media_type.as_str(), body["code"].as_str());
        assert_eq!(problem, (503, "application/problem+json", Some("store_unavailable")), "{body}");
        let fix = body["fix"].as_str().unwrap_or_default();
        assert!(fix.contains("Try again"), "{body}");
    }

    /// Waits until the bridge says that it cannot keep anything.
    pub async fn assert_that_it_says_so(&self) {
        let body = self.until_health_is(503).await;
        assert_eq!(body["code"], "store_unavailable", "{body}");
    }

    /// Waits until the bridge says that all is well.
    pub async fn until_well(&self) {
        let body = self.until_health_is(200).await;
        assert_eq!(body, json!({ "status": "ok" }));
    }

    async fn until_health_is(&self, wanted: u16) -> Value {
        let began = Instant::now();
        loop {
            let bridge = Arc::clone(&self.bridge);
            let (status, body) = spawn_blocking(move || bridge.health()).await.unwrap();
            if status == wanted {
                return serde_json::from_str(&body).unwrap();
            }
            assert!(began.elapsed() < PATIENCE, "{status}: {body}\n{}", self.bridge.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until it is so.
    pub async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "never came about: {what}\n{}", self.bridge.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// What came of a run that lost and doubled nothing.
pub struct Survived {
    /// All that took part.
    pub stage: Stage,
    /// How often the bridge looked for a ticket because it did not know whether there is one.
    pub searches: u64,
}

/// Runs events, disturbs the bridge whenever events taken and tickets made come to points of the seed, and holds what
/// became of each event against what had to become of it.
pub async fn run_disturbed(scenario: Scenario, disturb: impl AsyncFn(&Stage)) -> Survived {
    let Scenario { seed, events, times, faults, create_time, settings, outlives_file_limits } = scenario;
    let world = World::new();
    let limit = RateLimit { requests: 1500, window_seconds: 10, retry_after: true };
    let options = SimulatorOptions { seed, faults, rate_limit: Some(limit) };
    let proxies: BTreeMap<DeskIndex, Proxy> =
        world.connected().map(|(desk, ..)| (desk, Proxy::start())).collect();
    let fronts = proxies.iter().map(|(desk, proxy)| (*desk, proxy.origin().to_owned())).collect();
    let simulators = Simulators::start_behind(&world, &options, &fronts).await.unwrap();
    for (desk, sim) in simulators.all() {
        proxies[&desk].lead_to(sim.address().unwrap());
        sim.set_create_time(create_time);
    }
    let bridge =
        settings.iter().fold(Bridge::beside(&simulators), |bridge, (key, value)| bridge.setting(key, value));
    let bridge = if outlives_file_limits { bridge.that_outlives_file_limits() } else { bridge };
    bridge.start();
    let api = Api::new(bridge.access(&world)).unwrap();
    let connections = set_up(&api, &world, &simulators).await.unwrap();
    let plan = Plan::new(&world, seed, events, Timestamp::now());
    let machine = bridge.token(&[]);
    let stage = Stage { bridge: Arc::new(bridge), api, simulators, proxies, machine };
    let progress = Progress::default();
    let run = Run {
        api: &stage.api,
        world: &world,
        simulators: &stage.simulators,
        connections: &connections,
        plan: &plan,
        progress: &progress,
    };
    let searches_before = stage.searches();
    let points = points_of(seed, times, events + run.fewest_tickets());
    let over = Cell::new(false);
    let running = async {
        let ran = run.run().await;
        over.set(true);
        ran.unwrap()
    };
    let disturbing = async {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut disturbed = 0;
        for point in &points {
            while progress.taken() + progress.tickets(&stage.simulators) < *point {
                // A run ends by itself, also where so much is lost that a point is never reached.
                if over.get() {
                    return disturbed;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // Not always just after a ticket was made or an event taken.
            tokio::time::sleep(STEPS.mul_f64(random.random())).await;
            disturb(&stage).await;
            disturbed += 1;
        }
        disturbed
    };
    let (ran, disturbed) = tokio::join!(running, disturbing);
    let comparison = compare(&run, &ran).await.unwrap();
    let conditions =
        Conditions { seed, budget: "1500 requests in 10 s".to_owned(), settle: Duration::from_secs(4) };
    let report = report(&conditions, &stage.api, &stage.simulators, &ran, &comparison);
    assert!(comparison.is_clean(), "disturbed at {points:?}\n{report}\n{}", stage.bridge.log());
    assert!(ran.drained, "{report}");
    assert_eq!(disturbed, times, "the run ended before all points were reached");
    let searches = stage.searches() - searches_before;
    Survived { stage, searches }
}

/// Different points in the middle of so many, in order.
fn points_of(seed: u64, count: usize, of: usize) -> BTreeSet<usize> {
    let mut places: Vec<usize> = (of / 50..of - of / 50).collect();
    places.shuffle(&mut SmallRng::seed_from_u64(seed));
    places.into_iter().take(count).collect()
}
