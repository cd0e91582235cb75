//! A worker's time ends in the middle of what waits, many times: the next takes up where it stopped.

use crate::bridge::Bridge;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_workload::{
    Api, Call, Caller, Connections, DISTRIBUTOR_AUTOTASK, DISTRIBUTOR_HALOPSA, DeskIndex, Life, Link,
    RESELLER_HALOPSA, SPECIALIST_AUTOTASK, SimulatorOptions, Simulators, World, set_up,
};
use psa_sim::FaultSchedule;
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long all of it may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// The desks that take part.
const DESKS: [DeskIndex; 4] =
    [DISTRIBUTOR_HALOPSA, DISTRIBUTOR_AUTOTASK, RESELLER_HALOPSA, SPECIALIST_AUTOTASK];
/// Events, each about an account of its own.
const EVENTS: usize = 160;
/// The organisations that they are about.
const ORGANIZATIONS: usize = 8;

struct Scene {
    world: World,
    simulators: Simulators,
    bridge: Bridge,
    api: Api,
    connections: Connections,
}

impl Scene {
    async fn set(create_time: Duration) -> Self {
        let mut world = World::new();
        world.desks.iter_mut().for_each(|desk| desk.life = Life::TicketAnEvent);
        let options = SimulatorOptions { seed: 6, faults: FaultSchedule::none(), rate_limit: None };
        let simulators = Simulators::start(&world, &options).await.unwrap();
        let bridge = Bridge::beside(&simulators)
            .setting("WORK__SLICE_SECONDS", "1")
            .setting("LOG__FILTER", "info,psa_bridge_tickets=debug");
        bridge.start();
        let api = Api::new(bridge.access(&world)).unwrap();
        let connections = set_up(&api, &world, &simulators).await.unwrap();
        for (_, sim) in simulators.all() {
            sim.set_create_time(create_time);
        }
        Self { world, simulators, bridge, api, connections }
    }

    fn partner(&self, desk: DeskIndex) -> Caller<'_> {
        Caller::Partner(&self.world.partner_at(desk).id)
    }

    async fn act_everywhere(&self, what: &str) {
        for desk in DESKS {
            let path = format!("/v1/connections/{}/{what}", self.connections[&desk].id);
            self.api
                .send(Call::new(self.partner(desk), Method::POST, path))
                .await
                .unwrap()
                .success()
                .unwrap();
        }
    }

    /// Sends events that happened a second apart, in any order.
    async fn send_events(&self) {
        let now = Timestamp::now();
        let mut events: Vec<Value> = (0..EVENTS)
            .map(|number| {
                let ago = SignedDuration::from_secs(i64::try_from(EVENTS - number).unwrap());
                json!({
                    "specversion": "1.0",
                    "id": format!("{number}"),
                    "source": "/slices",
                    "type": "backup.email.failed",
                    "time": (now - ago).to_string(),
                    "data": {
                        "organization_id": self.world.organizations[number % ORGANIZATIONS].id,
                        "account": format!("{number}@example.com"),
                    },
                })
            })
            .collect();
        events.shuffle(&mut SmallRng::seed_from_u64(6));
        for batch in events.chunks(40) {
            let call = Call::new(Caller::Machine, Method::POST, "/v1/events");
            self.api.send(call.json(&json!(batch))).await.unwrap().success().unwrap();
        }
    }

    /// The numbers of the events that have to become tickets at a desk, in the order in which they happened.
    fn expected(&self, desk: DeskIndex) -> Vec<usize> {
        let mapped = |number: &usize| {
            self.world.organizations[number % ORGANIZATIONS].link(desk) == Some(Link::Mapped)
        };
        (0..EVENTS).filter(mapped).collect()
    }

    /// The deliveries of a desk: the ticket of each, by the event's number; none where it has none.
    async fn deliveries(&self, desk: DeskIndex) -> BTreeMap<usize, Option<u64>> {
        let (mut deliveries, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let call = Call::get(self.partner(desk), format!("/v1/events?limit=100{cursor}"));
            let body = self.api.send(call).await.unwrap().success().unwrap();
            for event in body["items"].as_array().unwrap() {
                let number = event["source_id"].as_str().unwrap().parse().unwrap();
                // Those of organisations whose flow is off have ended, and no other may.
                let own = |it: &&Value| {
                    it["connection"] == self.connections[&desk].id.as_str() && it["state"] != "ended"
                };
                for delivery in event["deliveries"].as_array().unwrap().iter().filter(own) {
                    let ticket = delivery["ticket"]["id"].as_str().map(|id| id.parse().unwrap());
                    deliveries.insert(number, ticket.filter(|_| delivery["state"] == "done"));
                }
            }
            let Some(next) = body["next"].as_str() else { return deliveries };
            cursor = format!("&cursor={next}");
        }
    }

    /// Waits until every delivery of a desk has its ticket. Returns their tickets in the order of their events.
    async fn tickets(&self, desk: DeskIndex) -> Vec<u64> {
        let began = Instant::now();
        loop {
            let deliveries = self.deliveries(desk).await;
            let numbers: Vec<usize> = deliveries.keys().copied().collect();
            assert_eq!(numbers, self.expected(desk), "{}", self.world.desk_name(desk));
            if let Some(tickets) = deliveries.into_values().collect() {
                return tickets;
            }
            assert!(began.elapsed() < PATIENCE, "not finished\n{}", self.bridge.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_short_again_and_again_it_keeps_the_order_and_doubles_none() {
    // Given much that waits, PSAs that take their time, and slices of a second.
    let scene = Scene::set(Duration::from_millis(50)).await;
    scene.act_everywhere("pause").await;
    scene.send_events().await;
    let tests: Vec<usize> =
        DESKS.iter().map(|desk| scene.simulators.of(*desk).unwrap().ticket_count()).collect();
    // When it is let go.
    scene.act_everywhere("resume").await;
    // Then each event has one ticket at each desk, and they were made in the order in which the events happened.
    for (desk, tests) in DESKS.into_iter().zip(tests) {
        let tickets = scene.tickets(desk).await;
        let name = scene.world.desk_name(desk);
        assert!(tickets.is_sorted_by(|one, next| one < next), "{name}: {tickets:?}");
        let sim = scene.simulators.of(desk).unwrap();
        assert_eq!(sim.ticket_count() - tests, tickets.len(), "{name}");
        assert!(sim.references().values().all(|count| *count == 1), "{name}: {:?}", sim.references());
        // A hundred tickets of 50 ms are more than four slices.
        let id = &scene.connections[&desk].id;
        let cut = scene.bridge.logged(&[id, "HandedBack"]);
        assert!(tickets.len() < 100 || cut >= 4, "{name}: cut short {cut} times");
    }
}
