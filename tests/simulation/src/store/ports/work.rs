//! Leases and the work done under them.

use crate::store::{Made, MemoryStore, State};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    delivery::Delivery,
    ids::{ConnectionId, EventId},
    operation::Operation,
    ports::{AdvanceError, Counters, Lease, LeaseOutcome, Release, Step, StoreError, WorkItem, WorkStore},
};

#[async_trait]
impl WorkStore for MemoryStore {
    async fn lease(
        &self,
        connection: &ConnectionId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<LeaseOutcome, StoreError> {
        self.step("lease", |state| Ok(state.lease(connection, until, now))).await
    }

    async fn release(&self, lease: &Lease) -> Result<Release, StoreError> {
        self.step("release", |state| Ok(state.release(lease))).await
    }

    async fn hand_back(&self, lease: &Lease) -> Result<(), StoreError> {
        self.step("hand_back", |state| {
            state.hand_back(lease);
            Ok(())
        })
        .await
    }

    async fn unfinished(
        &self,
        connection: &ConnectionId,
        after: Option<(Timestamp, EventId)>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError> {
        let seen = if after.is_none() { Made::Scanned(connection) } else { Made::Other("unfinished") };
        let page = |state: &mut State| Ok(state.unfinished_page(connection, after, limit));
        self.observed_step("unfinished", seen, page).await
    }

    async fn open_attempts(&self, connection: &ConnectionId) -> Result<Vec<Delivery>, StoreError> {
        self.step("open_attempts", |state| Ok(state.open_attempts(connection))).await
    }

    async fn next_due(&self, connection: &ConnectionId) -> Result<Option<Timestamp>, StoreError> {
        self.step("next_due", |state| Ok(state.next_due(connection))).await
    }

    async fn advance(
        &self,
        lease: &Lease,
        steps: Vec<Step>,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, AdvanceError> {
        self.step("advance", |state| state.advance(lease, &steps, now)).await
    }

    async fn change_leased(
        &self,
        lease: &Lease,
        change: ConnectionChange,
        now: Timestamp,
    ) -> Result<Connection, AdvanceError> {
        self.step("change_leased", |state| state.change_leased(lease, change, now)).await
    }

    async fn open_operations(&self, connection: &ConnectionId) -> Result<Vec<Operation>, StoreError> {
        self.step("open_operations", |state| Ok(state.open_operations(connection))).await
    }

    async fn save_operation(&self, lease: &Lease, operation: &Operation) -> Result<(), AdvanceError> {
        self.step("save_operation", |state| state.save_operation(lease, operation)).await
    }

    async fn due_connections(&self, now: Timestamp, limit: usize) -> Result<Vec<ConnectionId>, StoreError> {
        self.step("due_connections", |state| Ok(state.due_connections(now, limit))).await
    }

    async fn counters(&self, connection: &ConnectionId) -> Result<Counters, StoreError> {
        self.step("counters", |state| Ok(state.count(connection))).await
    }
}
