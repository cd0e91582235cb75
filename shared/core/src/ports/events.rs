//! Events in, routing, and what a partner sees of it.

use super::{Actor, StoreError};
use crate::{
    delivery::Delivery,
    event::Event,
    ids::{ConnectionId, EventId, OrganizationId, PartnerId},
    reason::Reason,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What accepting an event did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Whether it was there already. It was routed again all the same.
    pub duplicate: bool,
    /// Connections that have work now: to be rung.
    pub ring: Vec<ConnectionId>,
}

/// Input that is no event, kept so that nothing vanishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectedInput {
    /// When it came.
    pub received_at: Timestamp,
    /// A stable code, e.g. `not_json`, `missing`, `too_large`.
    pub code: String,
    /// The member that is wrong.
    pub field: Option<String>,
    /// What is wrong with it, for the operator.
    pub message: String,
    /// The input, cut to the event size limit.
    pub raw: String,
    /// Its full length in bytes.
    pub length: u64,
}

impl RejectedInput {
    /// Whether all of the input was kept, as it came. Input that was no UTF-8 was not: what could not be read stands as
    /// U+FFFD in it.
    pub fn is_whole(&self) -> bool {
        self.raw.len() as u64 == self.length && !self.raw.contains(char::REPLACEMENT_CHARACTER)
    }
}

/// An event as one partner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    /// The event.
    pub event: Event,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The organisation's registered name.
    pub organization_name: Option<String>,
    /// Whether its chain and the registry disagree.
    pub chain_disagrees: bool,
    /// Why this partner has no delivery of it.
    pub unrouted: Option<Reason>,
    /// This partner's deliveries of it.
    pub deliveries: Vec<ConnectionDelivery>,
}

/// A delivery and what holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// What keeps its connection from being worked.
    pub hold: Option<Reason>,
}

/// Which events a partner wants to see. Empty: all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFilter {
    /// Of that organisation.
    pub organization: Option<OrganizationId>,
    /// With a delivery to that connection.
    pub connection: Option<ConnectionId>,
    /// With a delivery in that state: `waiting`, `attempting`, `settling`, `done`, `ended`; or `unrouted`.
    pub state: Option<String>,
    /// Unrouted, ended, or held for that reason; [`Reason::WaitingTurn`] and [`Reason::OutcomeUnknown`] where nothing
    /// holds the connection. Those with a ticket have none of these.
    pub reason: Option<Reason>,
    /// Accepted then or later.
    pub since: Option<Timestamp>,
    /// Accepted before then.
    pub until: Option<Timestamp>,
}

/// What a retry by hand did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// The partner sees no such event.
    NotFound,
    /// None of its deliveries ended so that it can be retried.
    NothingToRetry,
    /// These connections have work now: to be rung.
    Ring(Vec<ConnectionId>),
}

/// Which deliveries a partner wants tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryWish {
    /// Those that ended so. Only what [`Reason::is_retryable`] is ever retried.
    pub reason: Reason,
    /// To that connection.
    pub connection: Option<ConnectionId>,
    /// Of that organisation.
    pub organization: Option<OrganizationId>,
    /// Accepted before then.
    pub until: Option<Timestamp>,
    /// Ended before then, so that one that is refused again is not retried by the same wish again.
    pub ended_before: Timestamp,
}

/// What a page of a wish did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryPage {
    /// How many deliveries are tried again.
    pub retried: usize,
    /// The connections that have work now: to be rung.
    pub ring: Vec<ConnectionId>,
    /// Where to go on; none where the wish is fulfilled.
    pub next: Option<String>,
}

/// Steps on events.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Keeps the event and its deliveries in one step, keyed by the event's id, and notes those that are missing. It
    /// registers an organisation that is not known where the event names its chain, and then asks for all of the
    /// organisation's events to be routed again: some may have come before without a chain. A duplicate is routed again
    /// with the event as first kept, and never gets a second delivery.
    async fn accept(&self, event: &Event, now: Timestamp) -> Result<Accepted, StoreError>;

    /// Routes a kept event by the mappings of now: makes the deliveries that are missing, sets those that ended as
    /// unmapped to work, and brings the reasons of partners without a delivery and the record of what is still missing
    /// up to date. Events that were accepted before `window` get no new delivery. Returns the connections to be rung.
    async fn route_again(
        &self,
        event: &EventId,
        window: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<ConnectionId>, StoreError>;

    /// Ids of the organisation's events that were accepted at `since` or later, oldest event time first.
    async fn events_of_organization(
        &self,
        organization: &OrganizationId,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError>;

    /// Ids of all events accepted from `since` to before `until`, in order of acceptance: for who moves or compares
    /// stores. Costs what is stored.
    async fn events_accepted(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError>;

    /// Gives unrouted sightings of events accepted before `window` the reason [`Reason::LeftWindowUnrouted`] and forgets
    /// which deliveries of such events are missing, since none will be made; up to `limit` of both. Returns how many.
    async fn close_window(&self, window: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Keeps input that is no event.
    async fn reject(&self, input: &RejectedInput) -> Result<(), StoreError>;

    /// What the partner sees, newest acceptance first. A page of few among many may be short, or empty: only where there
    /// is no `next` is it the last.
    async fn events(
        &self,
        partner: &PartnerId,
        filter: &EventFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventView>, StoreError>;

    /// One event, if the partner is in its chain.
    async fn event(&self, partner: &PartnerId, id: &EventId) -> Result<Option<EventView>, StoreError>;

    /// Sets the partner's deliveries of an event that ended retryably to work again, with an audit line.
    async fn retry(
        &self,
        partner: &PartnerId,
        event: &EventId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Retried, StoreError>;

    /// Sets up to `limit` of the deliveries that a partner wishes to work again, in order of acceptance: all of the page,
    /// or none. Events that the partner no longer sees and revoked connections are left alone. The pages of one wish
    /// that come at the same `now` share one audit line, which counts. A page may find none and yet not be the last.
    async fn retry_all(
        &self,
        partner: &PartnerId,
        wish: &RetryWish,
        after: Option<&str>,
        limit: usize,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<RetryPage, StoreError>;

    /// Ends deliveries unfinished at retention with [`Reason::RetentionReached`] and deletes finished records that are
    /// older than `before`, and accounts of budgets that nobody drew on since; up to `limit` of either. Returns how many.
    async fn expire(&self, before: Timestamp, limit: usize, now: Timestamp) -> Result<usize, StoreError>;
}
