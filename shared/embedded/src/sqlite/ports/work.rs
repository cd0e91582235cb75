//! Leases and the work done under them.

use crate::sqlite::{SqliteStore, deliveries, due, leases, operations, work};
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
impl WorkStore for SqliteStore {
    async fn lease(
        &self,
        connection: &ConnectionId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<LeaseOutcome, StoreError> {
        let connection = connection.clone();
        self.write(move |db| Ok(leases::take(db, &connection, until, now)?)).await
    }

    async fn release(&self, lease: &Lease) -> Result<Release, StoreError> {
        let lease = lease.clone();
        self.write(move |db| Ok(leases::release(db, &lease)?)).await
    }

    async fn hand_back(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |db| Ok(leases::hand_back(db, &lease)?)).await
    }

    async fn unfinished(
        &self,
        connection: &ConnectionId,
        after: Option<(Timestamp, EventId)>,
        limit: usize,
    ) -> Result<Vec<WorkItem>, StoreError> {
        let connection = connection.clone();
        self.read(move |db| work::unfinished(db, &connection, after.as_ref(), limit)).await
    }

    async fn open_attempts(&self, connection: &ConnectionId) -> Result<Vec<Delivery>, StoreError> {
        let connection = connection.clone();
        self.read(move |db| work::open_attempts(db, &connection)).await
    }

    async fn next_due(&self, connection: &ConnectionId) -> Result<Option<Timestamp>, StoreError> {
        let connection = connection.clone();
        self.read(move |db| work::next_due(db, &connection)).await
    }

    async fn advance(
        &self,
        lease: &Lease,
        steps: Vec<Step>,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, AdvanceError> {
        let lease = lease.clone();
        self.write(move |db| work::advance(db, &lease, steps, now)).await
    }

    async fn change_leased(
        &self,
        lease: &Lease,
        change: ConnectionChange,
        now: Timestamp,
    ) -> Result<Connection, AdvanceError> {
        let lease = lease.clone();
        let changed = self.write(move |db| work::change_leased(db, &lease, change, now)).await?;
        self.nudge();
        Ok(changed)
    }

    async fn open_operations(&self, connection: &ConnectionId) -> Result<Vec<Operation>, StoreError> {
        let connection = connection.clone();
        self.read(move |db| operations::open(db, &connection)).await
    }

    async fn save_operation(&self, lease: &Lease, operation: &Operation) -> Result<(), AdvanceError> {
        let (lease, operation) = (lease.clone(), operation.clone());
        self.write(move |db| work::save_operation(db, &lease, &operation)).await
    }

    async fn due_connections(&self, now: Timestamp, limit: usize) -> Result<Vec<ConnectionId>, StoreError> {
        self.read(move |db| due::connections(db, now, limit)).await
    }

    async fn counters(&self, connection: &ConnectionId) -> Result<Counters, StoreError> {
        let connection = connection.clone();
        self.read(move |db| deliveries::count(db, &connection)).await
    }
}
