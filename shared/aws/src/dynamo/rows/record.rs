//! What a connection remembers of problems, and of the new tickets of organisations. Written by whoever has the lease.

use crate::dynamo::{
    item::Item,
    key::{Key, Kind, Place},
    transaction::Transaction,
};
use jiff::Timestamp;
use psa_bridge_core::{
    ids::ConnectionId,
    life_cycle::{FingerprintRecord, StormRecord},
    ports::StoreError,
};

/// Keeps what is remembered of a problem.
pub(crate) fn keep(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
    record: &FingerprintRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = Key::record(connection, &record.fingerprint);
    let place = Place::expiring(Kind::Record, now, &key);
    tx.put(Item::new(key, record)?.expiring(place));
    Ok(())
}

/// Keeps what is remembered of an organisation's new tickets.
pub(crate) fn keep_storm(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
    storm: &StormRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = Key::storm(connection, &storm.organization);
    let place = Place::expiring(Kind::Storm, now, &key);
    tx.put(Item::new(key, storm)?.expiring(place));
    Ok(())
}
