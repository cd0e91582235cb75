//! The audit: one line a change that people made, in the step that makes it. Lines are short and never hold a secret.

use super::{
    connection_action::ConnectionAction,
    cursor,
    error::DbResult,
    rows::{all, change, document, rows, rows_and_one, text, to_json},
};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::Connection,
    ids::{ConnectionId, EventId, PartnerId},
    mapping::Mapping,
    operation::Operation,
    organization::Organization,
    ports::{Actor, AuditEntry, AuditFilter, RejectedRecord, Replay, RetryWish, SeatWish},
    reason::Reason,
};
use psa_connector::Page;
use rusqlite::{Connection as Db, Row};
use serde_json::{Value, json};

const LIST: &str = "audit";
/// In place of a partner: what the vendor's side changed across partners. No partner's id is empty.
pub(super) const OPERATOR: &str = "";

pub(super) fn connection_created(db: &Db, connection: &Connection, actor: &Actor) -> DbResult<()> {
    let tenant = json!({ "psa": connection.psa, "tenant": connection.tenant.name });
    let entry = AuditEntry {
        connection: Some(connection.id.clone()),
        after: Some(tenant),
        ..line(actor, "connection.created", connection.created_at)
    };
    write(db, connection.partner.as_str(), &entry)
}

pub(super) fn connection_changed(
    db: &Db,
    action: ConnectionAction,
    before: &Connection,
    after: &Connection,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let (was, is) = (action.part(before), action.part(after));
    let entry = AuditEntry {
        connection: Some(after.id.clone()),
        before: some(was),
        after: some(is),
        ..line(actor, action.name(), now)
    };
    write(db, after.partner.as_str(), &entry)
}

pub(super) fn backfill_asked(
    db: &Db,
    connection: &Connection,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let entry = AuditEntry {
        connection: Some(connection.id.clone()),
        after: Some(json!({ "requested_at": now })),
        ..line(actor, "connection.backfill_asked", now)
    };
    write(db, connection.partner.as_str(), &entry)
}

/// A line for the operator, with the chain, and one for each partner that has or had the organisation, which says what
/// that partner may know: never who else is in the chain.
pub(super) fn organization_changed(
    db: &Db,
    before: Option<&Organization>,
    after: Option<&Organization>,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let Some(either) = after.or(before) else { return Ok(()) };
    let chain = |of: Option<&Organization>| of.map_or_else(Vec::new, |of| of.chain.clone());
    let mut partners = [chain(before), chain(after)].concat();
    partners.sort();
    partners.dedup();
    let whole = |of: &Organization| json!({ "name": of.name, "chain": of.chain });
    let entry = AuditEntry {
        subject: Some(either.id.to_string()),
        before: before.map(whole),
        after: after.map(whole),
        ..line(actor, if after.is_some() { "organization.saved" } else { "organization.removed" }, now)
    };
    write(db, OPERATOR, &entry)?;
    for partner in partners {
        let part = |of: Option<&Organization>| {
            of.filter(|of| of.chain.contains(&partner)).map(|of| json!({ "name": of.name }))
        };
        let (was, is) = (part(before), part(after));
        if was == is {
            continue;
        }
        let action = if is.is_some() { "organization.saved" } else { "organization.removed" };
        let entry = AuditEntry {
            subject: Some(either.id.to_string()),
            before: was,
            after: is,
            ..line(actor, action, now)
        };
        write(db, partner.as_str(), &entry)?;
    }
    Ok(())
}

pub(super) fn mapping_changed(
    db: &Db,
    before: Option<&Mapping>,
    after: Option<&Mapping>,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let Some(either) = after.or(before) else { return Ok(()) };
    let part = |of: &Mapping| json!({ "client": of.client, "client_name": of.client_name, "license": of.license, "flow": of.flow });
    let entry = AuditEntry {
        connection: Some(either.connection.clone()),
        subject: Some(either.organization.to_string()),
        before: before.map(part),
        after: after.map(part),
        ..line(actor, if after.is_some() { "mapping.saved" } else { "mapping.deleted" }, now)
    };
    write(db, either.partner.as_str(), &entry)
}

pub(super) fn operation_created(db: &Db, operation: &Operation, actor: &Actor) -> DbResult<()> {
    let entry = AuditEntry {
        connection: Some(operation.connection.clone()),
        subject: Some(operation.id.to_string()),
        after: Some(json!({ "client": operation.client })),
        ..line(actor, "operation.created", operation.created_at)
    };
    write(db, operation.partner.as_str(), &entry)
}

pub(super) fn seats_wished(
    db: &Db,
    partner: &PartnerId,
    connection: &ConnectionId,
    wish: &SeatWish,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let told = wish.told();
    let entry = AuditEntry {
        connection: Some(connection.clone()),
        subject: told.subject,
        before: told.before,
        after: told.after,
        ..line(actor, told.action, now)
    };
    write(db, partner.as_str(), &entry)
}

pub(super) fn event_retried(
    db: &Db,
    partner: &PartnerId,
    event: &EventId,
    ended: &[(ConnectionId, Reason)],
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    let each = |what: &dyn Fn(Reason) -> Value| -> Value {
        ended.iter().map(|(connection, reason)| (connection.to_string(), what(*reason))).collect()
    };
    let entry = AuditEntry {
        connection: (ended.len() == 1).then(|| ended[0].0.clone()),
        subject: Some(event.to_string()),
        before: Some(each(&|reason| json!({ "state": "ended", "reason": reason }))),
        after: Some(each(&|_| json!({ "state": "waiting" }))),
        ..line(actor, "event.retried", now)
    };
    write(db, partner.as_str(), &entry)
}

/// One line a wish: the pages that are made of it at the same time add to the first one's.
pub(super) fn events_retried(
    db: &Db,
    partner: &PartnerId,
    wish: &RetryWish,
    retried: usize,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    const OF_NOW: &str = "SELECT number, doc FROM audit WHERE partner = ?1 AND at = ?2";
    let entry = |deliveries: u64| AuditEntry {
        connection: wish.connection.clone(),
        subject: wish.organization.as_ref().map(ToString::to_string),
        before: Some(json!({
            "state": "ended", "reason": wish.reason, "until": wish.until, "ended_before": wish.ended_before,
        })),
        after: Some(json!({ "state": "waiting", "deliveries": deliveries })),
        ..line(actor, "events.retried", now)
    };
    let retried = u64::try_from(retried).unwrap_or(u64::MAX);
    let of_now: Vec<(i64, AuditEntry)> =
        all(db, OF_NOW, (partner.as_str(), text(now)), |row| Ok((row.get(0)?, document(row, 1)?)))?;
    for (number, before) in of_now {
        let counted = before.after.as_ref().and_then(|after| after["deliveries"].as_u64());
        if let Some(counted) = counted.filter(|counted| before == entry(*counted)) {
            let sum = to_json(&entry(counted.saturating_add(retried)))?;
            return change(db, "UPDATE audit SET doc = ?2 WHERE number = ?1", (number, sum)).map(drop);
        }
    }
    write(db, partner.as_str(), &entry(retried))
}

/// Among the operator's lines. The input itself stays where it is kept.
pub(super) fn input_replayed(db: &Db, record: &RejectedRecord, replay: &Replay) -> DbResult<()> {
    let entry = AuditEntry {
        subject: Some(record.id.to_string()),
        before: Some(json!({ "code": record.input.code, "field": record.input.field })),
        after: Some(json!({ "events": replay.events, "corrected": replay.corrected })),
        ..line(&replay.by, "rejected.replayed", replay.at)
    };
    write(db, OPERATOR, &entry)
}

/// The lines of a partner, or of the operator.
pub(super) fn list(
    db: &Db,
    partner: &str,
    filter: &AuditFilter,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<AuditEntry>> {
    const EVERY: &str = "
        SELECT at, number, doc FROM audit
        WHERE partner = ?1 AND (at, number) < (?2, ?3) AND at >= ?4 AND at < ?5
        ORDER BY at DESC, number DESC LIMIT ?6";
    const OF_CONNECTION: &str = "
        SELECT at, number, doc FROM audit
        WHERE partner = ?1 AND connection = ?7 AND (at, number) < (?2, ?3) AND at >= ?4 AND at < ?5
        ORDER BY at DESC, number DESC LIMIT ?6";
    let (at, number) = cursor::time_and_number(LIST, after, (cursor::END, i64::MAX))?;
    let since = filter.since.map_or_else(String::new, text);
    let until = filter.until.map_or_else(|| cursor::END.to_owned(), text);
    let read = |row: &Row<'_>| Ok(((row.get::<_, String>(0)?, row.get::<_, i64>(1)?), document(row, 2)?));
    let rows = rows_and_one(limit);
    let found = match &filter.connection {
        None => all(db, EVERY, (partner, at, number, since, until, rows), read)?,
        Some(connection) => {
            let parameters = (partner, at, number, since, until, rows, connection.as_str());
            all(db, OF_CONNECTION, parameters, read)?
        }
    };
    cursor::page(found, limit, |(at, number)| cursor::encode(LIST, &[at, &number.to_string()]))
}

/// Deletes the oldest lines. Returns how many.
pub(super) fn expire(db: &Db, before: Timestamp, limit: usize) -> DbResult<usize> {
    const SQL: &str = "
        DELETE FROM audit
        WHERE number IN (SELECT number FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)";
    change(db, SQL, (text(before), rows(limit)))
}

fn line(actor: &Actor, action: &str, at: Timestamp) -> AuditEntry {
    AuditEntry {
        at,
        actor: actor.clone(),
        action: action.to_owned(),
        connection: None,
        subject: None,
        before: None,
        after: None,
    }
}

fn some(value: Value) -> Option<Value> {
    (!value.is_null()).then_some(value)
}

fn write(db: &Db, partner: &str, entry: &AuditEntry) -> DbResult<()> {
    const SQL: &str = "INSERT INTO audit (partner, at, doc) VALUES (?1, ?2, ?3)";
    change(db, SQL, (partner, text(entry.at), to_json(entry)?)).map(drop)
}
