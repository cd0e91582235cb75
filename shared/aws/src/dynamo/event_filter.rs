//! Which of the events that a partner sees it wants to see.

use psa_bridge_core::{
    delivery::DeliveryState,
    ports::{ConnectionDelivery, EventFilter, EventView},
    reason::Reason,
};

/// In place of a delivery's state: that there is no delivery.
const UNROUTED: &str = "unrouted";

/// Whether the event, or one delivery of it, is all that the filter says.
pub(super) fn is_wanted(view: &EventView, filter: &EventFilter) -> bool {
    let of_organization =
        filter.organization.as_ref().is_none_or(|organization| view.event.organization == *organization);
    of_organization
        && (sighting_is_wanted(view.unrouted, filter)
            || view.deliveries.iter().any(|own| delivery_is_wanted(own, filter)))
}

fn delivery_is_wanted(own: &ConnectionDelivery, filter: &EventFilter) -> bool {
    let (name, shown) = match &own.delivery.state {
        DeliveryState::Waiting => ("waiting", Some(Reason::WaitingTurn)),
        DeliveryState::Attempting(_) => ("attempting", Some(Reason::WaitingTurn)),
        DeliveryState::Settling(_) => ("settling", Some(Reason::OutcomeUnknown)),
        DeliveryState::Done { .. } => ("done", None),
        DeliveryState::Ended { reason } => ("ended", Some(*reason)),
    };
    let shown = own.hold.or(shown);
    filter.connection.as_ref().is_none_or(|connection| own.delivery.connection == *connection)
        && filter.state.as_deref().is_none_or(|state| state == name)
        && filter.reason.is_none_or(|reason| shown == Some(reason))
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
