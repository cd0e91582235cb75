//! Deliveries: kept, read, and changed by the domain's state machine alone.

use super::{
    error::DbResult,
    mappings, missing, notices, route_requests,
    rows::{all, change, document, first, text, time, to_json, to_number},
};
use psa_bridge_core::{
    delivery::{Delivery, DeliveryState},
    ids::{ConnectionId, EventId, PartnerId},
    ports::{Counters, RouteReach, RouteScope},
    reason::Reason,
};
use rusqlite::{Connection as Db, named_params};

/// What routing has to know of a delivery that is there.
#[derive(Debug)]
pub(super) struct Existing {
    pub(super) connection: String,
    pub(super) partner: String,
    pub(super) unmapped: bool,
}

/// Keeps a new delivery.
pub(super) fn insert(db: &Db, delivery: &Delivery) -> DbResult<()> {
    const SQL: &str = "
        INSERT INTO deliveries (event, connection, partner, organization, topic, resolves, event_time, accepted_at,
                                state, reason, due_at, finished_at, version, doc)
        VALUES (:event, :connection, :partner, :organization, :topic, :resolves, :event_time, :accepted_at,
                :state, :reason, :due_at, :finished_at, :version, :doc)";
    write(db, SQL, delivery)
}

/// Replaces a delivery.
pub(super) fn save(db: &Db, delivery: &Delivery) -> DbResult<()> {
    const SQL: &str = "
        UPDATE deliveries
        SET partner = :partner, organization = :organization, topic = :topic, resolves = :resolves,
            event_time = :event_time, accepted_at = :accepted_at, state = :state, reason = :reason, due_at = :due_at, finished_at = :finished_at, version = :version,
            doc = :doc
        WHERE event = :event AND connection = :connection";
    write(db, SQL, delivery)?;
    if end_of(&delivery.state) == Some(Reason::Unmapped) { missing_again(db, delivery) } else { Ok(()) }
}

/// What ended as unmapped is worked once there is a mapping. One may have been made since the worker looked, and its
/// request be finished: then nobody else would ask again.
fn missing_again(db: &Db, delivery: &Delivery) -> DbResult<()> {
    missing::note_unmapped(db, delivery)?;
    if mappings::load(db, &delivery.connection, &delivery.organization)?.is_some() {
        let at = delivery.timeline.last().map_or(delivery.accepted_at, |last| last.at);
        let scope = RouteScope::Organization(delivery.organization.clone());
        route_requests::ask(db, &scope, RouteReach::Missing, at)?;
    }
    Ok(())
}

fn write(db: &Db, sql: &str, delivery: &Delivery) -> DbResult<()> {
    let finished_at = delivery
        .timeline
        .last()
        .filter(|_| !delivery.is_unfinished())
        .map_or(delivery.accepted_at, |last| last.at);
    let parameters = named_params! {
        ":event": delivery.event.as_str(),
        ":connection": delivery.connection.as_str(),
        ":partner": delivery.partner.as_str(),
        ":organization": delivery.organization.as_str(),
        ":topic": delivery.topic.as_str(),
        ":resolves": delivery.resolves,
        ":event_time": text(delivery.event_time),
        ":accepted_at": text(delivery.accepted_at),
        ":state": state_name(&delivery.state),
        ":reason": end_of(&delivery.state).map(Reason::code),
        ":due_at": text(delivery.due_at),
        ":finished_at": (!delivery.is_unfinished()).then(|| text(finished_at)),
        ":version": to_number(delivery.version)?,
        ":doc": to_json(delivery)?,
    };
    change(db, sql, parameters)?;
    // Whoever keeps a delivery as ended has just ended it: nothing but a new beginning changes it any more.
    match end_of(&delivery.state) {
        Some(_) => notices::delivery_kept(db, delivery, finished_at),
        None => Ok(()),
    }
}

/// The name of a state, as in filters.
fn state_name(state: &DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Attempting(_) => "attempting",
        DeliveryState::Settling(_) => "settling",
        DeliveryState::Done { .. } => "done",
        DeliveryState::Ended { .. } => "ended",
    }
}

fn end_of(state: &DeliveryState) -> Option<Reason> {
    match state {
        DeliveryState::Ended { reason } => Some(*reason),
        _ => None,
    }
}

/// The delivery of an event to a connection.
pub(super) fn load(db: &Db, event: &EventId, connection: &str) -> DbResult<Option<Delivery>> {
    const SQL: &str = "SELECT doc FROM deliveries WHERE event = ?1 AND connection = ?2";
    first(db, SQL, [event.as_str(), connection], |row| document(row, 0))
}

/// An event's deliveries.
pub(super) fn of_event(db: &Db, event: &EventId) -> DbResult<Vec<Existing>> {
    const SQL: &str = "SELECT connection, partner, coalesce(reason = ?2, 0) FROM deliveries WHERE event = ?1";
    all(db, SQL, [event.as_str(), Reason::Unmapped.code()], |row| {
        Ok(Existing { connection: row.get(0)?, partner: row.get(1)?, unmapped: row.get(2)? })
    })
}

/// A partner's deliveries of an event.
pub(super) fn of_partner(db: &Db, event: &EventId, partner: &PartnerId) -> DbResult<Vec<Delivery>> {
    const SQL: &str = "SELECT doc FROM deliveries WHERE event = ?1 AND partner = ?2 ORDER BY connection";
    all(db, SQL, [event.as_str(), partner.as_str()], |row| document(row, 0))
}

/// Connections that still have to work the event.
pub(super) fn unfinished_of_event(db: &Db, event: &EventId) -> DbResult<Vec<ConnectionId>> {
    const SQL: &str =
        "SELECT connection FROM deliveries WHERE event = ?1 AND unfinished = 1 ORDER BY connection";
    all(db, SQL, [event.as_str()], |row| connection_id(&row.get::<_, String>(0)?))
}

/// An id as it was kept.
pub(super) fn connection_id(text: &str) -> DbResult<ConnectionId> {
    text.parse().map_err(|error| super::error::DbError::corrupt("the id of a connection", error))
}

/// The counters that triggers keep, and one jump into the unfinished.
pub(super) const COUNT: &str = "
    SELECT unfinished, done, ended,
           (SELECT min(d.event_time) FROM deliveries d WHERE d.connection = c.connection AND d.unfinished = 1)
    FROM delivery_counters c WHERE c.connection = ?1";

/// How many of a connection stand where.
pub(super) fn count(db: &Db, connection: &ConnectionId) -> DbResult<Counters> {
    let counters = first(db, COUNT, [connection.as_str()], |row| {
        let counter = super::rows::counter;
        let oldest: Option<String> = row.get(3)?;
        Ok(Counters {
            unfinished: counter(row, 0)?,
            done: counter(row, 1)?,
            ended: counter(row, 2)?,
            oldest_unfinished: oldest.as_deref().map(time).transpose()?,
        })
    })?;
    Ok(counters.unwrap_or_default())
}
