//! Input that is no event. Its id is derived from when it came and from what it is: the id is its key, and ids sort by
//! time.

use crate::dynamo::{
    error::corrupt,
    item::Item,
    key::{Key, Kind, Place},
    transaction::Transaction,
};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::RejectedId,
    ports::{RejectedInput, RejectedRecord, StoreError},
};
use sha2::{Digest, Sha256};

/// Keeps new input. The same input of the same moment is kept once, so that it may be rejected again after a lost reply.
pub(crate) async fn create(tx: &mut Transaction<'_>, input: &RejectedInput) -> Result<(), StoreError> {
    let digest = Sha256::digest(serde_json::to_vec(input).map_err(corrupt)?);
    let id = format!("{}{}", prefix(input.received_at), HEXLOWER.encode(&digest[..10]));
    let id = id.parse().map_err(corrupt)?;
    if tx.get(&Key::rejected(&id)).await?.is_some() {
        return Ok(());
    }
    keep(tx, &RejectedRecord { id, input: input.clone(), replay: None })
}

/// Keeps a record, new or changed.
pub(crate) fn keep(tx: &mut Transaction<'_>, record: &RejectedRecord) -> Result<(), StoreError> {
    let key = Key::rejected(&record.id);
    let place = Place::expiring(Kind::Rejected, record.input.received_at, &key);
    tx.put(Item::new(key, record)?.expiring(place));
    Ok(())
}

/// What the ids of input begin with that came then: nanoseconds, in digits.
pub(crate) fn prefix(received_at: Timestamp) -> String {
    // Seconds before 1970 are negative; moved so that all of them sort as text.
    const SHIFT: i128 = 400_000_000_000_000_000_000;
    format!("{}{:021}-", RejectedId::PREFIX, received_at.as_nanosecond() + SHIFT)
}
