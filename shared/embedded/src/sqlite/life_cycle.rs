//! What is remembered of fingerprints and of organisations' new tickets. Changed under a lease alone, so the latest write
//! is right.

use super::{
    error::DbResult,
    rows::{change, document, first, text, to_json},
};
use jiff::Timestamp;
use psa_bridge_core::{
    ids::{ConnectionId, Fingerprint},
    life_cycle::{FingerprintRecord, StormRecord},
};
use rusqlite::Connection as Db;

/// What is remembered of a fingerprint.
pub(super) fn record(
    db: &Db,
    connection: &ConnectionId,
    fingerprint: &Fingerprint,
) -> DbResult<Option<FingerprintRecord>> {
    const SQL: &str = "SELECT doc FROM fingerprints WHERE connection = ?1 AND fingerprint = ?2";
    first(db, SQL, [connection.as_str(), fingerprint.as_str()], |row| document(row, 0))
}

/// Keeps what is to be remembered.
pub(super) fn remember(
    db: &Db,
    connection: &ConnectionId,
    record: Option<&FingerprintRecord>,
    storm: Option<&StormRecord>,
    now: Timestamp,
) -> DbResult<()> {
    const RECORD: &str = "INSERT OR REPLACE INTO fingerprints (connection, fingerprint, changed_at, doc) VALUES (?1, ?2, ?3, ?4)";
    const STORM: &str =
        "INSERT OR REPLACE INTO storms (connection, organization, changed_at, doc) VALUES (?1, ?2, ?3, ?4)";
    if let Some(record) = record {
        let key = record.fingerprint.as_str();
        change(db, RECORD, (connection.as_str(), key, text(now), to_json(record)?))?;
    }
    if let Some(storm) = storm {
        let key = storm.organization.as_str();
        change(db, STORM, (connection.as_str(), key, text(now), to_json(storm)?))?;
    }
    Ok(())
}
