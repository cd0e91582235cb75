//! What cases are made of: times, ids, events, connections, organisations and mappings of a small world.

pub(super) use super::world::World;

use crate::{
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    delivery::{Attempt, Change, Delivery, Request},
    event::Event,
    ids::{ConnectionId, EventId, Fingerprint, OperationId, OrganizationId, PartnerId},
    operation::{Operation, OperationState},
    organization::{Organization, RegisteredBy},
    ports::{Actor, Lease, PutMapping, Step},
};
use jiff::{SignedDuration, Timestamp};
use psa_connector::{CheckReport, ClientId, FieldValue, PsaKind, TenantIdentity, TicketId};
use std::fmt::Debug;

/// When cases begin; odd to the nanosecond, because stores keep what they are given.
const START: Timestamp = Timestamp::constant(1_772_352_000, 123_456_789);

/// How long leases of cases last, in seconds.
pub(super) const LEASE: i64 = 60;

/// So many seconds after the case began.
pub(super) fn at(seconds: i64) -> Timestamp {
    START.checked_add(SignedDuration::from_secs(seconds)).must("a time near the start")
}

/// Takes the value, or fails the case with what was being done.
pub(super) trait Must<T> {
    fn must(self, what: &str) -> T;
}

impl<T, E: Debug> Must<T> for Result<T, E> {
    #[track_caller]
    fn must(self, what: &str) -> T {
        match self {
            Ok(value) => value,
            Err(error) => panic!("{what}: {error:?}"),
        }
    }
}

impl<T> Must<T> for Option<T> {
    #[track_caller]
    fn must(self, what: &str) -> T {
        match self {
            Some(value) => value,
            None => panic!("{what}: there is none"),
        }
    }
}

pub(super) fn partner(id: &str) -> PartnerId {
    id.parse().must("a partner id")
}

pub(super) fn organization(id: &str) -> OrganizationId {
    id.parse().must("an organisation id")
}

pub(super) fn connection_id(name: &str) -> ConnectionId {
    format!("con_{name}").parse().must("a connection id")
}

pub(super) fn operation_id(name: &str) -> OperationId {
    format!("op_{name}").parse().must("an operation id")
}

pub(super) fn actor(name: &str) -> Actor {
    Actor(name.to_owned())
}

/// The client that an organisation is mapped onto in these cases.
pub(super) fn client_of(id: &str) -> ClientId {
    ClientId::new(format!("client-of-{id}"))
}

/// A failure of that organisation, told apart by `name`.
pub(super) fn event(organization_id: &str, name: &str, time: Timestamp) -> Event {
    Event {
        id: EventId::derive("suite", name),
        source: "suite".to_owned(),
        source_id: name.to_owned(),
        event_type: "backup.email.failed".to_owned(),
        time,
        organization: organization(organization_id),
        organization_name: None,
        partners: None,
        account: Some("ann@example.org".to_owned()),
        severity: Some("high".to_owned()),
        title: Some(format!("Backup {name} failed")),
        description: Some("Größe überschritten — 容量\n\"quoted\"".to_owned()),
        dedup_key: None,
        action: None,
        url: Some("https://example.org/e?x=1&y=2".to_owned()),
        seats: None,
    }
}

/// The same, naming its chain.
pub(super) fn event_naming(organization_id: &str, name: &str, time: Timestamp, chain: &[&str]) -> Event {
    Event {
        partners: Some(chain.iter().map(|id| partner(id)).collect()),
        ..event(organization_id, name, time)
    }
}

/// A connection that has all it needs to be confirmed.
pub(super) fn ready_connection(owner: &str, name: &str) -> Connection {
    let tenant = TenantIdentity {
        psa: PsaKind::HaloPsa,
        key: format!("https://{name}.example.org|1"),
        name: format!("{name}.example.org"),
    };
    let mut connection =
        Connection::new(connection_id(name), partner(owner), tenant, Language::En, passed_check(at(-3600)));
    let settings = ConnectionChange::SettingsSaved(some_settings("3"));
    let contact = ConnectionChange::ContactSaved {
        emergency_contact: Some("noc@example.org".to_owned()),
        language: Language::En,
    };
    let proven = ConnectionChange::Proven(proof_with("3"));
    for change in [settings, contact, proven] {
        connection.apply(change, at(-3600)).must("set the connection up");
    }
    connection
}

pub(super) fn some_settings(priority: &str) -> Settings {
    let ticket = [("priority_id".to_owned(), FieldValue::Text(priority.to_owned()))];
    Settings { ticket: ticket.into_iter().collect(), sync_seats: true, ..Settings::default() }
}

/// A test ticket that was made with the first credentials and these settings.
pub(super) fn proof_with(priority: &str) -> TestProof {
    TestProof {
        at: at(-3600),
        ticket: TicketId::new("1"),
        generation: 1,
        settings: Some(some_settings(priority)),
    }
}

pub(super) fn passed_check(at: Timestamp) -> CheckResult {
    CheckResult { at, report: CheckReport::default() }
}

pub(super) fn registered(id: &str, chain: &[&str], now: Timestamp) -> Organization {
    Organization {
        id: organization(id),
        name: Some(format!("{id} Ltd")),
        chain: chain.iter().map(|id| partner(id)).collect(),
        registered_by: RegisteredBy::Registry,
        updated_at: now,
    }
}

pub(super) fn mapping_onto(id: &str, flow: bool) -> PutMapping {
    PutMapping {
        organization: organization(id),
        client: client_of(id),
        client_name: format!("{id} in the PSA"),
        license: None,
        flow,
    }
}

pub(super) fn operation(owner: &str, connection: &ConnectionId, name: &str, now: Timestamp) -> Operation {
    Operation {
        id: operation_id(name),
        partner: partner(owner),
        connection: connection.clone(),
        client: ClientId::new("12"),
        generation: 1,
        settings: Some(some_settings("3")),
        created_at: now,
        state: OperationState::Waiting,
        due_at: now,
        steps: Vec::new(),
        version: 0,
    }
}

/// An attempt under that lease with the first credentials.
pub(super) fn attempt(lease: &Lease, event: &Event, started_at: Timestamp) -> Attempt {
    let client = client_of(event.organization.as_str());
    let fingerprint = Fingerprint::new(client.as_str(), "backup.email", event.account.as_deref(), None);
    let request = Request::CreateTicket;
    Attempt { started_at, generation: 1, fence: lease.fence, client, fingerprint, request }
}

/// That change of that delivery as it is now.
pub(super) fn step(delivery: &Delivery, change: Change) -> Step {
    Step::new(delivery.event.clone(), delivery.version, change)
}
