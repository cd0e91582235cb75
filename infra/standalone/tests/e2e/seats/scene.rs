//! A distributor with a HaloPSA and an Autotask, a customer that both of them bill by the seat, and a bridge between.

use super::psas::{CONTRACT, add_license, add_service, autotask, halopsa};
use crate::bridge::Bridge;
use jiff::Timestamp;
use psa_bridge_workload::{
    Access, Api, Call, Caller, Connections, DISTRIBUTOR_AUTOTASK, DISTRIBUTOR_HALOPSA, DeskIndex, Reply,
    SimulatorOptions, Simulators, World, set_up,
};
use psa_sim::{AutotaskSim, FaultSchedule, HaloSim};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long a condition may take to come about on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is counted.
pub const PRODUCT: &str = "m365-backup";
/// The customer, in both PSAs.
pub const ORGANIZATION: &str = "org-03";
/// Another, in the HaloPSA alone, whose seats nobody tells.
pub const UNTOLD: &str = "org-01";
/// What both PSAs bill before the first event.
pub const BEFORE: i64 = 100;
/// The distributor's HaloPSA.
pub const HALOPSA: DeskIndex = DISTRIBUTOR_HALOPSA;
/// The distributor's Autotask.
pub const AUTOTASK: DeskIndex = DISTRIBUTOR_AUTOTASK;
/// Both.
pub const BOTH: [DeskIndex; 2] = [HALOPSA, AUTOTASK];

/// All that takes part. The person at the distributor is `ann`.
pub struct Scene {
    pub bridge: Bridge,
    pub simulators: Simulators,
    api: Api,
    world: World,
    connections: Connections,
    /// The licence, and the service of the contract.
    pub(super) places: BTreeMap<DeskIndex, i64>,
}

impl Scene {
    /// Everything connected, mapped and confirmed; seats as in these settings.
    pub async fn new(seats: Value) -> Self {
        let mut world = World::new();
        for (index, desk) in world.desks.iter_mut().enumerate() {
            if !BOTH.contains(&index) {
                desk.choices = None;
            }
        }
        let options = SimulatorOptions { seed: 21, faults: FaultSchedule::none(), rate_limit: None };
        let simulators = Simulators::start(&world, &options).await.unwrap();
        let client = |desk| world.client(desk, ORGANIZATION).unwrap();
        let places = BTreeMap::from([
            (HALOPSA, add_license(halopsa(&simulators), client(HALOPSA))),
            (AUTOTASK, add_service(autotask(&simulators), client(AUTOTASK))),
        ]);
        let bridge = Bridge::beside(&simulators);
        bridge.start();
        let partner = world.partners[0].id.clone();
        let token = bridge.token(&["--partner", &partner, "--subject", "ann"]);
        let partners = BTreeMap::from([(partner, token.into())]);
        let access = Access { url: bridge.url(), machine: bridge.token(&[]).into(), partners };
        let api = Api::new(access).unwrap();
        let connections = set_up(&api, &world, &simulators).await.unwrap();
        let scene = Self { bridge, simulators, api, world, connections, places };
        for desk in BOTH {
            scene.save(desk, &seats).await;
            let body = json!({ "client": scene.client(desk).to_string(), "license": scene.license(desk) });
            let path = scene.path(desk, &format!("/mappings/{ORGANIZATION}"));
            scene.send(Call::new(scene.partner(), Method::PUT, path).json(&body)).await.success().unwrap();
        }
        scene
    }

    /// Both PSAs written at once, and the same count there as the vendor tells.
    pub async fn at_once() -> Self {
        let scene = Self::new(json!({ "mode": "at_once" })).await;
        scene.tell(BEFORE).await;
        scene.until_equal(BEFORE).await;
        scene
    }

    pub fn halopsa(&self) -> &HaloSim {
        halopsa(&self.simulators)
    }

    pub fn autotask(&self) -> &AutotaskSim {
        autotask(&self.simulators)
    }

    /// What the distributor is called.
    pub fn partner_id(&self) -> &str {
        &self.world.partners[0].id
    }

    pub fn connection(&self, desk: DeskIndex) -> &str {
        &self.connections[&desk].id
    }

    fn client(&self, desk: DeskIndex) -> i64 {
        self.world.client(desk, ORGANIZATION).unwrap()
    }

    fn license(&self, desk: DeskIndex) -> String {
        let place = self.places[&desk];
        if desk == AUTOTASK { format!("{CONTRACT}:{place}") } else { place.to_string() }
    }

    fn partner(&self) -> Caller<'_> {
        Caller::Partner(self.partner_id())
    }

    fn path(&self, desk: DeskIndex, rest: &str) -> String {
        format!("/v1/connections/{}{rest}", self.connection(desk))
    }

    async fn send(&self, call: Call<'_>) -> Reply {
        self.api.send(call).await.unwrap()
    }

    /// Saves other settings for seats.
    pub async fn save(&self, desk: DeskIndex, seats: &Value) {
        let chosen = &self.world.desks[desk].choices.as_ref().unwrap().chosen;
        let ticket: Map<_, _> =
            chosen.iter().map(|(field, choice)| ((*field).to_owned(), choice.json())).collect();
        let body = json!({ "ticket": ticket, "seats": seats, "emergency_contact": "noc@example.com" });
        let call = Call::new(self.partner(), Method::PUT, self.path(desk, "/settings")).json(&body);
        self.send(call).await.success().unwrap();
    }

    /// The vendor tells a count.
    pub async fn tell(&self, quantity: i64) {
        self.tell_at(quantity, Timestamp::now()).await;
    }

    /// The vendor tells what the count was then.
    pub async fn tell_at(&self, quantity: i64, time: Timestamp) {
        let event = json!({
            "specversion": "1.0", "id": format!("{quantity} at {time}"), "source": "/seats",
            "type": "seats.changed", "time": time.to_string(),
            "data": { "organization_id": ORGANIZATION, "product": PRODUCT, "quantity": quantity },
        });
        let call = Call::new(Caller::Machine, Method::POST, "/v1/events").json(&event);
        self.send(call).await.success().unwrap();
    }

    /// The line of the organisation; with `?refresh=true`, as the PSA shows it now.
    pub async fn line(&self, desk: DeskIndex, query: &str) -> Value {
        let path = self.path(desk, &format!("/seats{query}"));
        let list = self.send(Call::get(self.partner(), path)).await.success().unwrap();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
        list["items"][0].clone()
    }

    /// Waits until the line is so.
    pub async fn until(&self, desk: DeskIndex, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let line = self.line(desk, "").await;
            if is_so(&line) {
                return line;
            }
            let log = || self.bridge.log();
            assert!(began.elapsed() < PATIENCE, "{what} never came about: {line:#}\n{}", log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until it is so outside of the bridge.
    pub async fn until_there(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "{what} never came about\n{}", self.bridge.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until that count is agreed on, in both PSAs.
    pub async fn until_equal(&self, count: i64) {
        for desk in BOTH {
            let line =
                self.until(desk, "equal", |line| line["state"] == "equal" && line["there"] == count).await;
            assert_eq!((&line["here"], &line["difference"]), (&json!(count), &json!(0)), "{line:#}");
        }
    }

    /// Waits until a person is asked, and holds it against what that person has to be told.
    pub async fn until_waiting(&self, desk: DeskIndex, reason: &str, there: i64, here: i64) -> Value {
        let waits =
            |line: &Value| line["state"] == "waiting" && line["reason"] == reason && line["here"] == here;
        let line = self.until(desk, reason, waits).await;
        assert_eq!(line["there"], there, "{line:#}");
        assert_eq!(line["difference"], here - there, "{line:#}");
        assert_eq!(line["can_be_confirmed"], true, "{line:#}");
        assert!(line["fix"].as_str().is_some_and(|fix| fix.contains("onfirm")), "{line:#}");
        assert!(line["waits_since"].is_string(), "{line:#}");
        line
    }

    pub async fn wish(&self, desk: DeskIndex, what: &str, body: &Value) -> Reply {
        let path = self.path(desk, &format!("/seats/{what}"));
        self.send(Call::new(self.partner(), Method::POST, path).json(body)).await
    }

    /// Ann pauses the connection, or resumes it.
    pub async fn act(&self, desk: DeskIndex, what: &str) {
        let path = self.path(desk, &format!("/{what}"));
        self.send(Call::new(self.partner(), Method::POST, path)).await.success().unwrap();
    }

    /// Ann has everything compared now.
    pub async fn sync(&self, desk: DeskIndex) {
        let reply = self.wish(desk, "sync", &json!({})).await;
        assert_eq!((reply.status, &reply.body), (202, &json!({ "asked": 1 })));
    }

    /// Ann confirms what she was shown.
    pub async fn confirm(&self, desk: DeskIndex, there: i64, here: i64) -> Reply {
        let body = json!({
            "organizations": [ORGANIZATION], "product": PRODUCT, "confirm": true, "there": there, "here": here,
        });
        self.wish(desk, "sync", &body).await
    }

    /// Ann takes the last change back.
    pub async fn undo(&self, desk: DeskIndex, to: i64) -> Reply {
        let body = json!({ "organization": ORGANIZATION, "product": PRODUCT, "to": to });
        self.wish(desk, "undo", &body).await
    }

    /// What was changed, newest first.
    pub async fn history(&self, desk: DeskIndex) -> Vec<Value> {
        let path = self.path(desk, &format!("/seats/history?organization={ORGANIZATION}&limit=100"));
        let list = self.send(Call::get(self.partner(), path)).await.success().unwrap();
        list["items"].as_array().unwrap().clone()
    }
}
