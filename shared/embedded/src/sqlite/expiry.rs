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
    let limit = limit.max(1);
    let mut left = limit;
    for (table, key, old) in [
        ("events", "id", EVENTS_TO_DELETE),
        ("operations", "id", OLD_OPERATIONS),
        ("rejected", "number", OLD_REJECTED),
        ("idempotency", "(scope, key)", OLD_IDEMPOTENCY),
        ("fingerprints", "(connection, fingerprint)", OLD_FINGERPRINTS),
        ("storms", "(connection, organization)", OLD_STORMS),
        ("route_requests", "(scope, id)", OLD_ROUTE_REQUESTS),
        ("budgets", "tenant", OLD_BUDGETS),
        ("notices", "number", OLD_NOTICES),
    ] {
        if left > 0 {
            let sql = format!("DELETE FROM {table} WHERE {key} IN ({old})");
            left -= change(db, &sql, (text(before), rows(left)))?.min(left);
        }
    }
    Ok(ended + limit - left)
}

/// Deliveries and sightings go with their event by the schema.
pub(super) const EVENTS_TO_DELETE: &str = "
    SELECT e.id FROM events e
    WHERE e.accepted_at < ?1
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = e.id AND coalesce(d.finished_at >= ?1, 1))
    ORDER BY e.accepted_at LIMIT ?2";
const OLD_OPERATIONS: &str =
    "SELECT id FROM operations WHERE open = 0 AND created_at < ?1 ORDER BY created_at LIMIT ?2";
const OLD_REJECTED: &str = "SELECT number FROM rejected WHERE received_at < ?1 ORDER BY received_at LIMIT ?2";
const OLD_NOTICES: &str = "SELECT number FROM notices WHERE finished_at IS NOT NULL AND finished_at < ?1 ORDER BY finished_at LIMIT ?2";
const OLD_IDEMPOTENCY: &str =
    "SELECT scope, key FROM idempotency WHERE begun_at < ?1 ORDER BY begun_at LIMIT ?2";
const OLD_FINGERPRINTS: &str =
    "SELECT connection, fingerprint FROM fingerprints WHERE changed_at < ?1 ORDER BY changed_at LIMIT ?2";
const OLD_STORMS: &str =
    "SELECT connection, organization FROM storms WHERE changed_at < ?1 ORDER BY changed_at LIMIT ?2";
const OLD_ROUTE_REQUESTS: &str =
    "SELECT scope, id FROM route_requests WHERE finished_at < ?1 ORDER BY finished_at LIMIT ?2";
/// An account counts a window of minutes, so one that nobody drew on for that long is as good as none.
const OLD_BUDGETS: &str = "SELECT tenant FROM budgets WHERE used_at < ?1 ORDER BY used_at LIMIT ?2";
pub(super) const OVERAGE: &str = "SELECT event, connection FROM deliveries WHERE unfinished = 1 AND accepted_at < ?1 ORDER BY accepted_at LIMIT ?2";

fn end_unfinished(db: &Db, before: Timestamp, limit: usize, now: Timestamp) -> DbResult<usize> {
    let overage: Vec<(String, String)> =
        all(db, OVERAGE, (text(before), rows(limit)), |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (event, connection) in &overage {
        let Some(mut delivery) = deliveries::load(db, &event_id(event)?, connection)? else { continue };
        let change = Change::Ended { reason: Reason::RetentionReached, detail: None };
        delivery.apply(change, now).map_err(|error| DbError::corrupt("a delivery", error))?;
        deliveries::save(db, &delivery)?;
    }
    Ok(overage.len())
}
