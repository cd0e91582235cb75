//! What a ticket costs a PSA: one call. Budgets are counted in calls, so one more for each ticket would halve what a tenant
//! bears.

use crate::bridge::Bridge;
use jiff::Timestamp;
use psa_bridge_workload::{
    Api, Call, Caller, DISTRIBUTOR_AUTOTASK, DISTRIBUTOR_HALOPSA, DeskIndex, Life, Psa, RESELLER_HALOPSA,
    SPECIALIST_AUTOTASK, SimulatorOptions, Simulators, World, set_up,
};
use psa_sim::FaultSchedule;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long a batch may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// The desks that take part.
const DESKS: [DeskIndex; 4] =
    [DISTRIBUTOR_HALOPSA, DISTRIBUTOR_AUTOTASK, RESELLER_HALOPSA, SPECIALIST_AUTOTASK];
/// The organisations that are mapped there, each of the desks by one of them.
const ORGANIZATIONS: [&str; 2] = ["org-03", "org-14"];

struct Scene {
    api: Api,
    simulators: Simulators,
    sent: usize,
}

impl Scene {
    /// Sends events, each about an account of its own, to every desk, and waits for their tickets.
    async fn send(&mut self, count: usize) {
        let had = self.tickets();
        let events: Vec<Value> = ORGANIZATIONS
            .into_iter()
            .flat_map(|organization| (0..count).map(move |number| (organization, number)))
            .map(|(organization, number)| {
                json!({
                    "specversion": "1.0",
                    "id": format!("batch-{organization}-{}", self.sent + number),
                    "source": "/calls",
                    "type": "backup.email.failed",
                    "time": Timestamp::now().to_string(),
                    "data": {
                        "organization_id": organization,
                        "account": format!("{}@example.com", self.sent + number),
                    },
                })
            })
            .collect();
        self.sent += count;
        let call = Call::new(Caller::Machine, Method::POST, "/v1/events").json(&Value::Array(events));
        self.api.send(call).await.unwrap().success().unwrap();
        let began = Instant::now();
        while self.tickets().iter().zip(&had).any(|(now, had)| *now < had + count) {
            assert!(began.elapsed() < PATIENCE, "{:?} tickets of {had:?} and {count}", self.tickets());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn tickets(&self) -> Vec<usize> {
        DESKS.iter().map(|desk| self.simulators.of(*desk).unwrap().ticket_count()).collect()
    }

    /// Requests so far at each desk, renewed tokens apart.
    fn requests(&self) -> Vec<BTreeMap<String, u64>> {
        let of = |desk: DeskIndex| self.simulators.of(desk).unwrap().counts().requests;
        let all = DESKS.iter().map(|desk| of(*desk));
        all.map(|requests| {
            requests.into_iter().filter(|(line, _)| !line.starts_with("POST /token ")).collect()
        })
        .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_warm_a_ticket_costs_one_call_to_either_psa() {
    const BATCH: usize = 25;
    let mut world = World::new();
    for desk in &mut world.desks {
        // No storm comes between.
        desk.life = Life::Usual;
    }
    let options = SimulatorOptions { seed: 5, faults: FaultSchedule::none(), rate_limit: None };
    let simulators = Simulators::start(&world, &options).await.unwrap();
    let bridge = Bridge::beside(&simulators);
    bridge.start();
    let api = Api::new(bridge.access(&world)).unwrap();
    set_up(&api, &world, &simulators).await.unwrap();
    let mut scene = Scene { api, simulators, sent: 0 };
    scene.send(2).await;
    let before = scene.requests();
    scene.send(BATCH).await;
    for ((desk, before), after) in DESKS.iter().zip(before).zip(scene.requests()) {
        let more: BTreeMap<String, u64> = after
            .into_iter()
            .map(|(line, count)| (line.clone(), count - before.get(&line).copied().unwrap_or_default()))
            .filter(|(_, count)| *count > 0)
            .collect();
        let created = match scene.simulators.of(*desk).unwrap().psa() {
            Psa::Halopsa => 201,
            Psa::Autotask => 200,
        };
        let expected = BTreeMap::from([(format!("POST /tickets {created}"), BATCH as u64)]);
        assert_eq!(more, expected, "{}", world.desk_name(*desk));
    }
}
