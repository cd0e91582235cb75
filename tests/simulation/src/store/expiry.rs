//! The end of what is kept.

use super::state::{State, first_event};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Change, Delivery},
    ids::{ConnectionId, EventId},
    ports::StoreError,
    reason::Reason,
};
use std::collections::BTreeMap;

impl State {
    pub(super) fn expire(
        &mut self,
        before: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let limit = limit.max(1);
        let ended = self.end_unfinished(before, limit, now)?;
        let mut left = limit;
        left -= self.delete_events(before, left);
        left -= self.delete_operations(before, left);
        left -= self.delete_rejected(before, left);
        left -= self.delete_idempotency(before, left);
        left -= delete_old(&mut self.records, before, left);
        left -= delete_old(&mut self.storms, before, left);
        left -= self.delete_requests(before, left);
        left -= delete_old(&mut self.budgets, before, left);
        left -= self.delete_notices(before, left);
        Ok(ended + limit - left)
    }

    fn end_unfinished(
        &mut self,
        before: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let old = self.overage.iter().take_while(|(accepted_at, ..)| *accepted_at < before).take(limit);
        let old: Vec<(EventId, ConnectionId)> =
            old.map(|(_, event, connection)| (event.clone(), connection.clone())).collect();
        for (event, connection) in &old {
            let Some(mut delivery) = self.delivery(event, connection).cloned() else { continue };
            let change = Change::Ended { reason: Reason::RetentionReached, detail: None };
            delivery.apply(change, now).map_err(corrupt)?;
            self.keep(delivery);
        }
        Ok(old.len())
    }

    /// An event goes with all its deliveries or not at all.
    fn delete_events(&mut self, before: Timestamp, limit: usize) -> usize {
        let gone: Vec<EventId> = self
            .accepted
            .range(..(before, first_event()))
            .map(|(_, event)| event)
            .filter(|event| self.deliveries_of(event).all(|delivery| finished_before(delivery, before)))
            .take(limit)
            .cloned()
            .collect();
        for event in &gone {
            self.delete_event(event);
        }
        gone.len()
    }

    fn delete_event(&mut self, id: &EventId) {
        let Some(kept) = self.events.remove(id) else { return };
        self.accepted.remove(&(kept.accepted_at, id.clone()));
        self.of_organization.remove(&(kept.event.organization.clone(), kept.event.time, id.clone()));
        let deliveries: Vec<Delivery> = self.deliveries_of(id).cloned().collect();
        for delivery in deliveries {
            self.deliveries.remove(&(id.clone(), delivery.connection.clone()));
            self.forget(&delivery);
        }
        self.forget_all_missing(id);
        let partners: Vec<_> = self.sightings(id).map(|(partner, _)| partner.clone()).collect();
        for partner in partners {
            self.unsee(id, &partner, kept.accepted_at);
        }
    }

    fn delete_operations(&mut self, before: Timestamp, limit: usize) -> usize {
        let old = self.operations.values();
        let old = old.filter(|operation| operation.state.is_finished() && operation.created_at < before);
        let old: Vec<_> = old.map(|operation| operation.id.clone()).take(limit).collect();
        old.iter().filter(|id| self.operations.remove(id).is_some()).count()
    }

    fn delete_requests(&mut self, before: Timestamp, limit: usize) -> usize {
        let old = self.route_requests.iter();
        let old = old.filter(|(_, kept)| kept.finished_at.is_some_and(|finished_at| finished_at < before));
        let old: Vec<_> = old.map(|(scope, _)| scope.clone()).take(limit).collect();
        old.iter().filter(|scope| self.route_requests.remove(scope).is_some()).count()
    }

    fn delete_rejected(&mut self, before: Timestamp, limit: usize) -> usize {
        let old: Vec<_> = self.rejected.range(..(before, 0)).map(|(key, _)| *key).take(limit).collect();
        old.iter().filter(|key| self.rejected.remove(key).is_some()).count()
    }

    fn delete_idempotency(&mut self, before: Timestamp, limit: usize) -> usize {
        let old = self.idempotency.iter().filter(|(_, kept)| kept.begun_at < before);
        let old: Vec<_> = old.map(|(key, _)| key.clone()).take(limit).collect();
        old.iter().filter(|key| self.idempotency.remove(key).is_some()).count()
    }
}

fn delete_old<K: Ord + Clone, V>(
    kept: &mut BTreeMap<K, (Timestamp, V)>,
    before: Timestamp,
    limit: usize,
) -> usize {
    let old = kept.iter().filter(|(_, (changed_at, _))| *changed_at < before).map(|(key, _)| key.clone());
    let old: Vec<K> = old.take(limit).collect();
    old.iter().filter(|key| kept.remove(key).is_some()).count()
}

/// When a delivery was last changed.
pub(super) fn changed_at(delivery: &Delivery) -> Timestamp {
    delivery.timeline.last().map_or(delivery.accepted_at, |last| last.at)
}

/// Whether it was finished before then.
pub(super) fn finished_before(delivery: &Delivery, before: Timestamp) -> bool {
    !delivery.is_unfinished() && changed_at(delivery) < before
}

/// A change that the state machine refuses though it should take it.
pub(super) fn corrupt(error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { detail: error.to_string() }
}
