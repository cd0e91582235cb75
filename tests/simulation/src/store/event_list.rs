//! The list of events that a partner sees, filtered.

use super::{
    cursor,
    state::{State, first_event},
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Delivery, DeliveryState},
    ids::{EventId, PartnerId},
    ports::{EventFilter, EventView, StoreError},
    reason::Reason,
};
use psa_connector::Page;

const LIST: &str = "events";
/// In place of a delivery's state: that there is no delivery.
const UNROUTED: &str = "unrouted";

impl State {
    pub(super) fn list_events(
        &self,
        partner: &PartnerId,
        filter: &EventFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventView>, StoreError> {
        let start = (partner.clone(), filter.since.unwrap_or(Timestamp::MIN), first_event());
        let rows = match cursor::time_and::<EventId>(LIST, after)? {
            Some((at, id)) if (at, &id) <= (start.1, &start.2) => {
                return Ok(Page { items: Vec::new(), next: None });
            }
            Some((at, id)) => self.seen.range(start..(partner.clone(), at, id)),
            None => self.seen.range(start..),
        };
        // Those of later partners come after all of this one's.
        let rows = rows.rev().filter(|(each, ..)| each == partner);
        let rows = rows.filter(|(_, at, _)| filter.until.is_none_or(|until| *at < until));
        let rows = rows.filter(|(_, _, id)| self.is_wanted(partner, id, filter));
        let rows =
            rows.filter_map(|(_, at, id)| Some(([at.to_string(), id.to_string()], self.view(partner, id)?)));
        Ok(cursor::page(LIST, rows, limit))
    }

    fn is_wanted(&self, partner: &PartnerId, id: &EventId, filter: &EventFilter) -> bool {
        let of_organization = filter.organization.as_ref().is_none_or(|organization| {
            self.events.get(id).is_some_and(|kept| kept.event.organization == *organization)
        });
        let sighting = || {
            let unrouted = self.sightings.get(&(id.clone(), partner.clone())).copied().flatten();
            sighting_is_wanted(unrouted, filter)
        };
        let delivery = || {
            let mut own = self.deliveries_of(id).filter(|delivery| delivery.partner == *partner);
            own.any(|delivery| self.delivery_is_wanted(delivery, filter))
        };
        of_organization && (sighting() || delivery())
    }

    fn delivery_is_wanted(&self, delivery: &Delivery, filter: &EventFilter) -> bool {
        let (name, shown) = match &delivery.state {
            DeliveryState::Waiting => ("waiting", Some(Reason::WaitingTurn)),
            DeliveryState::Attempting(_) => ("attempting", Some(Reason::WaitingTurn)),
            DeliveryState::Settling(_) => ("settling", Some(Reason::OutcomeUnknown)),
            DeliveryState::Done { .. } => ("done", None),
            DeliveryState::Ended { reason } => ("ended", Some(*reason)),
        };
        let shown = || self.hold_of(delivery).or(shown);
        filter.connection.as_ref().is_none_or(|connection| delivery.connection == *connection)
            && filter.state.as_deref().is_none_or(|state| state == name)
            && filter.reason.is_none_or(|reason| shown() == Some(reason))
    }
}

fn sighting_is_wanted(unrouted: Option<Reason>, filter: &EventFilter) -> bool {
    let state = filter.state.as_deref();
    if filter.connection.is_some() || state.is_some_and(|state| state != UNROUTED) {
        return false;
    }
    match (filter.reason, state) {
        (Some(reason), _) => unrouted == Some(reason),
        (None, Some(_)) => unrouted.is_some(),
        (None, None) => true,
    }
}
