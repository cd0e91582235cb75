//! A delivery, beside its event; and while it is unfinished the rows in its connection's partition by which a worker finds
//! it: in the order of work (which retention finds too), while a request is under way, and by its topic where it says
//! that a problem is over.
//!
//! How many are done and ended is counted in a few rows a connection that commits add to, so that those who accept events
//! do not meet in one. How many are unfinished is counted when it is asked: they are few, and all have their rows.

use super::{notice, sweep};
use crate::dynamo::{
    item::Item,
    key::{Key, Kind, Place},
    transaction::Transaction,
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Delivery, DeliveryState},
    ids::{ConnectionId, EventId, OrganizationId},
    notice::of_delivery,
    ports::StoreError,
};
use serde::{Deserialize, Serialize};

/// The number of a connection's deliveries that have a ticket.
pub(crate) const DONE: &str = "done";
/// The number of those that ended without one.
pub(crate) const ENDED: &str = "ended";

/// What the row of an unfinished delivery says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// Which event.
    pub(crate) event: EventId,
    /// Whose event.
    pub(crate) organization: OrganizationId,
    /// Not to be worked before; or an earlier time, where both have come.
    pub(crate) due_at: Timestamp,
}

/// A delivery, for a look; what is written back is conditional on what was seen.
pub(crate) async fn peek(
    tx: &mut Transaction<'_>,
    event: &EventId,
    connection: &ConnectionId,
) -> Result<Option<Delivery>, StoreError> {
    tx.peek(&Key::delivery(event, connection)).await?.map(|item| item.read()).transpose()
}

/// Keeps a delivery, new or changed, with every way to find it and what is to be told of it.
pub(crate) fn keep(
    tx: &mut Transaction<'_>,
    before: Option<&Delivery>,
    after: &Delivery,
) -> Result<(), StoreError> {
    tx.put(Item::new(Key::delivery(&after.event, &after.connection), after)?);
    let pending = before.filter(|before| before.is_unfinished());
    match (pending, after.is_unfinished()) {
        (None, true) => begin(tx, after)?,
        (Some(before), true) => go_on(tx, before, after)?,
        (Some(before), false) => end(tx, before),
        (None, false) => {}
    }
    count(tx, before, -1);
    count(tx, Some(after), 1);
    if let Some(told) = of_delivery(after, changed_at(after), tx.policy()) {
        notice::create(tx, told)?;
    }
    Ok(())
}

/// Deletes a finished delivery with every trace of it.
pub(crate) fn remove(tx: &mut Transaction<'_>, delivery: &Delivery) {
    tx.delete(&Key::delivery(&delivery.event, &delivery.connection));
    count(tx, Some(delivery), -1);
}

/// When a delivery was last changed.
pub(crate) fn changed_at(delivery: &Delivery) -> Timestamp {
    delivery.timeline.last().map_or(delivery.accepted_at, |last| last.at)
}

/// The rows of a delivery that is to be worked.
fn begin(tx: &mut Transaction<'_>, delivery: &Delivery) -> Result<(), StoreError> {
    keep_waiting(tx, delivery)?;
    sweep::begin(tx, &delivery.connection, delivery.event.as_str());
    if delivery.open_attempt().is_some() {
        tx.put(Item::mark(under_way(delivery)));
    }
    if delivery.resolves {
        tx.put(Item::mark(resolve(delivery)));
    }
    Ok(())
}

/// The rows of a delivery that stays unfinished.
fn go_on(tx: &mut Transaction<'_>, before: &Delivery, after: &Delivery) -> Result<(), StoreError> {
    // A row may say an earlier time, where both have come by now.
    let now = changed_at(after);
    let both_have_come = before.due_at <= now && after.due_at <= now;
    if before.due_at != after.due_at && !both_have_come {
        keep_waiting(tx, after)?;
    }
    match (before.open_attempt().is_some(), after.open_attempt().is_some()) {
        (false, true) => tx.put(Item::mark(under_way(after))),
        (true, false) => tx.delete(&under_way(after)),
        (true, true) | (false, false) => {}
    }
    Ok(())
}

/// Deletes the rows of a delivery that is finished now.
fn end(tx: &mut Transaction<'_>, before: &Delivery) {
    tx.delete(&waiting(before));
    sweep::end(tx, &before.connection, before.event.as_str());
    if before.open_attempt().is_some() {
        tx.delete(&under_way(before));
    }
    if before.resolves {
        tx.delete(&resolve(before));
    }
}

fn keep_waiting(tx: &mut Transaction<'_>, delivery: &Delivery) -> Result<(), StoreError> {
    let row = waiting(delivery);
    let place = Place::expiring(Kind::Unfinished, delivery.accepted_at, &row);
    let says = Waiting {
        event: delivery.event.clone(),
        organization: delivery.organization.clone(),
        due_at: delivery.due_at,
    };
    tx.put(Item::new(row, &says)?.expiring(place));
    Ok(())
}

fn waiting(delivery: &Delivery) -> Key {
    Key::waiting(&delivery.connection, delivery.event_time, &delivery.event)
}

fn under_way(delivery: &Delivery) -> Key {
    Key::under_way(&delivery.connection, &delivery.event)
}

fn resolve(delivery: &Delivery) -> Key {
    Key::resolve(&delivery.connection, &delivery.topic, delivery.event_time, &delivery.event)
}

fn count(tx: &mut Transaction<'_>, delivery: Option<&Delivery>, delta: i64) {
    let Some(delivery) = delivery else { return };
    let name = match delivery.state {
        DeliveryState::Done { .. } => DONE,
        DeliveryState::Ended { .. } => ENDED,
        DeliveryState::Waiting | DeliveryState::Attempting(_) | DeliveryState::Settling(_) => return,
    };
    tx.add(&Key::count(&delivery.connection, &delivery.event), name, delta);
}
