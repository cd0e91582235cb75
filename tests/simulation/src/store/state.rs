//! What is kept: one map a thing, and one ordered set for every way in which it is looked for.

use super::notices::KeptNotice;
use jiff::Timestamp;
use psa_bridge_core::{
    budget::BudgetAccount,
    connection::Connection,
    delivery::{Delivery, DeliveryState},
    event::Event,
    ids::{ConnectionId, EventId, Fingerprint, OperationId, OrganizationId, PartnerId, Topic},
    life_cycle::{FingerprintRecord, StormRecord},
    mapping::Mapping,
    notice::{Notice, NoticePolicy},
    operation::Operation,
    organization::Organization,
    ports::{
        AuditEntry, Counters, HistoryLine, RejectedInput, RejectedRecord, RouteRequest, RouteScope,
        StoredResponse,
    },
    reason::Reason,
    seats::{SeatLine, ToldSeats},
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the store keeps.
#[derive(Debug, Default)]
pub struct State {
    pub(super) organizations: BTreeMap<OrganizationId, Organization>,
    /// Organisations by who is in their chain.
    pub(super) owned: BTreeSet<(PartnerId, OrganizationId)>,
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
    pub(super) leases: BTreeMap<ConnectionId, KeptLease>,
    pub(super) mappings: BTreeMap<(ConnectionId, OrganizationId), Mapping>,
    pub(super) events: BTreeMap<EventId, KeptEvent>,
    /// Events by organisation and time.
    pub(super) of_organization: BTreeSet<(OrganizationId, Timestamp, EventId)>,
    /// Events by acceptance.
    pub(super) accepted: BTreeSet<(Timestamp, EventId)>,
    pub(super) deliveries: BTreeMap<(EventId, ConnectionId), Delivery>,
    /// What is unfinished, by connection.
    pub(super) pending: BTreeMap<ConnectionId, Pending>,
    /// Unfinished deliveries by acceptance.
    pub(super) overage: BTreeSet<(Timestamp, EventId, ConnectionId)>,
    /// Unfinished deliveries that say that a problem is over.
    pub(super) resolves: BTreeSet<(ConnectionId, Topic, Timestamp, EventId)>,
    /// What is remembered of fingerprints, and when it changed.
    pub(super) records: BTreeMap<(ConnectionId, Fingerprint), (Timestamp, FingerprintRecord)>,
    /// What is remembered of organisations' new tickets, and when it changed.
    pub(super) storms: BTreeMap<(ConnectionId, OrganizationId), (Timestamp, StormRecord)>,
    pub(super) counters: BTreeMap<ConnectionId, Counters>,
    /// Who sees an event, and why there is no delivery of it.
    pub(super) sightings: BTreeMap<(EventId, PartnerId), Option<Reason>>,
    /// Sightings in the order of a partner's list.
    pub(super) seen: BTreeSet<(PartnerId, Timestamp, EventId)>,
    /// Sightings that a mapping may still send on their way, by acceptance.
    pub(super) open_sightings: BTreeSet<(Timestamp, EventId, PartnerId)>,
    /// Connections that ever mapped an organisation.
    pub(super) ever_mapped: BTreeSet<(OrganizationId, ConnectionId)>,
    /// Events that have no delivery to a connection that mapped them once.
    pub(super) missing: BTreeMap<(EventId, ConnectionId), Missing>,
    /// The same by acceptance.
    pub(super) missing_accepted: BTreeSet<(Timestamp, EventId, ConnectionId)>,
    pub(super) route_requests: BTreeMap<RouteScope, KeptRequest>,
    /// What the vendor told last, by organisation and product.
    pub(super) seat_counts: BTreeMap<(OrganizationId, String), ToldSeats>,
    pub(super) seat_lines: BTreeMap<super::seats::LineKey, SeatLine>,
    /// What was changed in PSAs, oldest first.
    pub(super) seat_history: BTreeMap<u64, (ConnectionId, HistoryLine)>,
    pub(super) operations: BTreeMap<OperationId, Operation>,
    /// Lines by partner; without one, those of the operator.
    pub(super) audit: BTreeMap<Option<PartnerId>, BTreeMap<(Timestamp, u64), AuditEntry>>,
    pub(super) rejected: BTreeMap<(Timestamp, u64), RejectedRecord>,
    /// The outbox, in the order in which notices came up.
    pub(super) notices: BTreeMap<u64, KeptNotice>,
    /// What is told.
    pub(super) policy: NoticePolicy,
    pub(super) idempotency: BTreeMap<(String, String), KeptKey>,
    pub(super) budgets: BTreeMap<String, (Timestamp, BudgetAccount)>,
    /// Numbers what comes at the same moment.
    pub(super) numbers: u64,
}

/// An event and when it came.
#[derive(Clone, Debug)]
pub struct KeptEvent {
    /// The event as first accepted.
    pub event: Event,
    /// When that was.
    pub accepted_at: Timestamp,
    /// Whether its chain and the registry disagree.
    pub chain_disagrees: bool,
}

/// A lease as it is kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeptLease {
    pub(super) fence: u64,
    pub(super) bells: u64,
    pub(super) held_until: Option<Timestamp>,
}

/// A connection's unfinished deliveries.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    /// In the order of work.
    pub(super) by_time: BTreeSet<(Timestamp, EventId)>,
    /// By when they are due.
    pub(super) by_due: BTreeSet<(Timestamp, EventId)>,
    /// Those whose request is, or may be, under way.
    pub(super) under_way: BTreeSet<EventId>,
}

/// Where a missing delivery would belong.
#[derive(Clone, Debug)]
pub(super) struct Missing {
    pub(super) organization: OrganizationId,
    pub(super) event_time: Timestamp,
    pub(super) accepted_at: Timestamp,
}

/// A wish to route events again. A finished one stays: its fence goes on counting.
#[derive(Clone, Debug)]
pub(super) struct KeptRequest {
    pub(super) request: RouteRequest,
    pub(super) finished_at: Option<Timestamp>,
}

/// An idempotency key.
#[derive(Clone, Debug)]
pub(super) struct KeptKey {
    pub(super) body_hash: String,
    pub(super) begun_at: Timestamp,
    pub(super) response: Option<StoredResponse>,
}

impl State {
    /// All deliveries, by event and connection.
    pub fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.values()
    }

    /// The delivery of an event to a connection.
    pub fn delivery(&self, event: &EventId, connection: &ConnectionId) -> Option<&Delivery> {
        self.deliveries.get(&(event.clone(), connection.clone()))
    }

    /// All events.
    pub fn events(&self) -> impl Iterator<Item = &KeptEvent> {
        self.events.values()
    }

    /// One event.
    pub fn event(&self, id: &EventId) -> Option<&KeptEvent> {
        self.events.get(id)
    }

    /// A connection's unfinished deliveries, in the order of work.
    pub fn unfinished(&self, connection: &ConnectionId) -> impl Iterator<Item = &Delivery> {
        let pending = self.pending.get(connection).into_iter().flat_map(|pending| &pending.by_time);
        pending.filter_map(|(_, event)| self.delivery(event, connection))
    }

    /// All connections, revoked ones too.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.connections.values()
    }

    /// All mappings, whoever owns their organisations now.
    pub fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.values()
    }

    /// All organisations.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.values()
    }

    /// One organisation.
    pub fn organization(&self, id: &OrganizationId) -> Option<&Organization> {
        self.organizations.get(id)
    }

    /// All operations.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    /// A mapping as it is kept, whoever owns the organisation now.
    pub fn mapping(&self, connection: &ConnectionId, organization: &OrganizationId) -> Option<&Mapping> {
        self.mappings.get(&(connection.clone(), organization.clone()))
    }

    /// The partners that see an event, with why they have no delivery.
    pub fn sightings(&self, event: &EventId) -> impl Iterator<Item = (&PartnerId, Option<Reason>)> {
        let of_event = self.sightings.range((event.clone(), first_partner())..);
        let id = event.clone();
        of_event.take_while(move |((each, _), _)| *each == id).map(|((_, partner), why)| (partner, *why))
    }

    /// Input that was no event.
    pub fn rejected(&self) -> impl Iterator<Item = &RejectedInput> {
        self.rejected.values().map(|record| &record.input)
    }

    /// The outbox, told or not, in the order in which notices came up.
    pub fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.notices.values().map(|kept| &kept.notice)
    }

    /// How many wishes to route again are not finished.
    pub fn open_route_requests(&self) -> usize {
        self.route_requests.values().filter(|kept| kept.finished_at.is_none()).count()
    }

    /// A number that nothing else has.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Keeps a delivery, new or changed, and every way to find it.
    pub(super) fn keep(&mut self, delivery: Delivery) {
        let key = (delivery.event.clone(), delivery.connection.clone());
        if let Some(before) = self.deliveries.remove(&key) {
            self.forget(&before);
        }
        let count = self.counters.entry(delivery.connection.clone()).or_default();
        *counter(count, &delivery.state) += 1;
        if delivery.is_unfinished() {
            let pending = self.pending.entry(delivery.connection.clone()).or_default();
            pending.by_time.insert((delivery.event_time, delivery.event.clone()));
            pending.by_due.insert((delivery.due_at, delivery.event.clone()));
            if delivery.open_attempt().is_some() {
                pending.under_way.insert(delivery.event.clone());
            }
            self.overage.insert((delivery.accepted_at, key.0.clone(), key.1.clone()));
            if delivery.resolves {
                self.resolves.insert(resolve_key(&delivery));
            }
        }
        self.tell_of_delivery(&delivery);
        self.deliveries.insert(key, delivery);
    }

    pub(super) fn count(&self, connection: &ConnectionId) -> Counters {
        let oldest = self.pending.get(connection).and_then(|pending| pending.by_time.first());
        let counters = self.counters.get(connection).copied().unwrap_or_default();
        Counters { oldest_unfinished: oldest.map(|(time, _)| *time), ..counters }
    }

    /// Removes every way to find a delivery that was taken out.
    pub(super) fn forget(&mut self, delivery: &Delivery) {
        if let Some(count) = self.counters.get_mut(&delivery.connection) {
            *counter(count, &delivery.state) -= 1;
        }
        if !delivery.is_unfinished() {
            return;
        }
        if let Some(pending) = self.pending.get_mut(&delivery.connection) {
            pending.by_time.remove(&(delivery.event_time, delivery.event.clone()));
            pending.by_due.remove(&(delivery.due_at, delivery.event.clone()));
            pending.under_way.remove(&delivery.event);
            if pending.by_time.is_empty() {
                self.pending.remove(&delivery.connection);
            }
        }
        self.overage.remove(&(delivery.accepted_at, delivery.event.clone(), delivery.connection.clone()));
        if delivery.resolves {
            self.resolves.remove(&resolve_key(delivery));
        }
    }

    /// The deliveries of an event, by connection.
    pub(super) fn deliveries_of(&self, event: &EventId) -> impl Iterator<Item = &Delivery> {
        let id = event.clone();
        let of_event = self.deliveries.range((event.clone(), first_connection())..);
        of_event.take_while(move |((each, _), _)| *each == id).map(|(_, delivery)| delivery)
    }

    pub(super) fn owns(&self, partner: &PartnerId, organization: &OrganizationId) -> bool {
        self.owned.contains(&(partner.clone(), organization.clone()))
    }
}

fn resolve_key(delivery: &Delivery) -> (ConnectionId, Topic, Timestamp, EventId) {
    let Delivery { connection, topic, event_time, event, .. } = delivery;
    (connection.clone(), topic.clone(), *event_time, event.clone())
}

fn counter<'c>(counters: &'c mut Counters, state: &DeliveryState) -> &'c mut u64 {
    match state {
        DeliveryState::Done { .. } => &mut counters.done,
        DeliveryState::Ended { .. } => &mut counters.ended,
        DeliveryState::Waiting | DeliveryState::Attempting(_) | DeliveryState::Settling(_) => {
            &mut counters.unfinished
        }
    }
}

/// Sorts before every partner: ids are never shorter than one letter, and none begins with a control character.
pub(super) fn first_partner() -> PartnerId {
    lowest("!")
}

/// Sorts before every connection.
pub(super) fn first_connection() -> ConnectionId {
    lowest(ConnectionId::PREFIX)
}

/// Sorts before every event.
pub(super) fn first_event() -> EventId {
    lowest(EventId::PREFIX)
}

/// The lowest id of its kind.
fn lowest<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    match text.parse() {
        Ok(id) => id,
        Err(error) => unreachable!("{text} is an id: {error:?}"),
    }
}
