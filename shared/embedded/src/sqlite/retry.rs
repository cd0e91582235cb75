//! Trying deliveries again that ended over the PSA: those of one event, or all that ended for one reason.

use super::{
    audit, connections, cursor, deliveries,
    error::{DbError, DbResult},
    events,
    rows::{all, document, rows, text},
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    delivery::{Change, Delivery, DeliveryState},
    ids::{ConnectionId, EventId, OrganizationId, PartnerId},
    ports::{Actor, ConnectionDelivery, Retried, RetryPage, RetryWish},
};
use rusqlite::{Connection as Db, named_params};

const LIST: &str = "retry";

/// Sets the partner's deliveries of an event that ended retryably to work again.
pub(super) fn of_event(
    db: &Db,
    partner: &PartnerId,
    id: &EventId,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<Retried> {
    let Some(seen) = events::view(db, partner, id)? else { return Ok(Retried::NotFound) };
    let mut ring = Vec::new();
    let mut ended = Vec::new();
    for ConnectionDelivery { mut delivery, .. } in seen.deliveries {
        let reason = match &delivery.state {
            DeliveryState::Ended { reason } if reason.is_retryable() => *reason,
            _ => continue,
        };
        if is_revoked(db, &delivery.connection)? {
            continue;
        }
        start_over(db, &mut delivery, actor, now)?;
        ended.push((delivery.connection.clone(), reason));
        ring.push(delivery.connection);
    }
    if ring.is_empty() {
        return Ok(Retried::NothingToRetry);
    }
    audit::write(db, &lines::event_retried(partner, id, &ended, actor, now))?;
    Ok(Retried::Ring(ring))
}

/// Runs along the index of the reason, in order of acceptance. What was retried is no longer in it.
pub(super) const OF_REASON: &str = "
    SELECT d.accepted_at, d.event, d.doc
    FROM deliveries d
    CROSS JOIN connections c ON c.id = d.connection
    CROSS JOIN sightings s ON s.event = d.event AND s.partner = d.partner
    WHERE d.partner = :partner AND d.reason = :reason AND (d.accepted_at, d.event) >= (:time, :event)
      AND d.finished_at < :ended_before AND c.revoked = 0
      AND (:until IS NULL OR d.accepted_at < :until)
      AND (:connection IS NULL OR d.connection = :connection)
      AND (:organization IS NULL OR d.organization = :organization)
    ORDER BY d.accepted_at, d.event LIMIT :limit";

/// Sets a page of what a partner wishes to work again.
pub(super) fn of_reason(
    db: &Db,
    partner: &PartnerId,
    wish: &RetryWish,
    after: Option<&str>,
    limit: usize,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<RetryPage> {
    let [time, event] = cursor::time_and_id(LIST, after, ["", ""])?;
    if !wish.reason.is_retryable() {
        return Ok(RetryPage::default());
    }
    let parameters = named_params! {
        ":partner": partner.as_str(),
        ":reason": wish.reason.code(),
        ":time": time,
        ":event": event,
        ":ended_before": text(wish.ended_before),
        ":until": wish.until.map(text),
        ":connection": wish.connection.as_ref().map(ConnectionId::as_str),
        ":organization": wish.organization.as_ref().map(OrganizationId::as_str),
        ":limit": rows(limit),
    };
    let found: Vec<(String, String, Delivery)> =
        all(db, OF_REASON, parameters, |row| Ok((row.get(0)?, row.get(1)?, document(row, 2)?)))?;
    let is_full = found.len() >= limit.max(1);
    let mut page = RetryPage { retried: found.len(), ..RetryPage::default() };
    for (time, event, mut delivery) in found {
        start_over(db, &mut delivery, actor, now)?;
        // The next page begins here, since the event may have another delivery.
        page.next = if is_full { Some(cursor::encode(LIST, &[&time, &event])?) } else { None };
        page.ring.push(delivery.connection);
    }
    page.ring.sort();
    page.ring.dedup();
    if page.retried > 0 {
        audit::events_retried(db, partner, wish, page.retried, actor, now)?;
    }
    Ok(page)
}

fn start_over(db: &Db, delivery: &mut Delivery, actor: &Actor, now: Timestamp) -> DbResult<()> {
    let change = Change::Retried { by: actor.0.clone() };
    delivery.apply(change, now).map_err(|error| DbError::corrupt("a delivery", error))?;
    deliveries::save(db, delivery)
}

fn is_revoked(db: &Db, connection: &ConnectionId) -> DbResult<bool> {
    Ok(connections::load(db, connection)?.is_none_or(|connection| connection.revoked_at.is_some()))
}
