//! Events as kept, and as one partner sees them.

use super::{
    cursor,
    state::{State, first_event},
};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::Connection,
    delivery::Delivery,
    ids::{EventId, OrganizationId, PartnerId},
    ports::{ConnectionDelivery, EventView, StoreError},
    reason::Reason,
};
use psa_connector::Page;
use std::ops::Bound;

const OF_ORGANIZATION: &str = "events of organization";
const ACCEPTED: &str = "events accepted";

impl State {
    pub(super) fn events_of_organization(
        &self,
        organization: &OrganizationId,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let start = match cursor::time_and::<EventId>(OF_ORGANIZATION, after)? {
            Some((time, id)) => Bound::Excluded((organization.clone(), time, id)),
            None => Bound::Included((organization.clone(), Timestamp::MIN, first_event())),
        };
        let rows = self.of_organization.range((start, Bound::Unbounded));
        let rows = rows.take_while(|(each, ..)| each == organization);
        let rows =
            rows.filter(|(_, _, id)| self.events.get(id).is_some_and(|kept| kept.accepted_at >= since));
        let rows = rows.map(|(_, time, id)| ([time.to_string(), id.to_string()], id.clone()));
        Ok(cursor::page(OF_ORGANIZATION, rows, limit))
    }

    pub(super) fn events_accepted(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let start = match cursor::time_and::<EventId>(ACCEPTED, after)? {
            Some(place) => Bound::Excluded(place),
            None => Bound::Included((since, first_event())),
        };
        let rows = self.accepted.range((start, Bound::Unbounded)).take_while(|(at, _)| *at < until);
        let rows = rows.map(|(at, id)| ([at.to_string(), id.to_string()], id.clone()));
        Ok(cursor::page(ACCEPTED, rows, limit))
    }

    /// What keeps the connection of an unfinished delivery from being worked.
    pub(super) fn hold_of(&self, delivery: &Delivery) -> Option<Reason> {
        self.connections
            .get(&delivery.connection)
            .filter(|_| delivery.is_unfinished())
            .and_then(Connection::hold)
    }

    /// One event as the partner sees it.
    pub fn view(&self, partner: &PartnerId, id: &EventId) -> Option<EventView> {
        let unrouted = *self.sightings.get(&(id.clone(), partner.clone()))?;
        let kept = self.events.get(id)?;
        let organization = self.organizations.get(&kept.event.organization);
        let own = self.deliveries_of(id).filter(|delivery| delivery.partner == *partner);
        let deliveries = own
            .map(|delivery| ConnectionDelivery { delivery: delivery.clone(), hold: self.hold_of(delivery) });
        Some(EventView {
            event: kept.event.clone(),
            accepted_at: kept.accepted_at,
            organization_name: organization.and_then(|organization| organization.name.clone()),
            chain_disagrees: kept.chain_disagrees,
            unrouted,
            deliveries: deliveries.collect(),
        })
    }
}
