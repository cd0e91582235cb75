//! Missing deliveries: events that have none to a connection which mapped their organisation at some time, because it no
//! longer does, or because its set-up is not confirmed. What a backfill has to look at is here and nowhere else.
//!
//! Why nothing is left out: an event accepted *before* the step of the first mapping is found by the request for all of
//! the organisation's events which that step writes; one accepted *after* it gets, in the step that accepts it, a
//! delivery or a row here. Whatever turns a row into a delivery that can be made (mapping again, confirming) writes a
//! request in its own step, so a row is never left behind without somebody who will look at it. A key-value store does
//! the same: a row under the connection, ordered by event time, put and deleted in the transaction of the event.

use super::{
    cursor,
    error::DbResult,
    events,
    rows::{all, change, first, rows_and_one, text},
};
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::Delivery,
    event::Event,
    ids::{ConnectionId, EventId, OrganizationId},
    ports::RouteScope,
};
use psa_connector::Page;
use rusqlite::Connection as Db;

const MISSING: &str = "events missing";
const PENDING: &str = "events pending";

/// Notes that a connection maps an organisation. True where it never did before.
pub(super) fn begin_noting(
    db: &Db,
    organization: &OrganizationId,
    connection: &ConnectionId,
) -> DbResult<bool> {
    const SQL: &str = "INSERT OR IGNORE INTO ever_mapped (organization, connection) VALUES (?1, ?2)";
    Ok(change(db, SQL, [organization.as_str(), connection.as_str()])? > 0)
}

/// Connections to which the event misses a delivery.
pub(super) fn of_event(db: &Db, event: &EventId) -> DbResult<Vec<String>> {
    const SQL: &str = "SELECT connection FROM missing_deliveries WHERE event = ?1";
    all(db, SQL, [event.as_str()], |row| Ok(row.get(0)?))
}

/// Notes that the event misses a delivery.
pub(super) fn note(db: &Db, event: &Event, accepted_at: Timestamp, connection: &str) -> DbResult<()> {
    insert(db, &event.id, connection, &event.organization, event.time, accepted_at)
}

/// Notes that what ended as unmapped is missing again.
pub(super) fn note_unmapped(db: &Db, delivery: &Delivery) -> DbResult<()> {
    let Delivery { event, connection, organization, event_time, accepted_at, .. } = delivery;
    insert(db, event, connection.as_str(), organization, *event_time, *accepted_at)
}

fn insert(
    db: &Db,
    event: &EventId,
    connection: &str,
    organization: &OrganizationId,
    event_time: Timestamp,
    accepted_at: Timestamp,
) -> DbResult<()> {
    const SQL: &str = "
        INSERT OR IGNORE INTO missing_deliveries (event, connection, organization, event_time, accepted_at)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let parameters = (event.as_str(), connection, organization.as_str(), text(event_time), text(accepted_at));
    change(db, SQL, parameters).map(drop)
}

/// It is missing no longer.
pub(super) fn forget(db: &Db, event: &EventId, connection: &str) -> DbResult<()> {
    const SQL: &str = "DELETE FROM missing_deliveries WHERE event = ?1 AND connection = ?2";
    change(db, SQL, [event.as_str(), connection]).map(drop)
}

pub(super) const OF_CONNECTION: &str = "
    SELECT event_time, event FROM missing_deliveries
    WHERE connection = ?1 AND (event_time, event) > (?2, ?3) AND accepted_at >= ?4
    ORDER BY event_time, event LIMIT ?5";
/// Several connections may miss the same event.
pub(super) const OF_ORGANIZATION: &str = "
    SELECT DISTINCT event_time, event FROM missing_deliveries
    WHERE organization = ?1 AND (event_time, event) > (?2, ?3) AND accepted_at >= ?4
    ORDER BY event_time, event LIMIT ?5";

/// Events that miss a delivery, oldest event time first.
pub(super) fn list(
    db: &Db,
    scope: &RouteScope,
    since: Timestamp,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<EventId>> {
    let [time, event] = cursor::time_and_id(MISSING, after, ["", ""])?;
    let (sql, id) = match scope {
        RouteScope::Connection(id) => (OF_CONNECTION, id.as_str()),
        RouteScope::Organization(id) => (OF_ORGANIZATION, id.as_str()),
    };
    let found = all(db, sql, (id, time, event, text(since), rows_and_one(limit)), events::place)?;
    events::ids(found, MISSING, limit)
}

/// Two runs along an index each, merged: nothing is sorted, and nothing that is settled is looked at.
pub(super) const PENDING_EVENTS: &str = "
    SELECT accepted_at, event FROM sightings
    WHERE open = 1 AND (accepted_at, event) > (?1, ?2) AND accepted_at < ?3
    UNION
    SELECT accepted_at, event FROM missing_deliveries
    WHERE (accepted_at, event) > (?1, ?2) AND accepted_at < ?3
    ORDER BY accepted_at, event LIMIT ?4";

/// Events of which routing may still change something, in order of acceptance.
pub(super) fn pending(
    db: &Db,
    since: Timestamp,
    until: Timestamp,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<EventId>> {
    let [time, event] = cursor::time_and_id(PENDING, after, [&text(since), ""])?;
    let found = all(db, PENDING_EVENTS, (time, event, text(until), rows_and_one(limit)), events::place)?;
    events::ids(found, PENDING, limit)
}

pub(super) const TO_FORGET: &str = "
    SELECT event, connection FROM missing_deliveries WHERE accepted_at < ?1 ORDER BY accepted_at, event LIMIT ?2";

/// Forgets what left the window. Returns how many.
pub(super) fn close_window(db: &Db, window: Timestamp, limit: usize) -> DbResult<usize> {
    let sql = format!("DELETE FROM missing_deliveries WHERE (event, connection) IN ({TO_FORGET})");
    change(db, &sql, (text(window), super::rows::rows(limit)))
}

pub(super) const REMAINING: &str = "
    SELECT count(*) FROM mappings m
    CROSS JOIN missing_deliveries d ON d.connection = m.connection AND d.organization = m.organization
    WHERE m.connection = ?1";

/// How many events of organisations that the connection maps now have no delivery to it.
pub(super) fn remaining(db: &Db, connection: &ConnectionId) -> DbResult<u64> {
    let count = first(db, REMAINING, [connection.as_str()], |row| super::rows::counter(row, 0))?;
    Ok(count.unwrap_or_default())
}
