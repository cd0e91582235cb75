//! Events as one partner sees them.

use super::{
    key::Key,
    rows::{
        connection, delivery,
        event::{self, KeptEvent},
        organization,
    },
    transaction::Transaction,
};
use psa_bridge_core::{
    connection::Connection,
    delivery::Delivery,
    ids::{ConnectionId, EventId, PartnerId},
    ports::{ConnectionDelivery, EventView, StoreError},
    reason::Reason,
};

/// One event as the partner sees it, if it does.
pub(super) async fn of(
    tx: &mut Transaction<'_>,
    partner: &PartnerId,
    id: &EventId,
) -> Result<Option<EventView>, StoreError> {
    let Some(kept) = event::peek(tx, id).await? else { return Ok(None) };
    let Some(unrouted) = kept.sightings.get(partner).copied() else { return Ok(None) };
    let organization = organization::peek(tx, &kept.event.organization).await?;
    let mut deliveries = Vec::new();
    for connection in own(&kept, partner) {
        let Some(delivery) = delivery::peek(tx, id, connection).await? else { continue };
        let hold = hold_of(tx, &delivery).await?;
        deliveries.push(ConnectionDelivery { delivery, hold });
    }
    Ok(Some(EventView {
        event: kept.event,
        accepted_at: kept.accepted_at,
        organization_name: organization.and_then(|organization| organization.name),
        chain_disagrees: kept.chain_disagrees,
        unrouted,
        deliveries,
    }))
}

/// Reads at once what the views of these events need.
pub(super) async fn prefetch(
    tx: &mut Transaction<'_>,
    partner: &PartnerId,
    ids: &[EventId],
) -> Result<(), StoreError> {
    tx.prefetch(ids.iter().map(Key::event)).await?;
    let mut keys = Vec::new();
    for id in ids {
        let Some(kept) = event::peek(tx, id).await? else { continue };
        keys.push(Key::organization(&kept.event.organization));
        for connection in own(&kept, partner) {
            keys.push(Key::delivery(id, connection));
            keys.push(Key::connection(connection));
        }
    }
    tx.prefetch(keys).await
}

/// The partner's connections that have a delivery of the event.
pub(super) fn own<'k>(kept: &'k KeptEvent, partner: &'k PartnerId) -> impl Iterator<Item = &'k ConnectionId> {
    kept.deliveries.iter().filter(move |(_, owner)| *owner == partner).map(|(connection, _)| connection)
}

/// What keeps the connection of an unfinished delivery from being worked.
async fn hold_of(tx: &mut Transaction<'_>, delivery: &Delivery) -> Result<Option<Reason>, StoreError> {
    if !delivery.is_unfinished() {
        return Ok(None);
    }
    let connection = connection::peek(tx, &delivery.connection).await?;
    Ok(connection.as_ref().and_then(Connection::hold))
}
