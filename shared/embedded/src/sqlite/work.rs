//! What a worker does under a lease: take deliveries, move them, and change what it found out about the connection.

use super::{
    connections, deliveries,
    error::DbResult,
    leases, life_cycle, notices, operations,
    rows::{all, document, first, optional_document, rows, text, time},
};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    delivery::{Change, Delivery},
    ids::{ConnectionId, EventId},
    operation::Operation,
    ports::{AdvanceError, Lease, Step, WorkItem},
};
use rusqlite::Connection as Db;

pub(super) const UNFINISHED: &str = "
    SELECT d.doc, e.doc, o.name, m.doc, s.doc,
           EXISTS (SELECT 1 FROM deliveries r
                   WHERE r.connection = d.connection AND r.topic = d.topic AND r.unfinished = 1 AND r.resolves = 1
                     AND r.event_time >= d.event_time AND r.event <> d.event)
    FROM deliveries d
    CROSS JOIN events e ON e.id = d.event
    LEFT JOIN organizations o ON o.id = d.organization
    LEFT JOIN mappings m ON m.connection = d.connection AND m.organization = d.organization
        AND EXISTS (SELECT 1 FROM organization_chain c WHERE c.partner = d.partner AND c.organization = d.organization)
    LEFT JOIN storms s ON s.connection = d.connection AND s.organization = d.organization
    WHERE d.connection = ?1 AND d.unfinished = 1 AND (d.event_time, d.event) > (?2, ?3)
    ORDER BY d.event_time, d.event LIMIT ?4";

pub(super) const NEXT_DUE: &str = "
    SELECT min(due_at) FROM (
        SELECT min(due_at) AS due_at FROM deliveries WHERE connection = ?1 AND unfinished = 1
        UNION ALL
        SELECT min(due_at) FROM operations WHERE connection = ?1 AND open = 1
        UNION ALL
        SELECT min(due_at) FROM seat_lines WHERE connection = ?1 AND due_at IS NOT NULL
            AND EXISTS (SELECT 1 FROM connections WHERE id = ?1 AND hold IS NULL))";

/// Unfinished deliveries in the order of work.
pub(super) fn unfinished(
    db: &Db,
    connection: &ConnectionId,
    after: Option<&(Timestamp, EventId)>,
    limit: usize,
) -> DbResult<Vec<WorkItem>> {
    let (event_time, event) =
        after.map_or((String::new(), ""), |(time, event)| (text(*time), event.as_str()));
    all(db, UNFINISHED, (connection.as_str(), event_time, event, rows(limit)), |row| {
        let delivery = document(row, 0)?;
        let event = document(row, 1)?;
        let mapping = optional_document(row, 3)?;
        let record = match WorkItem::fingerprint(&delivery, &event, mapping.as_ref()) {
            Some(fingerprint) => life_cycle::record(db, connection, &fingerprint)?,
            None => None,
        };
        Ok(WorkItem {
            delivery,
            event,
            organization_name: row.get(2)?,
            mapping,
            record,
            storm: optional_document(row, 4)?,
            resolve_waits: row.get(5)?,
        })
    })
}

pub(super) const OPEN_ATTEMPTS: &str =
    "SELECT doc FROM deliveries WHERE connection = ?1 AND state IN ('attempting', 'settling')";

/// Deliveries whose request is, or may be, under way.
pub(super) fn open_attempts(db: &Db, connection: &ConnectionId) -> DbResult<Vec<Delivery>> {
    all(db, OPEN_ATTEMPTS, [connection.as_str()], |row| document(row, 0))
}

/// When the earliest unfinished delivery, operation or seat line is due.
pub(super) fn next_due(db: &Db, connection: &ConnectionId) -> DbResult<Option<Timestamp>> {
    let due: Option<Option<String>> = first(db, NEXT_DUE, [connection.as_str()], |row| Ok(row.get(0)?))?;
    due.flatten().as_deref().map(time).transpose()
}

/// Moves deliveries; what it returns without an error is all of it.
pub(super) fn advance(
    db: &Db,
    lease: &Lease,
    steps: Vec<Step>,
    now: Timestamp,
) -> Result<Vec<Delivery>, AdvanceError> {
    hold(db, lease)?;
    let mut advanced = Vec::with_capacity(steps.len());
    for step in steps {
        if let Change::AttemptStarted(attempt) = &step.change {
            may_start(db, lease, attempt.generation)?;
        }
        let Some(mut delivery) = deliveries::load(db, &step.event, lease.connection.as_str())? else {
            return Err(AdvanceError::Conflict);
        };
        if delivery.version != step.version {
            return Err(AdvanceError::Conflict);
        }
        delivery.apply(step.change, now)?;
        deliveries::save(db, &delivery)?;
        life_cycle::remember(db, &lease.connection, step.record.as_ref(), step.storm.as_ref(), now)?;
        advanced.push(delivery);
    }
    Ok(advanced)
}

/// No call may begin once something holds the connection, or with credentials that were replaced.
pub(super) fn may_start(db: &Db, lease: &Lease, generation: u32) -> Result<(), AdvanceError> {
    let connection = connections::load(db, &lease.connection)?;
    let ready = connection
        .is_some_and(|connection| connection.hold().is_none() && connection.generation == generation);
    if ready { Ok(()) } else { Err(AdvanceError::LeaseLost) }
}

/// Changes the leased connection.
pub(super) fn change_leased(
    db: &Db,
    lease: &Lease,
    change: ConnectionChange,
    now: Timestamp,
) -> Result<Connection, AdvanceError> {
    hold(db, lease)?;
    let Some(before) = connections::load(db, &lease.connection)? else {
        return Err(AdvanceError::LeaseLost);
    };
    let mut after = before.clone();
    after.apply(change, now)?;
    connections::save(db, &after)?;
    notices::connection_changed(db, &before, &after, now)?;
    Ok(after)
}

/// Replaces an operation.
pub(super) fn save_operation(db: &Db, lease: &Lease, operation: &Operation) -> Result<(), AdvanceError> {
    hold(db, lease)?;
    if operation.connection == lease.connection && operations::replace(db, operation)? {
        Ok(())
    } else {
        Err(AdvanceError::Conflict)
    }
}

pub(super) fn hold(db: &Db, lease: &Lease) -> Result<(), AdvanceError> {
    if leases::is_held(db, lease)? { Ok(()) } else { Err(AdvanceError::LeaseLost) }
}
