//! Leases and the work done under them.

use super::StoreError;
use crate::{
    connection::{Connection, ConnectionChange, ConnectionConflict},
    delivery::{Change, Delivery, IllegalChange},
    event::Event,
    ids::{ConnectionId, EventId, Fingerprint},
    life_cycle::{FingerprintRecord, StormRecord},
    mapping::Mapping,
    operation::Operation,
    seats::IllegalSeatChange,
};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

/// The right to work a connection, alone, until it expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which connection.
    pub connection: ConnectionId,
    /// Grows with each lease; every step under the lease is conditional on it.
    pub fence: u64,
    /// When anybody else may take it.
    pub until: Timestamp,
    /// Bells heard so far; releasing is conditional on it.
    pub bells: u64,
}

/// The answer to a wish for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// It is yours.
    Taken(Box<LeasedWork>),
    /// Another worker has it, and has been told that there is more work.
    Held,
    /// There is no such connection.
    Unknown,
}

/// A lease and the connection as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedWork {
    /// The lease.
    pub lease: Lease,
    /// The connection.
    pub connection: Connection,
}

/// The answer to handing a lease back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// It is free.
    Released,
    /// A bell rang meanwhile: the lease is still yours, and there is more work.
    BellRang(Lease),
    /// It was no longer yours.
    Lost,
}

/// An unfinished delivery with what is needed to work it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// The delivery.
    pub delivery: Delivery,
    /// Its event.
    pub event: Event,
    /// The organisation's registered name.
    pub organization_name: Option<String>,
    /// How the organisation is mapped now.
    pub mapping: Option<Mapping>,
    /// What is remembered of its fingerprint (see [`WorkItem::fingerprint`]).
    pub record: Option<FingerprintRecord>,
    /// What is remembered of its organisation's new tickets.
    pub storm: Option<StormRecord>,
    /// Whether an unfinished delivery of the same topic says, at its time or later, that the problem is over.
    pub resolve_waits: bool,
}

impl WorkItem {
    /// The fingerprint of a delivery: that of what is under way, else by the mapping of now; none without either.
    pub fn fingerprint(delivery: &Delivery, event: &Event, mapping: Option<&Mapping>) -> Option<Fingerprint> {
        let noted = delivery.noted.as_ref().map(|noted| &noted.fingerprint);
        let under_way = delivery.open_attempt().map(|attempt| &attempt.fingerprint).or(noted);
        under_way.cloned().or_else(|| mapping.map(|mapping| event.fingerprint(&mapping.client)))
    }
}

/// One change of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which delivery of the lease's connection.
    pub event: EventId,
    /// The version that the change was made from.
    pub version: u64,
    /// The change.
    pub change: Change,
    /// What is to be remembered of the fingerprint from now on.
    pub record: Option<FingerprintRecord>,
    /// What is to be remembered of the organisation's new tickets from now on.
    pub storm: Option<StormRecord>,
}

impl Step {
    /// A change of which nothing is to be remembered.
    pub fn new(event: EventId, version: u64, change: Change) -> Self {
        Self { event, version, change, record: None, storm: None }
    }
}

/// Why steps under a lease were not made. None of them was.
#[derive(Debug, Error)]
pub enum AdvanceError {
    /// Another worker has the lease, or the connection's credentials changed or were revoked.
    #[error("the lease is lost")]
    LeaseLost,
    /// A delivery changed meanwhile.
    #[error("the delivery changed meanwhile")]
    Conflict,
    /// The state machine does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalChange),
    /// The seat line does not take the change.
    #[error(transparent)]
    Seats(#[from] IllegalSeatChange),
    /// The connection does not take the change.
    #[error(transparent)]
    Connection(#[from] ConnectionConflict),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many deliveries of a connection stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counters {
    /// Waiting, attempting or settling.
    pub unfinished: u64,
    /// With a ticket.
    pub done: u64,
    /// Without one.
    pub ended: u64,
    /// When the earliest event among the unfinished happened.
    #[serde(default)]
    pub oldest_unfinished: Option<Timestamp>,
}

/// Steps of workers.
#[async_trait]
pub trait WorkStore: Send + Sync {
    /// Takes the lease of a connection until `until`, if nobody has it at `now`; else leaves word that a bell rang.
    async fn lease(
        &self,
        connection: &ConnectionId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<LeaseOutcome, StoreError>;

    /// Hands the lease back, unless a bell rang since it was taken.
    async fn release(&self, lease: &Lease) -> Result<Release, StoreError>;

    /// Hands the lease back whatever rang; for a worker whose time is up and who rings by itself.
    async fn hand_back(&self, lease: &Lease) -> Result<(), StoreError>;

    /// Unfinished deliveries, due or not, in order of event time and id, after the one that is named; read
    /// consistently.
    async fn unfinished(
        &self,
        connection: &ConnectionId,
        after: Option<(Timestamp, EventId)>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError>;

    /// Unfinished deliveries whose request is, or may be, under way: whatever shares their fingerprints waits for them, also
    /// what comes before them in the order of work. Costs what is under way.
    async fn open_attempts(&self, connection: &ConnectionId) -> Result<Vec<Delivery>, StoreError> {
        const PAGE: usize = 100;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.unfinished(connection, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after = Some((last.delivery.event_time, last.delivery.event.clone()));
            let deliveries = page.into_iter().map(|item| item.delivery);
            found.extend(deliveries.filter(|delivery| delivery.open_attempt().is_some()));
        }
    }

    /// When the earliest unfinished delivery or operation is due, or, where nothing holds the connection, the earliest seat
    /// line.
    async fn next_due(&self, connection: &ConnectionId) -> Result<Option<Timestamp>, StoreError>;

    /// Makes all these changes, or none, and keeps what is to be remembered with them. Conditional on the lease's fence, on each delivery's version, and, for steps
    /// that start an attempt, on nothing holding the connection and on its still having the attempt's generation.
    async fn advance(
        &self,
        lease: &Lease,
        steps: Vec<Step>,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, AdvanceError>;

    /// Changes the leased connection: what a worker finds out about it. Conditional on the lease's fence.
    async fn change_leased(
        &self,
        lease: &Lease,
        change: ConnectionChange,
        now: Timestamp,
    ) -> Result<Connection, AdvanceError>;

    /// Operations of a connection that are not finished, oldest first.
    async fn open_operations(&self, connection: &ConnectionId) -> Result<Vec<Operation>, StoreError>;

    /// Replaces an operation whose stored version is one less. Conditional on the lease's fence.
    async fn save_operation(&self, lease: &Lease, operation: &Operation) -> Result<(), AdvanceError>;

    /// Connections nobody works at `now` though they have due work and nothing holds them, or whose canary is due, or
    /// that were revoked and still have unfinished deliveries or operations. The cost follows what is pending, not what is stored.
    async fn due_connections(&self, now: Timestamp, limit: usize) -> Result<Vec<ConnectionId>, StoreError>;

    /// How many deliveries stand where. The cost does not grow with what is stored.
    async fn counters(&self, connection: &ConnectionId) -> Result<Counters, StoreError>;
}
