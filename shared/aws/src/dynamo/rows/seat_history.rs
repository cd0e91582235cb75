//! The history of seat counts: what was changed in a PSA. It stays as long as the audit.

use crate::dynamo::{
    item::Item,
    key::{Key, Kind, Place, history_of},
    transaction::Transaction,
};
use psa_bridge_core::{
    ports::{HistoryLine, StoreError},
    seats::{SeatEntry, SeatLine},
};

/// Keeps an entry.
pub(crate) fn add(tx: &mut Transaction<'_>, line: &SeatLine, entry: &SeatEntry) -> Result<(), StoreError> {
    let kept = HistoryLine {
        organization: line.organization.clone(),
        product: line.product.clone(),
        entry: entry.clone(),
    };
    let key = Key::seat_history(&line.connection, &tx.ordinal());
    // At the same place in either list, so that a cursor of one is one of the other.
    let place = Place::new(history_of(&line.connection, &line.organization), &key.sk);
    let expiring = Place::expiring(Kind::SeatHistory, entry.at, &key);
    tx.put(Item::new(key, &kept)?.listed(place).expiring(expiring));
    Ok(())
}
