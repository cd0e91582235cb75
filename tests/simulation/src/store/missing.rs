//! Missing deliveries: events that have none to a connection which mapped their organisation at some time.

use super::{
    cursor,
    state::{Missing, State, first_event},
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::Delivery,
    event::Event,
    ids::{ConnectionId, EventId, OrganizationId},
    ports::{RouteReach, RouteScope, StoreError},
};
use psa_connector::Page;
use std::{collections::BTreeSet, ops::Bound};

const MISSING: &str = "events missing";
const PENDING: &str = "events pending";

impl State {
    /// Notes that a connection maps an organisation. True where it never did before.
    pub(super) fn begin_noting(&mut self, organization: &OrganizationId, connection: &ConnectionId) -> bool {
        self.ever_mapped.insert((organization.clone(), connection.clone()))
    }

    /// Brings the record of an event's missing deliveries up to date.
    pub(super) fn set_missing(&mut self, event: &Event, accepted_at: Timestamp, is: &BTreeSet<ConnectionId>) {
        let was: Vec<ConnectionId> = self.missing_of(&event.id);
        for connection in was.iter().filter(|each| !is.contains(*each)) {
            self.forget_missing(&event.id, connection);
        }
        for connection in is.iter().filter(|each| !was.contains(each)) {
            self.note_missing(&event.id, connection, &event.organization, event.time, accepted_at);
        }
    }

    /// What ended as unmapped is missing again. Where a mapping was made since the worker looked, nobody else would ask.
    pub(super) fn ended_as_unmapped(&mut self, delivery: &Delivery, now: Timestamp) {
        let Delivery { event, connection, organization, event_time, accepted_at, .. } = delivery;
        self.note_missing(event, connection, organization, *event_time, *accepted_at);
        if self.owned_mapping(connection, organization).is_some() {
            self.ask_for_routing(RouteScope::Organization(organization.clone()), RouteReach::Missing, now);
        }
    }

    fn note_missing(
        &mut self,
        event: &EventId,
        connection: &ConnectionId,
        organization: &OrganizationId,
        event_time: Timestamp,
        accepted_at: Timestamp,
    ) {
        self.missing_accepted.insert((accepted_at, event.clone(), connection.clone()));
        let missing = Missing { organization: organization.clone(), event_time, accepted_at };
        self.missing.insert((event.clone(), connection.clone()), missing);
    }

    fn forget_missing(&mut self, event: &EventId, connection: &ConnectionId) {
        if let Some(missing) = self.missing.remove(&(event.clone(), connection.clone())) {
            self.missing_accepted.remove(&(missing.accepted_at, event.clone(), connection.clone()));
        }
    }

    fn missing_of(&self, event: &EventId) -> Vec<ConnectionId> {
        let of_event = self.missing.range((event.clone(), super::state::first_connection())..);
        let of_event = of_event.take_while(|((each, _), _)| each == event);
        of_event.map(|((_, connection), _)| connection.clone()).collect()
    }

    pub(super) fn forget_all_missing(&mut self, event: &EventId) {
        for connection in self.missing_of(event) {
            self.forget_missing(event, &connection);
        }
    }

    /// Forgets what left the window. Returns how many.
    pub(super) fn forget_missing_before(&mut self, window: Timestamp, limit: usize) -> usize {
        let old = self.missing_accepted.iter().take_while(|(accepted_at, ..)| *accepted_at < window);
        let old: Vec<_> = old.take(limit).map(|(_, event, id)| (event.clone(), id.clone())).collect();
        for (event, connection) in &old {
            self.forget_missing(event, connection);
        }
        old.len()
    }

    pub(super) fn events_missing(
        &self,
        scope: &RouteScope,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let after = cursor::time_and::<EventId>(MISSING, after)?;
        let wanted = self.missing.iter().filter(|((_, connection), missing)| {
            let in_scope = match scope {
                RouteScope::Organization(id) => missing.organization == *id,
                RouteScope::Connection(id) => connection == id,
            };
            in_scope && missing.accepted_at >= since
        });
        let places: BTreeSet<(Timestamp, EventId)> = wanted
            .map(|((event, _), missing)| (missing.event_time, event.clone()))
            .filter(|place| after.as_ref().is_none_or(|after| place > after))
            .collect();
        Ok(page(MISSING, places.into_iter(), limit))
    }

    pub(super) fn events_pending(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let after = cursor::time_and::<EventId>(PENDING, after)?;
        let start = after.map_or(Bound::Included((since, first_event())), Bound::Excluded);
        let open = self.open_sightings.iter().map(|(at, event, _)| (*at, event.clone()));
        let missing = self.missing_accepted.iter().map(|(at, event, _)| (*at, event.clone()));
        let places: BTreeSet<(Timestamp, EventId)> =
            open.chain(missing).filter(|(at, _)| *at < until).collect();
        let places = places.range((start, Bound::Unbounded)).cloned().collect::<Vec<_>>();
        Ok(page(PENDING, places.into_iter(), limit))
    }

    /// How many events of organisations that the connection maps now have no delivery to it.
    pub(super) fn remaining(&self, connection: &ConnectionId) -> u64 {
        let missing = self.missing.iter().filter(|((_, of), missing)| {
            of == connection && self.mapping(connection, &missing.organization).is_some()
        });
        missing.count() as u64
    }
}

fn page(list: &str, places: impl Iterator<Item = (Timestamp, EventId)>, limit: usize) -> Page<EventId> {
    cursor::page(list, places.map(|(at, id)| ([at.to_string(), id.to_string()], id)), limit)
}
