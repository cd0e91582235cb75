//! The steps that are made under a lease.

use super::leased::UnderLease;
use crate::dynamo::{
    key::Key,
    missing,
    rows::{connection, delivery, operation, record},
    transaction::Transaction,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    delivery::{Change, Delivery, DeliveryState},
    ids::EventId,
    operation::Operation,
    ports::{AdvanceError, Lease, Step},
    reason::Reason,
};
use std::collections::BTreeMap;

/// Changes of deliveries: all of them, or none.
pub(super) struct Advance<'a> {
    pub(super) lease: &'a Lease,
    pub(super) steps: &'a [Step],
    pub(super) now: Timestamp,
}

/// A delivery as it was, and as these steps leave it.
struct Moved {
    before: Delivery,
    after: Delivery,
}

#[async_trait]
impl UnderLease for Advance<'_> {
    type Made = Vec<Delivery>;

    fn keys(&self) -> Vec<Key> {
        let connection = &self.lease.connection;
        let mut keys: Vec<Key> =
            self.steps.iter().map(|step| Key::delivery(&step.event, connection)).collect();
        if self.steps.iter().any(|step| matches!(step.change, Change::AttemptStarted(_))) {
            keys.push(Key::connection(connection));
        }
        keys.sort();
        keys.dedup();
        keys
    }

    async fn make(&self, tx: &mut Transaction<'_>) -> Result<Vec<Delivery>, AdvanceError> {
        let mut moved = BTreeMap::new();
        let mut advanced = Vec::with_capacity(self.steps.len());
        for step in self.steps {
            advanced.push(self.advance(tx, step, &mut moved).await?);
        }
        for Moved { before, after } in moved.values() {
            delivery::keep(tx, Some(before), after)?;
            if after.state == (DeliveryState::Ended { reason: Reason::Unmapped }) {
                missing::ended_as_unmapped(tx, after, self.now).await?;
            }
        }
        for step in self.steps {
            if let Some(what) = &step.record {
                record::keep(tx, &self.lease.connection, what, self.now)?;
            }
            if let Some(storm) = &step.storm {
                record::keep_storm(tx, &self.lease.connection, storm, self.now)?;
            }
        }
        Ok(advanced)
    }
}

impl Advance<'_> {
    async fn advance(
        &self,
        tx: &mut Transaction<'_>,
        step: &Step,
        moved: &mut BTreeMap<EventId, Moved>,
    ) -> Result<Delivery, AdvanceError> {
        if let Change::AttemptStarted(attempt) = &step.change {
            may_start(tx, self.lease, attempt.generation).await?;
        }
        let kept = if let Some(kept) = moved.remove(&step.event) {
            kept
        } else {
            let before = delivery::peek(tx, &step.event, &self.lease.connection).await?;
            let before = before.ok_or(AdvanceError::Conflict)?;
            Moved { after: before.clone(), before }
        };
        let moved = moved.entry(step.event.clone()).or_insert(kept);
        if moved.after.version != step.version {
            return Err(AdvanceError::Conflict);
        }
        moved.after.apply(step.change.clone(), self.now)?;
        Ok(moved.after.clone())
    }
}

/// No call may begin once something holds the connection, or with credentials that were replaced.
pub(in crate::dynamo::ports) async fn may_start(
    tx: &mut Transaction<'_>,
    lease: &Lease,
    generation: u32,
) -> Result<(), AdvanceError> {
    let connection = connection::get(tx, &lease.connection).await?;
    let ready = connection
        .is_some_and(|connection| connection.hold().is_none() && connection.generation == generation);
    if ready { Ok(()) } else { Err(AdvanceError::LeaseLost) }
}

/// A change of the leased connection.
pub(super) struct ChangeLeased<'a> {
    pub(super) lease: &'a Lease,
    pub(super) change: &'a ConnectionChange,
    pub(super) now: Timestamp,
}

#[async_trait]
impl UnderLease for ChangeLeased<'_> {
    type Made = Connection;

    fn keys(&self) -> Vec<Key> {
        vec![Key::connection(&self.lease.connection)]
    }

    async fn make(&self, tx: &mut Transaction<'_>) -> Result<Connection, AdvanceError> {
        let kept = connection::get(tx, &self.lease.connection).await?;
        let before = kept.ok_or(AdvanceError::LeaseLost)?;
        let mut after = before.clone();
        after.apply(self.change.clone(), self.now)?;
        connection::keep_changed(tx, &before, &after, self.now).await?;
        Ok(after)
    }
}

/// The next version of an operation.
pub(super) struct SaveOperation<'a> {
    pub(super) lease: &'a Lease,
    pub(super) operation: &'a Operation,
}

#[async_trait]
impl UnderLease for SaveOperation<'_> {
    type Made = ();

    fn keys(&self) -> Vec<Key> {
        vec![Key::operation(&self.operation.id)]
    }

    async fn make(&self, tx: &mut Transaction<'_>) -> Result<(), AdvanceError> {
        let kept = operation::get(tx, &self.operation.id).await?.ok_or(AdvanceError::Conflict)?;
        let fits = kept.connection == self.lease.connection
            && self.operation.connection == self.lease.connection
            && kept.version + 1 == self.operation.version;
        if !fits {
            return Err(AdvanceError::Conflict);
        }
        Ok(operation::keep(tx, self.operation)?)
    }
}
