//! Leases and the work done under them.

mod due;
pub(super) mod leased;
mod pending;
pub(super) mod steps;

use super::super::{
    DynamoStore,
    key::Key,
    rows::{connection, lease},
};
use crate::dynamo::retry::Tries;
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    delivery::Delivery,
    ids::{ConnectionId, EventId},
    operation::Operation,
    ports::{
        AdvanceError, Counters, Lease, LeaseOutcome, LeasedWork, Release, Step, StoreError, WorkItem,
        WorkStore,
    },
};
use steps::{Advance, ChangeLeased, SaveOperation};

/// How many deliveries a worker on this store may read at a time, in a storm too: so many requests are begun in one step.
/// Beginning one takes up to four actions of the hundred that DynamoDB takes at once; a step of more is refused with
/// [`DynamoError::TooManyActions`](crate::DynamoError).
pub const PAGE: usize = 12;

/// How many outcomes of deliveries a worker on this store may write at a time. One that ends without a ticket takes up to
/// ten actions: its rows, its notice, and what is missing of its event.
pub const TOGETHER: usize = 5;

#[async_trait]
impl WorkStore for DynamoStore {
    async fn lease(
        &self,
        connection: &ConnectionId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<LeaseOutcome, StoreError> {
        let mut tries = Tries::of_step();
        loop {
            if let Some(lease) = lease::take(&self.wire, connection, until, now).await? {
                return self.leased(lease).await;
            }
            if lease::ring(&self.wire, connection, now).await? {
                return Ok(LeaseOutcome::Held);
            }
            // It was freed in between.
            tries.again().await?;
        }
    }

    async fn release(&self, lease: &Lease) -> Result<Release, StoreError> {
        Ok(match lease::release(&self.wire, lease).await? {
            lease::Freed::Free => Release::Released,
            lease::Freed::Rang(lease) => Release::BellRang(lease),
            lease::Freed::Lost => Release::Lost,
        })
    }

    async fn hand_back(&self, lease: &Lease) -> Result<(), StoreError> {
        lease::hand_back(&self.wire, lease).await
    }

    async fn unfinished(
        &self,
        connection: &ConnectionId,
        after: Option<(Timestamp, EventId)>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError> {
        self.unfinished_page(connection, after, limit.max(1)).await
    }

    async fn open_attempts(&self, connection: &ConnectionId) -> Result<Vec<Delivery>, StoreError> {
        self.deliveries_under_way(connection).await
    }

    async fn next_due(&self, connection: &ConnectionId) -> Result<Option<Timestamp>, StoreError> {
        let (earliest, seats) =
            tokio::try_join!(self.earliest(connection, Timestamp::MIN), self.seats_due(connection))?;
        match seats.filter(|seats| earliest.is_none_or(|earliest| *seats < earliest)) {
            // Unlike the others they are not due while something holds the connection.
            Some(seats) if !self.is_held(connection).await? => Ok(Some(seats)),
            _ => Ok(earliest),
        }
    }

    async fn advance(
        &self,
        lease: &Lease,
        steps: Vec<Step>,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, AdvanceError> {
        self.make_leased(lease, &Advance { lease, steps: &steps, now }).await
    }

    async fn change_leased(
        &self,
        lease: &Lease,
        change: ConnectionChange,
        now: Timestamp,
    ) -> Result<Connection, AdvanceError> {
        self.make_leased(lease, &ChangeLeased { lease, change: &change, now }).await
    }

    async fn open_operations(&self, connection: &ConnectionId) -> Result<Vec<Operation>, StoreError> {
        self.operations_not_finished(connection).await
    }

    async fn save_operation(&self, lease: &Lease, operation: &Operation) -> Result<(), AdvanceError> {
        self.make_leased(lease, &SaveOperation { lease, operation }).await
    }

    async fn due_connections(&self, now: Timestamp, limit: usize) -> Result<Vec<ConnectionId>, StoreError> {
        self.sweep(now, limit.max(1)).await
    }

    async fn counters(&self, connection: &ConnectionId) -> Result<Counters, StoreError> {
        Box::pin(self.count(connection)).await
    }
}

impl DynamoStore {
    /// Whether something holds the connection, or it is not there.
    async fn is_held(&self, connection: &ConnectionId) -> Result<bool, StoreError> {
        let kept = connection::peek(&mut self.begin(), connection).await?;
        Ok(kept.is_none_or(|kept| kept.hold().is_some()))
    }

    /// A lease that was taken, with its connection; where there is none, the lease goes again.
    async fn leased(&self, lease: Lease) -> Result<LeaseOutcome, StoreError> {
        let Some(item) = self.wire.get(&Key::connection(&lease.connection)).await? else {
            lease::forget(&self.wire, &lease.connection).await?;
            return Ok(LeaseOutcome::Unknown);
        };
        let connection = item.read()?;
        self.cache.keep([item]);
        Ok(LeaseOutcome::Taken(Box::new(LeasedWork { lease, connection })))
    }
}
