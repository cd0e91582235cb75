//! Seat counts: each organisation that is mapped from the start is billed by the seat, and the PSA has to end at the count
//! that the vendor told last, each change of it made once.

use crate::{
    api::{Call, Caller},
    compare::Comparison,
    difference::Difference,
    error::WorkloadError,
    events::{Event, SEATS_CHANGED},
    organizations::{Link, Organization},
    run::Run,
    world::{DeskIndex, World},
};
use jiff::Timestamp;
use psa_sim::{AutotaskTenant, Tenant, autotask::Contract};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// What PSAs bill before the first event.
const BEFORE: i64 = 100;
/// What is billed, as people call it.
const NAME: &str = "Backup seats";
/// The numbers of the contracts that are billed by the seat begin here: each company has one.
const CONTRACTS: i64 = 29_800_000;
/// A service that demo tenants have.
const SERVICE: i64 = 12;
const RECURRING: i64 = 7;
const DAY: i64 = 86_400_000;
/// How long no count may move before a run is taken as ended, with whatever is still missing.
const STANDSTILL: Duration = Duration::from_secs(75);
/// The wait between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// What an organisation's count is in a PSA, and what it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatCount {
    /// Whose, and where.
    pub place: String,
    /// What the vendor told last.
    pub expected: i64,
    /// What the PSA bills.
    pub got: Option<i64>,
    /// How often the PSA was made to change it.
    pub changes: usize,
}

/// The settings of every desk: the counts of a run go up and down by anything.
pub(crate) fn settings() -> Value {
    json!({ "mode": "at_once", "max_drop_percent": 100 })
}

/// Whether an organisation is billed by the seat at a desk.
pub(crate) fn is_billed(organization: &Organization, desk: DeskIndex) -> bool {
    organization.link(desk) == Some(Link::Mapped)
}

/// Gives a client a licence.
pub(crate) fn license(tenant: &mut Tenant, client: i64) {
    tenant.add_licence(client, NAME, BEFORE);
}

/// The number of a client's licence.
pub(crate) fn license_of(tenant: &Tenant, client: i64) -> Option<i64> {
    let is = |license: &serde_json::Map<String, Value>| {
        license.get("client_id") == Some(&json!(client)) && license.get("name") == Some(&json!(NAME))
    };
    tenant.licences.iter().find(|(_, license)| is(license)).map(|(id, _)| *id)
}

/// Gives a company a contract of a year around today, with one service.
pub(crate) fn contract(tenant: &mut AutotaskTenant, company: i64) {
    let today = Timestamp::now().as_millisecond() / DAY * DAY;
    let contract = Contract {
        id: CONTRACTS + company,
        company,
        name: NAME.to_owned(),
        contract_type: RECURRING,
        status: 1,
        start: today - 183 * DAY,
        end: today + 183 * DAY,
        months_in_period: 1,
    };
    tenant.contracts.insert(contract.id, contract);
    tenant.add_contract_service(CONTRACTS + company, SERVICE, BEFORE);
}

/// The numbers of a company's contract and of its service.
pub(crate) fn service_of(tenant: &AutotaskTenant, company: i64) -> Option<(i64, i64)> {
    let mut services = tenant.contract_services.values();
    services.find(|held| held.contract == CONTRACTS + company).map(|held| (held.contract, held.id))
}

/// The counts that may be the last: the latest by time, and several only where they were told for the same moment.
fn last_told(events: &[Event], organization: &str) -> BTreeSet<i64> {
    let told =
        || events.iter().filter(|it| it.event_type == SEATS_CHANGED && it.organization == organization);
    let last = told().map(|event| event.time).max();
    let counts = told().filter(|event| Some(event.time) == last);
    let counts: BTreeSet<i64> =
        counts.filter_map(|event| event.json.pointer("/data/quantity")?.as_i64()).collect();
    if counts.is_empty() { BTreeSet::from([BEFORE]) } else { counts }
}

/// Waits until the bridge says that all counts are equal, or nothing moves any more.
pub(crate) async fn wait(run: &Run<'_>) -> Result<(), WorkloadError> {
    let (mut before, mut moved) = (Vec::new(), Instant::now());
    loop {
        let mut now = Vec::new();
        for (desk, connected) in run.connections {
            let path = format!("/v1/connections/{}/seats", connected.id);
            now.extend(all(run, *desk, &path).await?);
        }
        if now.iter().all(is_settled) {
            return Ok(());
        }
        if now != before {
            (before, moved) = (now, Instant::now());
        }
        if moved.elapsed() > STANDSTILL {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_settled(line: &Value) -> bool {
    let member = |name: &str| line.get(name);
    member("license") == Some(&Value::Null)
        || member("state") == Some(&json!("equal")) && member("there") == member("told")
}

/// Holds the PSAs to what the vendor told, and to the history of the bridge: what it does not know of is a change that was
/// made twice.
pub(crate) async fn hold_seats(run: &Run<'_>, comparison: &mut Comparison) -> Result<(), WorkloadError> {
    for (desk, connected) in run.connections {
        let Some(sim) = run.simulators.of(*desk) else { continue };
        let name = run.world.desk_name(*desk);
        for organization in run.world.organizations.iter().filter(|it| is_billed(it, *desk)) {
            let Some(client) = run.world.client(*desk, &organization.id) else { continue };
            let expected = last_told(&run.plan.events, &organization.id);
            let (got, changes) = (sim.seats(client), sim.seat_changes(client));
            let right = got.filter(|got| expected.contains(got)).or(expected.first().copied());
            let (id, connection) = (&organization.id, &connected.id);
            if right != got {
                let got = got.map_or_else(|| "none".to_owned(), |got| got.to_string());
                let expected = format!("one of {expected:?}");
                comparison
                    .differences
                    .push(Difference::new(format!("seats of {id}"), expected, got).of(&name));
            }
            let path = format!("/v1/connections/{connection}/seats/history?organization={id}");
            let known = all(run, *desk, &path).await?.len();
            if known != changes {
                let (subject, known) = (format!("changes of the seats of {id}"), known.to_string());
                comparison.differences.push(Difference::new(subject, known, changes.to_string()).of(&name));
            }
            if run.plan.events.iter().any(|it| it.event_type == SEATS_CHANGED && it.organization == *id) {
                let place = format!("{id} {}, {name}", organization.name);
                let expected = right.unwrap_or_default();
                comparison.seats.push(SeatCount { place, expected, got, changes });
            }
        }
    }
    Ok(())
}

/// All items of a list, page by page.
async fn all(run: &Run<'_>, desk: DeskIndex, path: &str) -> Result<Vec<Value>, WorkloadError> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    let and = if path.contains('?') { '&' } else { '?' };
    loop {
        let caller = Caller::Partner(&run.world.partner_at(desk).id);
        let call = Call::get(caller, format!("{path}{and}limit=100{cursor}"));
        let page = run.api.send(call).await?.success()?;
        items.extend(page.get("items").and_then(Value::as_array).cloned().unwrap_or_default());
        match page.get("next").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
}

impl World {
    /// The clients of a desk that are billed by the seat.
    pub(crate) fn billed_clients(&self, desk: DeskIndex) -> impl Iterator<Item = i64> {
        let billed = self.organizations.iter().filter(move |organization| is_billed(organization, desk));
        billed.filter_map(move |organization| self.client(desk, &organization.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::Generator;

    #[test]
    fn the_last_count_is_the_latest_by_time_in_whichever_order_they_are_sent() {
        let world = World::new();
        let mut generator = Generator::new(&world, 1, "2026-11-21T12:00:00Z".parse().unwrap());
        let mut events: Vec<Event> = (0..2_000).map(|_| generator.event()).collect();
        for organization in &world.organizations {
            let last = last_told(&events, &organization.id);
            events.reverse();
            assert_eq!(last_told(&events, &organization.id), last);
            assert_eq!(last.len(), 1);
        }
        assert_eq!(last_told(&events, "nobody"), BTreeSet::from([BEFORE]));
    }

    #[test]
    fn both_psas_bill_by_the_seat() {
        let world = World::new();
        for (desk, _, choices) in world.connected() {
            let clients: Vec<i64> = world.billed_clients(desk).collect();
            assert!(!clients.is_empty());
            for client in clients {
                let is_there = match choices.psa {
                    crate::Psa::Halopsa => license_of(&world.halopsa_tenant(desk), client).is_some(),
                    crate::Psa::Autotask => service_of(&world.autotask_tenant(desk), client).is_some(),
                };
                assert!(is_there, "{client} of {}", world.desk_name(desk));
            }
        }
    }
}
