//! What cases are made of: a small world of partners, organisations, connections and events, and the few steps that
//! nearly every case begins with.

use super::StoreUnderTest;
use crate::{
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    delivery::{Attempt, Change, Delivery},
    event::Event,
    ids::{ConnectionId, EventId, Fingerprint, OperationId, OrganizationId, PartnerId},
    operation::{Operation, OperationState},
    organization::{Organization, RegisteredBy},
    ports::{
        Accepted, Actor, AdvanceError, AuditEntry, EventView, Lease, LeaseOutcome, MappingChange, PutMapping,
        RouteScope, Step, Store,
    },
    reason::Reason,
};
use jiff::{SignedDuration, Timestamp};
use psa_connector::{CheckReport, ClientId, FieldValue, PsaKind, TenantIdentity, TicketId};
use std::{fmt::Debug, ops::Deref, sync::Arc};

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
pub(super) fn client_of(organization: &str) -> ClientId {
    ClientId::new(format!("client-of-{organization}"))
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
    Settings { ticket: ticket.into_iter().collect(), sync_seats: true }
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
    Attempt { started_at, generation: 1, fence: lease.fence, client, fingerprint }
}

/// That change of that delivery as it is now.
pub(super) fn step(delivery: &Delivery, change: Change) -> Step {
    Step { event: delivery.event.clone(), version: delivery.version, change }
}

/// The store of a case and the world in it.
#[derive(Clone)]
pub(super) struct World {
    store: Arc<dyn Store>,
    under_test: Arc<dyn StoreUnderTest>,
}

impl Deref for World {
    type Target = dyn Store;
    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

impl World {
    pub(super) fn of(under_test: Arc<dyn StoreUnderTest>) -> Self {
        Self { store: under_test.store(), under_test }
    }

    /// The same data through a second handle.
    pub(super) async fn reopened(&self) -> Self {
        Self { store: self.under_test.reopen().await, under_test: Arc::clone(&self.under_test) }
    }

    /// A connection that is ready to be confirmed.
    pub(super) async fn connect(&self, owner: &str, name: &str) -> ConnectionId {
        let connection = ready_connection(owner, name);
        self.keep(&connection).await;
        connection.id
    }

    pub(super) async fn keep(&self, connection: &Connection) {
        let kept = self.create_connection(connection, &actor("ann")).await.must("create a connection");
        assert!(kept, "a new connection to a new tenant is kept");
    }

    /// A confirmed connection.
    pub(super) async fn live(&self, owner: &str, name: &str) -> ConnectionId {
        let id = self.connect(owner, name).await;
        self.change(owner, &id, ConnectionChange::Confirmed, at(-3500)).await;
        id
    }

    pub(super) async fn change(
        &self,
        owner: &str,
        id: &ConnectionId,
        change: ConnectionChange,
        now: Timestamp,
    ) -> Connection {
        self.change_connection(&partner(owner), id, change, &actor("ann"), now)
            .await
            .must("change the connection")
    }

    pub(super) async fn connection_of(&self, owner: &str, id: &ConnectionId) -> Connection {
        self.connection(&partner(owner), id).await.must("read the connection").must("the connection")
    }

    pub(super) async fn register(&self, id: &str, chain: &[&str]) {
        let organization = registered(id, chain, at(-3500));
        self.put_organization(&organization, &actor("vendor")).await.must("register the organisation");
    }

    /// Maps the organisation with its flow on.
    pub(super) async fn map(&self, owner: &str, connection: &ConnectionId, id: &str) {
        self.map_with(owner, connection, &mapping_onto(id, true), at(-3400)).await;
    }

    pub(super) async fn map_with(
        &self,
        owner: &str,
        connection: &ConnectionId,
        mapping: &PutMapping,
        now: Timestamp,
    ) {
        let saved = self.put_mapping(&partner(owner), connection, mapping, &actor("ann"), now).await;
        let saved = saved.must("map the organisation");
        assert!(matches!(saved, MappingChange::Saved(_)), "the mapping is saved, not {saved:?}");
    }

    /// One partner `msp` with a live connection `halo`, in which its organisation `acme` is mapped.
    pub(super) async fn simple(&self) -> ConnectionId {
        self.register("acme", &["msp"]).await;
        let connection = self.live("msp", "halo").await;
        self.map("msp", &connection, "acme").await;
        connection
    }

    pub(super) async fn take_in(&self, event: &Event, now: Timestamp) -> Accepted {
        let mut accepted = self.accept(event, now).await.must("accept the event");
        accepted.ring.sort();
        accepted
    }

    pub(super) async fn seen(&self, by: &str, event: &Event) -> EventView {
        let view = self.event(&partner(by), &event.id).await.must("read the event");
        view.must(&format!("the event {} in the eyes of {by}", event.source_id))
    }

    pub(super) async fn sees(&self, by: &str, event: &Event) -> bool {
        self.event(&partner(by), &event.id).await.must("read the event").is_some()
    }

    pub(super) async fn delivery(&self, by: &str, event: &Event, connection: &ConnectionId) -> Delivery {
        let deliveries = self.seen(by, event).await.deliveries;
        let found =
            deliveries.into_iter().map(|each| each.delivery).find(|each| each.connection == *connection);
        found.must(&format!("a delivery of {} to {connection}", event.source_id))
    }

    pub(super) async fn try_lease(&self, connection: &ConnectionId, now: Timestamp) -> LeaseOutcome {
        let until = now.checked_add(SignedDuration::from_secs(LEASE)).must("a time near the start");
        self.lease(connection, until, now).await.must("ask for the lease")
    }

    pub(super) async fn take_lease(&self, connection: &ConnectionId, now: Timestamp) -> Lease {
        match self.try_lease(connection, now).await {
            LeaseOutcome::Taken(work) => work.lease,
            other => panic!("the lease of {connection} is free, not {other:?}"),
        }
    }

    pub(super) async fn try_advance(
        &self,
        lease: &Lease,
        delivery: &Delivery,
        change: Change,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, AdvanceError> {
        self.advance(lease, vec![step(delivery, change)], now).await
    }

    /// Makes the change and checks that the state machine, and nothing else, made it.
    pub(super) async fn advance_one(
        &self,
        lease: &Lease,
        delivery: &Delivery,
        change: Change,
        now: Timestamp,
    ) -> Delivery {
        let mut expected = delivery.clone();
        expected.apply(change.clone(), now).must("the change is legal");
        let changed = self.try_advance(lease, delivery, change, now).await.must("advance the delivery");
        assert_eq!(changed, [expected.clone()], "advance returns the delivery as changed");
        expected
    }

    pub(super) async fn start(&self, lease: &Lease, by: &str, event: &Event, now: Timestamp) -> Delivery {
        let delivery = self.delivery(by, event, &lease.connection).await;
        self.advance_one(lease, &delivery, Change::AttemptStarted(attempt(lease, event, now)), now).await
    }

    /// Works the delivery to a ticket.
    pub(super) async fn make_ticket(
        &self,
        lease: &Lease,
        by: &str,
        event: &Event,
        now: Timestamp,
    ) -> Delivery {
        let started = self.start(lease, by, event, now).await;
        self.advance_one(lease, &started, Change::TicketCreated(TicketId::new("T-1")), now).await
    }

    /// Works the delivery to an end without a ticket.
    pub(super) async fn end(
        &self,
        lease: &Lease,
        by: &str,
        event: &Event,
        reason: Reason,
        now: Timestamp,
    ) -> Delivery {
        let delivery = self.delivery(by, event, &lease.connection).await;
        self.advance_one(lease, &delivery, Change::Ended { reason, detail: None }, now).await
    }

    pub(super) async fn asked_scopes(&self) -> Vec<RouteScope> {
        let requests = self.route_requests(1000).await.must("list the route requests");
        requests.into_iter().map(|request| request.scope).collect()
    }

    /// Strikes off what the set-up asked for.
    pub(super) async fn settle_requests(&self) {
        for request in self.route_requests(1000).await.must("list the route requests") {
            self.finish_route_request(&request).await.must("finish a route request");
        }
        assert!(self.asked_scopes().await.is_empty(), "finished route requests are gone");
    }

    pub(super) async fn audit_of(&self, owner: &str) -> Vec<AuditEntry> {
        self.audit(&partner(owner), None, 1000).await.must("list the audit lines").items
    }

    /// Whether the sweep finds the connection.
    pub(super) async fn is_due(&self, connection: &ConnectionId, now: Timestamp) -> bool {
        self.due_connections(now, 1000).await.must("list due connections").contains(connection)
    }
}
