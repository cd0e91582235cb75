//! The store of a case with the few steps that nearly every case begins with, each of which must work.

use super::{
    StoreUnderTest,
    fixture::{LEASE, Must, actor, at, attempt, mapping_onto, partner, ready_connection, registered, step},
};
use crate::{
    connection::{Connection, ConnectionChange},
    delivery::{Change, Delivery},
    event::Event,
    ids::ConnectionId,
    ports::{
        Accepted, AdvanceError, AuditEntry, AuditFilter, EventView, Lease, LeaseOutcome, MappingChange,
        PutMapping, RouteScope, Store,
    },
    reason::Reason,
};
use jiff::{SignedDuration, Timestamp};
use psa_connector::TicketId;
use std::{ops::Deref, sync::Arc};

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

    /// A store of its own with a copy of the data, where the store under test makes such.
    pub(super) async fn copied(&self) -> Option<Self> {
        self.under_test.copied().await.map(Self::of)
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
        view.must(&format!("{} in the eyes of {by}", event.source_id))
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
            self.finish_route_request(&request, at(-3000)).await.must("finish a route request");
        }
        assert!(self.asked_scopes().await.is_empty(), "finished route requests are gone");
    }

    pub(super) async fn audit_of(&self, owner: &str) -> Vec<AuditEntry> {
        self.audit(&partner(owner), &AuditFilter::default(), None, 1000)
            .await
            .must("list the audit lines")
            .items
    }

    /// Whether the sweep finds the connection.
    pub(super) async fn is_due(&self, connection: &ConnectionId, now: Timestamp) -> bool {
        self.due_connections(now, 1000).await.must("list due connections").contains(connection)
    }
}
