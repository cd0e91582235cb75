//! What the functions ask of AWS for an event that becomes a ticket, counted at their door. Calls are what the vendor pays for
//! and what partners wait for, so they are held to a number.

use crate::{door::Throttling, stack::Stack};
use jiff::Timestamp;
use psa_bridge_workload::{Access, Api, SimulatorOptions, Simulators, World, set_up};
use psa_sim::{AutotaskSim, FaultSchedule};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Events that wait for one connection.
const WAITING: usize = 10;
/// Calls for each of them at most.
const MOST: u64 = 5;
/// Lone events at most until the functions are warm and know the organisation.
const LONE: usize = 5;
/// An organisation that one connection maps, and nobody else.
const ORGANIZATION: &str = "org-01";

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_becomes_a_ticket_costs_at_most_five_calls() {
    let world = World::new();
    let options = SimulatorOptions { seed: 1, faults: FaultSchedule::default(), rate_limit: None };
    let simulators = Simulators::start(&world, &options).await.unwrap();
    let parameters = [
        ("EgressAllow", simulators.origins().join(",")),
        ("AutotaskZoneUrl", simulators.zone_url()),
        ("SettleSeconds", "4".to_owned()),
        ("AutotaskIntegrationCode", AutotaskSim::INTEGRATION_CODE.to_owned()),
    ];
    let stack = Stack::deploy(&parameters, Throttling::Never).await;
    let partners =
        world.partners.iter().map(|it| (it.id.clone(), stack.issuer.partner(&it.id).into())).collect();
    let machine = stack.issuer.machine().into();
    let api = Api::new(Access { url: stack.api(), machine, partners }).unwrap();
    set_up(&api, &world, &simulators).await.unwrap();
    println!("the calls of setting up: {:?}", stack.door.take());
    let count = Count { stack: &stack, simulators: &simulators };
    count.be_alone().await;

    let mut lone = count.of(&["lone-0".to_owned()]).await;
    println!("a lone event, the first: {lone}");
    // Known once it was read a while after its head was first seen.
    for number in 1..LONE {
        lone = count.of(&[format!("lone-{number}")]).await;
        println!("a lone event: {lone}");
    }
    let ids: Vec<String> = (0..WAITING).map(|number| format!("ten-{number}")).collect();
    let ten = count.of(&ids).await;
    println!("{WAITING} events that wait together: {ten}");
    let all = ten.accepting.values().chain(ten.working.values()).sum::<u64>();
    assert!(all <= MOST * u64::try_from(WAITING).unwrap(), "{ten}");
}

/// Calls by operation.
struct Calls {
    accepting: BTreeMap<String, u64>,
    working: BTreeMap<String, u64>,
}

impl std::fmt::Display for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (accepting, working) = (self.accepting.values().sum::<u64>(), self.working.values().sum::<u64>());
        write!(f, "{} calls, ", accepting + working)?;
        write!(f, "{accepting} to accept {:?}, {working} to work {:?}", self.accepting, self.working)
    }
}

struct Count<'a> {
    stack: &'a Stack,
    simulators: &'a Simulators,
}

impl Count<'_> {
    /// The schedule's work is its own, and there is none of it while something is counted.
    async fn be_alone(&self) {
        self.stack.listen("TasksQueueUrl", false).await;
        for queue in ["EventsQueueUrl", "TicketsQueueUrl"] {
            self.stack.until_empty(queue).await;
            self.stack.listen(queue, false).await;
        }
        self.stack.until_nobody_works("TasksQueueUrl").await;
    }

    /// The calls for events that wait together, from the queue to the tickets.
    async fn of(&self, ids: &[String]) -> Calls {
        let (door, before) = (&self.stack.door, self.simulators.ticket_count());
        self.stack
            .send_all("EventsQueueUrl", &ids.iter().map(|id| event(id).to_string()).collect::<Vec<_>>())
            .await;
        door.take();
        self.worked("EventsQueueUrl").await;
        let accepting = door.take();
        self.worked("TicketsQueueUrl").await;
        let calls = Calls { accepting, working: door.take() };
        assert_eq!(self.simulators.ticket_count(), before + ids.len(), "{calls}");
        calls
    }

    async fn worked(&self, queue: &str) {
        assert!(self.stack.waiting(self.stack.output(queue)).await > 0, "{queue} has nothing");
        self.stack.listen(queue, true).await;
        self.stack.until_empty(queue).await;
        self.stack.listen(queue, false).await;
    }
}

fn event(id: &str) -> Value {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": "/workload/backup",
        "type": "backup.email.failed",
        "time": Timestamp::now().to_string(),
        "data": { "organization_id": ORGANIZATION, "account": format!("{id}@example.org") },
    })
}
