//! Events as kept, and as one partner sees them.

use super::{
    cursor,
    expiry::corrupt,
    state::{State, first_event},
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Change, DeliveryState},
    ids::{ConnectionId, EventId, OrganizationId, PartnerId},
    ports::{Actor, AuditEntry, ConnectionDelivery, EventView, Retried, StoreError},
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

    /// One event as the partner sees it.
    pub fn view(&self, partner: &PartnerId, id: &EventId) -> Option<EventView> {
        let unrouted = *self.sightings.get(&(id.clone(), partner.clone()))?;
        let kept = self.events.get(id)?;
        let organization = self.organizations.get(&kept.event.organization);
        let own = self.deliveries_of(id).filter(|delivery| delivery.partner == *partner);
        let deliveries = own.map(|delivery| ConnectionDelivery {
            delivery: delivery.clone(),
            hold: self
                .connections
                .get(&delivery.connection)
                .filter(|_| delivery.is_unfinished())
                .and_then(psa_bridge_core::connection::Connection::hold),
        });
        Some(EventView {
            event: kept.event.clone(),
            accepted_at: kept.accepted_at,
            organization_name: organization.and_then(|organization| organization.name.clone()),
            chain_disagrees: kept.chain_disagrees,
            unrouted,
            deliveries: deliveries.collect(),
        })
    }

    pub(super) fn retry(
        &mut self,
        partner: &PartnerId,
        event: &EventId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Retried, StoreError> {
        let Some(view) = self.view(partner, event) else { return Ok(Retried::NotFound) };
        let mut ring: Vec<ConnectionId> = Vec::new();
        for ConnectionDelivery { mut delivery, .. } in view.deliveries {
            let retryable =
                matches!(&delivery.state, DeliveryState::Ended { reason } if reason.is_retryable());
            let revoked = self
                .connections
                .get(&delivery.connection)
                .is_none_or(|connection| connection.revoked_at.is_some());
            if !retryable || revoked {
                continue;
            }
            delivery.apply(Change::Retried { by: actor.0.clone() }, now).map_err(corrupt)?;
            ring.push(delivery.connection.clone());
            self.keep(delivery);
        }
        if ring.is_empty() {
            return Ok(Retried::NothingToRetry);
        }
        let line = AuditEntry {
            subject: Some(event.to_string()),
            ..super::audit::line(actor, "event.retried", now)
        };
        self.write_line(partner, line);
        Ok(Retried::Ring(ring))
    }
}
