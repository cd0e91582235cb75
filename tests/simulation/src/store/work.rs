//! What a worker does under a lease.

use super::state::{State, first_event};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    delivery::{Change, Delivery, DeliveryState},
    ids::{ConnectionId, EventId},
    operation::Operation,
    ports::{AdvanceError, Lease, Step, WorkItem},
    reason::Reason,
};
use std::{collections::BTreeMap, ops::Bound};

impl State {
    pub(super) fn unfinished_page(
        &self,
        connection: &ConnectionId,
        after: Option<(Timestamp, EventId)>,
        limit: usize,
    ) -> Vec<WorkItem> {
        let Some(pending) = self.pending.get(connection) else { return Vec::new() };
        let start = after.map_or(Bound::Included((Timestamp::MIN, first_event())), Bound::Excluded);
        pending
            .by_time
            .range((start, Bound::Unbounded))
            .take(limit.max(1))
            .filter_map(|(_, event)| self.work_item(event, connection))
            .collect()
    }

    pub(super) fn open_attempts(&self, connection: &ConnectionId) -> Vec<Delivery> {
        let under_way = self.pending.get(connection).into_iter().flat_map(|pending| &pending.under_way);
        under_way.filter_map(|event| self.delivery(event, connection).cloned()).collect()
    }

    fn work_item(&self, id: &EventId, connection: &ConnectionId) -> Option<WorkItem> {
        let delivery = self.delivery(id, connection)?.clone();
        let event = self.events.get(id)?.event.clone();
        let organization = self.organizations.get(&delivery.organization);
        let mapping = self.owned_mapping(connection, &delivery.organization);
        let record = WorkItem::fingerprint(&delivery, &event, mapping.as_ref())
            .and_then(|fingerprint| self.records.get(&(connection.clone(), fingerprint)));
        let storm = self.storms.get(&(connection.clone(), delivery.organization.clone()));
        Some(WorkItem {
            organization_name: organization.and_then(|organization| organization.name.clone()),
            record: record.map(|(_, record)| record.clone()),
            storm: storm.map(|(_, storm)| storm.clone()),
            resolve_waits: self.resolve_waits(&delivery),
            mapping,
            event,
            delivery,
        })
    }

    /// Whether an unfinished delivery of the same topic says, at its time or later, that the problem is over.
    fn resolve_waits(&self, delivery: &Delivery) -> bool {
        let (connection, topic) = (&delivery.connection, &delivery.topic);
        let later = (connection.clone(), topic.clone(), delivery.event_time, first_event());
        let mut later =
            self.resolves.range(later..).take_while(|(of, about, ..)| of == connection && about == topic);
        later.any(|(.., event)| *event != delivery.event)
    }

    fn remember(&mut self, connection: &ConnectionId, step: &Step, now: Timestamp) {
        if let Some(record) = &step.record {
            let key = (connection.clone(), record.fingerprint.clone());
            self.records.insert(key, (now, record.clone()));
        }
        if let Some(storm) = &step.storm {
            let key = (connection.clone(), storm.organization.clone());
            self.storms.insert(key, (now, storm.clone()));
        }
    }

    pub(super) fn next_due(&self, connection: &ConnectionId) -> Option<Timestamp> {
        let delivery =
            self.pending.get(connection).and_then(|pending| pending.by_due.first()).map(|(due, _)| *due);
        let operation = self.open_operations(connection).iter().map(|operation| operation.due_at).min();
        delivery.into_iter().chain(operation).chain(self.seats_due_at(connection)).min()
    }

    pub(super) fn advance(
        &mut self,
        lease: &Lease,
        steps: &[Step],
        now: Timestamp,
    ) -> Result<Vec<Delivery>, AdvanceError> {
        self.must_hold(lease)?;
        // Kept only once all of them were made.
        let mut moved: BTreeMap<EventId, Delivery> = BTreeMap::new();
        let mut advanced = Vec::with_capacity(steps.len());
        for step in steps {
            if let Change::AttemptStarted(attempt) = &step.change {
                self.may_start(lease, attempt.generation)?;
            }
            let kept = moved.get(&step.event).or_else(|| self.delivery(&step.event, &lease.connection));
            let mut delivery = kept.cloned().ok_or(AdvanceError::Conflict)?;
            if delivery.version != step.version {
                return Err(AdvanceError::Conflict);
            }
            delivery.apply(step.change.clone(), now)?;
            moved.insert(step.event.clone(), delivery.clone());
            advanced.push(delivery);
        }
        for delivery in moved.into_values() {
            self.keep(delivery.clone());
            if delivery.state == (DeliveryState::Ended { reason: Reason::Unmapped }) {
                self.ended_as_unmapped(&delivery, now);
            }
        }
        for step in steps {
            self.remember(&lease.connection, step, now);
        }
        Ok(advanced)
    }

    /// No call may begin once something holds the connection, or with credentials that were replaced.
    pub(super) fn may_start(&self, lease: &Lease, generation: u32) -> Result<(), AdvanceError> {
        let ready = self
            .connections
            .get(&lease.connection)
            .is_some_and(|connection| connection.hold().is_none() && connection.generation == generation);
        if ready { Ok(()) } else { Err(AdvanceError::LeaseLost) }
    }

    pub(super) fn change_leased(
        &mut self,
        lease: &Lease,
        change: ConnectionChange,
        now: Timestamp,
    ) -> Result<Connection, AdvanceError> {
        self.must_hold(lease)?;
        let before = self.connections.get(&lease.connection).cloned().ok_or(AdvanceError::LeaseLost)?;
        let mut after = before.clone();
        after.apply(change, now)?;
        self.keep_connection(&before, &after, now);
        Ok(after)
    }

    pub(super) fn open_operations(&self, connection: &ConnectionId) -> Vec<Operation> {
        let of_connection = self
            .operations
            .values()
            .filter(|operation| operation.connection == *connection && !operation.state.is_finished());
        let mut open: Vec<Operation> = of_connection.cloned().collect();
        open.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        open
    }

    pub(super) fn save_operation(
        &mut self,
        lease: &Lease,
        operation: &Operation,
    ) -> Result<(), AdvanceError> {
        self.must_hold(lease)?;
        let kept = self.operations.get_mut(&operation.id).ok_or(AdvanceError::Conflict)?;
        let fits = kept.connection == lease.connection
            && operation.connection == lease.connection
            && kept.version + 1 == operation.version;
        if !fits {
            return Err(AdvanceError::Conflict);
        }
        *kept = operation.clone();
        Ok(())
    }

    pub(super) fn must_hold(&self, lease: &Lease) -> Result<(), AdvanceError> {
        if self.holds(lease) { Ok(()) } else { Err(AdvanceError::LeaseLost) }
    }
}
