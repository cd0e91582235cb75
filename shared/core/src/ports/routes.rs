//! Route requests: which events have to be routed again, who is at it, and how far that has come.
//!
//! Routing happens in the step that accepts an event, so what is left to do later is small and known: the store keeps a
//! record of each *missing delivery* (see [`crate::routing::Routing::missing`]), and whatever lets missing ones be made
//! (a mapping, a confirmation, a change of a chain) writes a route request in the same step. Working a request therefore
//! costs what is missing, and one that was finished leaves nothing out.

use super::{Actor, StoreError};
use crate::ids::{ConnectionId, EventId, OrganizationId, PartnerId};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Events that have to be routed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRequest {
    /// Whose events.
    pub scope: RouteScope,
    /// Which of them.
    pub reach: RouteReach,
    /// When it was last asked for. Every step under a claim names it, so that a newer wish is not lost.
    pub requested_at: Timestamp,
    /// How far it has come.
    pub cursor: Option<String>,
    /// Counts the claims. What an older claim asks for is refused.
    pub fence: u64,
    /// Until when somebody works it; free where none, or past.
    pub claimed_until: Option<Timestamp>,
    /// When working it began.
    pub started_at: Option<Timestamp>,
    /// How many events were looked at since.
    pub looked_at: u64,
    /// How many deliveries that set to work.
    pub routed: u64,
}

impl RouteRequest {
    /// Whether nobody works it.
    pub fn is_free(&self, now: Timestamp) -> bool {
        self.claimed_until.is_none_or(|until| until <= now)
    }
}

/// Whose events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum RouteScope {
    /// Those of an organisation.
    Organization(OrganizationId),
    /// Those of all organisations that were ever mapped in a connection.
    Connection(ConnectionId),
}

/// Which events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteReach {
    /// Those that miss a delivery.
    Missing,
    /// All of the organisation's: its chain changed, so that others see them; or a connection maps it for the first time,
    /// and none of them has a delivery to it or a record that one is missing. Of a connection it means the same as
    /// [`Self::Missing`].
    All,
}

/// What a step under a claim did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteTurn {
    /// It was made.
    Made,
    /// It was not, because somebody asked again meanwhile. The claim holds, for this newer request, which begins anew.
    AskedAgain(RouteRequest),
    /// Somebody else works the request, or it is finished.
    Lost,
}

/// Where the backfill of a connection stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackfillProgress {
    /// In a word.
    pub state: BackfillState,
    /// When it was last asked for: by a person, or by confirming.
    pub requested_at: Option<Timestamp>,
    /// When working that began.
    pub started_at: Option<Timestamp>,
    /// When it was finished.
    pub finished_at: Option<Timestamp>,
    /// How many events it looked at.
    pub looked_at: u64,
    /// How many deliveries it set to work.
    pub routed: u64,
    /// How many organisations mapped here were changed, so that their events are about to be looked at.
    pub organizations: u64,
    /// Events of mapped organisations that have no delivery yet. Before the set-up is confirmed: those that confirming
    /// makes tickets of.
    pub remaining: u64,
}

/// Where a backfill stands, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// Nothing is asked for.
    Idle,
    /// It is asked for, and begins shortly.
    Waiting,
    /// It is being done.
    Running,
}

/// What asking for a backfill did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillAsked {
    /// It will be done.
    Asked,
    /// It was asked for already and is not finished: that one does it.
    Already,
    /// The partner has no such connection, or revoked it.
    NoConnection,
}

/// Steps on route requests.
#[async_trait]
pub trait RouteStore: Send + Sync {
    /// Ids of events that miss a delivery in this scope and were accepted at `since` or later, oldest event time first,
    /// each once. Costs what is missing.
    async fn events_missing(
        &self,
        scope: &RouteScope,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError>;

    /// Ids of events accepted from `since` to before `until` of which routing may still change something: a partner has
    /// no delivery and the window is open, or a delivery is missing. In order of acceptance, each once. Costs what is
    /// pending.
    async fn events_pending(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError>;

    /// Requests that are not finished, oldest first, claimed or not.
    async fn route_requests(&self, limit: usize) -> Result<Vec<RouteRequest>, StoreError>;

    /// Claims the request of that scope until then; none where it is finished or another claim has not run out. It goes
    /// on where the claim before left off.
    async fn claim_route_request(
        &self,
        scope: &RouteScope,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<RouteRequest>, StoreError>;

    /// Notes how far a request has come (`cursor`, `looked_at`, `routed`), and lasts its claim until then; in the past
    /// hands it back.
    async fn advance_route_request(
        &self,
        request: &RouteRequest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError>;

    /// Strikes a request off.
    async fn finish_route_request(
        &self,
        request: &RouteRequest,
        now: Timestamp,
    ) -> Result<RouteTurn, StoreError>;

    /// Asks for the backfill of a partner's connection, with an audit line where it was not asked for already.
    async fn ask_backfill(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<BackfillAsked, StoreError>;

    /// Where the backfill of a connection stands.
    async fn backfill_progress(
        &self,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<BackfillProgress, StoreError>;
}
