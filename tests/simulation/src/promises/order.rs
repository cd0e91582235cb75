//! Whether work goes in order: what a worker saw when it began a round must not be passed over by something later of the
//! same fingerprint.

use crate::store::State;
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::Delivery,
    ids::{ConnectionId, EventId, Fingerprint},
    ports::WorkItem,
};

/// An unfinished delivery as a worker saw it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    place: (Timestamp, EventId),
    fingerprint: Fingerprint,
}

/// What there is to do for a connection, in order.
pub(super) fn scan(state: &State, connection: &ConnectionId) -> Vec<Seen> {
    state
        .unfinished(connection)
        .filter_map(|delivery| {
            let place = (delivery.event_time, delivery.event.clone());
            Some(Seen { place, fingerprint: fingerprint(state, delivery)? })
        })
        .collect()
}

/// The earliest event that is still unfinished, was there when the round began, and had to go before this one.
pub(super) fn passed_over<'s>(state: &State, seen: &'s [Seen], now: &Delivery) -> Option<&'s EventId> {
    let place = (now.event_time, now.event.clone());
    let own = fingerprint(state, now)?;
    let earlier = seen.iter().take_while(|each| each.place < place);
    earlier.filter(|each| each.fingerprint == own).map(|each| &each.place.1).find(|event| {
        let delivery = state.delivery(event, &now.connection);
        // A mapping that changed meanwhile may have changed the fingerprint with it.
        delivery.is_some_and(|it| it.is_unfinished() && fingerprint(state, it).as_ref() == Some(&own))
    })
}

/// The fingerprint of a delivery: that of its open attempt, else as the organisation is mapped now.
fn fingerprint(state: &State, delivery: &Delivery) -> Option<Fingerprint> {
    let mapping = state.mapping(&delivery.connection, &delivery.organization);
    WorkItem::fingerprint(delivery, &state.event(&delivery.event)?.event, mapping)
}
