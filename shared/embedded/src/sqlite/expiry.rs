//! The end of what is kept. What is unfinished at retention ends with a reason, and is kept as long again, so that the
//! partner can read it. An event goes with all its deliveries or not at all: without them it would be delivered anew.

use super::{
    deliveries,
    error::{DbError, DbResult},
    events::event_id,
    rows::{all, change, rows, text},
};
use jiff::Timestamp;
use psa_bridge_core::{delivery::Change, reason::Reason};
use rusqlite::Connection as Db;

/// Ends and deletes; returns how many records.
pub(super) fn expire(db: &Db, before: Timestamp, limit: usize, now: Timestamp) -> DbResult<usize> {
    let ended = end_unfinished(db, before, limit, now)?;
    let mut left = limit.max(1);
    for delete in [EVENTS, OPERATIONS, REJECTED, IDEMPOTENCY] {
        if left > 0 {
            left -= change(db, delete, (text(before), rows(left)))?.min(left);
        }
    }
    Ok(ended + limit.max(1) - left)
}

/// Deliveries and sightings go with their event by the schema.
pub(super) const EVENTS: &str = "
    DELETE FROM events WHERE id IN (
        SELECT e.id FROM events e
        WHERE e.accepted_at < ?1
          AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = e.id AND coalesce(d.finished_at >= ?1, 1))
        ORDER BY e.accepted_at LIMIT ?2)";
const OPERATIONS: &str = "
    DELETE FROM operations WHERE id IN (
        SELECT id FROM operations WHERE open = 0 AND created_at < ?1 ORDER BY created_at LIMIT ?2)";
const REJECTED: &str = "
    DELETE FROM rejected WHERE number IN (
        SELECT number FROM rejected WHERE received_at < ?1 ORDER BY received_at LIMIT ?2)";
const IDEMPOTENCY: &str = "
    DELETE FROM idempotency WHERE (scope, key) IN (
        SELECT scope, key FROM idempotency WHERE begun_at < ?1 ORDER BY begun_at LIMIT ?2)";

fn end_unfinished(db: &Db, before: Timestamp, limit: usize, now: Timestamp) -> DbResult<usize> {
    const SQL: &str = "
        SELECT event, connection FROM deliveries
        WHERE unfinished = 1 AND accepted_at < ?1 ORDER BY accepted_at LIMIT ?2";
    let overage: Vec<(String, String)> =
        all(db, SQL, (text(before), rows(limit)), |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (event, connection) in &overage {
        let Some(mut delivery) = deliveries::load(db, &event_id(event)?, connection)? else { continue };
        let change = Change::Ended { reason: Reason::RetentionReached, detail: None };
        delivery.apply(change, now).map_err(|error| DbError::corrupt("a delivery", error))?;
        deliveries::save(db, &delivery)?;
    }
    Ok(overage.len())
}
