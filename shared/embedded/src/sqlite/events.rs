//! Events as kept, and as one partner sees them.

use super::{
    connections, cursor, deliveries,
    error::{DbError, DbResult},
    missing,
    rows::{all, change, document, first, rows, rows_and_one, text, time, to_json},
};
use jiff::Timestamp;
use psa_bridge_core::{
    event::Event,
    ids::{EventId, OrganizationId, PartnerId},
    ports::{ConnectionDelivery, EventView},
    reason::Reason,
};
use psa_connector::Page;
use rusqlite::{Connection as Db, Row};

const OF_ORGANIZATION: &str = "events of organization";
const ACCEPTED: &str = "events accepted";

/// Keeps an event. False where it is kept already; the first version stays.
pub(super) fn insert(db: &Db, event: &Event, accepted_at: Timestamp) -> DbResult<bool> {
    const SQL: &str = "
        INSERT INTO events (id, organization, time, accepted_at, doc) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (id) DO NOTHING";
    let parameters = (
        event.id.as_str(),
        event.organization.as_str(),
        text(event.time),
        text(accepted_at),
        to_json(event)?,
    );
    Ok(change(db, SQL, parameters)? > 0)
}

/// An event as first kept, and when that was.
pub(super) fn kept(db: &Db, id: &EventId) -> DbResult<Option<(Event, Timestamp)>> {
    const SQL: &str = "SELECT doc, accepted_at FROM events WHERE id = ?1";
    first(db, SQL, [id.as_str()], |row| Ok((document(row, 0)?, time(&row.get::<_, String>(1)?)?)))
}

/// Notes whether the event's chain and the registry disagree.
pub(super) fn set_disagreement(db: &Db, id: &EventId, disagrees: bool) -> DbResult<()> {
    const SQL: &str = "UPDATE events SET chain_disagrees = ?2 WHERE id = ?1 AND chain_disagrees <> ?2";
    change(db, SQL, (id.as_str(), disagrees)).map(drop)
}

/// Ids of an organisation's events, oldest first.
pub(super) fn of_organization(
    db: &Db,
    organization: &OrganizationId,
    since: Timestamp,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<EventId>> {
    const SQL: &str = "
        SELECT time, id FROM events
        WHERE organization = ?1 AND (time, id) > (?2, ?3) AND accepted_at >= ?4
        ORDER BY time, id LIMIT ?5";
    let [time, id] = cursor::time_and_id(OF_ORGANIZATION, after, ["", ""])?;
    let parameters = (organization.as_str(), time, id, text(since), rows_and_one(limit));
    ids(all(db, SQL, parameters, place)?, OF_ORGANIZATION, limit)
}

/// Ids of events in order of acceptance.
pub(super) fn accepted(
    db: &Db,
    since: Timestamp,
    until: Timestamp,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<EventId>> {
    const SQL: &str = "
        SELECT accepted_at, id FROM events
        WHERE (accepted_at, id) > (?1, ?2) AND accepted_at < ?3
        ORDER BY accepted_at, id LIMIT ?4";
    let [time, id] = cursor::time_and_id(ACCEPTED, after, [&text(since), ""])?;
    ids(all(db, SQL, (time, id, text(until), rows_and_one(limit)), place)?, ACCEPTED, limit)
}

/// The time and the id in a row.
pub(super) fn place(row: &Row<'_>) -> DbResult<(String, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

pub(super) fn ids(found: Vec<(String, String)>, list: &str, limit: usize) -> DbResult<Page<EventId>> {
    let found = found.into_iter().map(|(time, id)| Ok(((time, id.clone()), event_id(&id)?)));
    let found = found.collect::<DbResult<Vec<_>>>()?;
    cursor::page(found, limit, |(time, id)| cursor::encode(list, &[time, id]))
}

/// An id as it was kept.
pub(super) fn event_id(text: &str) -> DbResult<EventId> {
    text.parse().map_err(|error| DbError::corrupt("the id of an event", error))
}

/// One event as the partner sees it.
pub(super) fn view(db: &Db, partner: &PartnerId, id: &EventId) -> DbResult<Option<EventView>> {
    const SQL: &str = "
        SELECT e.doc, e.accepted_at, e.chain_disagrees, s.unrouted, o.name
        FROM sightings s JOIN events e ON e.id = s.event LEFT JOIN organizations o ON o.id = e.organization
        WHERE s.event = ?1 AND s.partner = ?2";
    let seen = first(db, SQL, [id.as_str(), partner.as_str()], |row| {
        Ok(EventView {
            event: document(row, 0)?,
            accepted_at: time(&row.get::<_, String>(1)?)?,
            organization_name: row.get(4)?,
            chain_disagrees: row.get(2)?,
            unrouted: row.get::<_, Option<String>>(3)?.as_deref().map(reason).transpose()?,
            deliveries: Vec::new(),
        })
    })?;
    let Some(mut seen) = seen else { return Ok(None) };
    for delivery in deliveries::of_partner(db, id, partner)? {
        let hold = if delivery.is_unfinished() {
            connections::load(db, &delivery.connection)?.and_then(|connection| connection.hold())
        } else {
            None
        };
        seen.deliveries.push(ConnectionDelivery { delivery, hold });
    }
    Ok(Some(seen))
}

fn reason(code: &str) -> DbResult<Reason> {
    Reason::from_code(code).ok_or_else(|| DbError::corrupt("a reason", code))
}

pub(super) const TO_CLOSE: &str =
    "SELECT event, partner FROM sightings WHERE open = 1 AND accepted_at < ?1 ORDER BY accepted_at LIMIT ?2";

/// Tells partners whose events left the window without a delivery, and forgets what will not be delivered. Returns how
/// many of both.
pub(super) fn close_window(db: &Db, window: Timestamp, limit: usize) -> DbResult<usize> {
    let sql = format!("UPDATE sightings SET unrouted = ?3 WHERE (event, partner) IN ({TO_CLOSE})");
    let closed = change(db, &sql, (text(window), rows(limit), Reason::LeftWindowUnrouted.code()))?;
    let left = limit.max(1) - closed.min(limit.max(1));
    let forgotten = if left > 0 { missing::close_window(db, window, left)? } else { 0 };
    Ok(closed + forgotten)
}
