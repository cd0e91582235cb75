//! Connections: kept, read, changed by people.

use super::{
    audit, cursor,
    error::DbResult,
    notices, route_requests,
    rows::{all, change, document, first, rows_and_one, text, to_json},
    seats,
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    connection::{Connection, ConnectionChange},
    ids::{ConnectionId, PartnerId},
    ports::{Actor, ChangeError, RouteReach, RouteScope},
    reason::Reason,
    trouble::Trouble,
};
use psa_connector::{Page, TenantIdentity};
use rusqlite::{Connection as Db, named_params};

const ALL: &str = "connections";
const TROUBLED: &str = "troubled connections";

/// Keeps a new connection, unless the partner has one to the same tenant.
pub(super) fn create(db: &Db, connection: &Connection, actor: &Actor) -> DbResult<bool> {
    const SQL: &str = "
        INSERT INTO connections (id, partner, tenant, created_at, confirmed, revoked, hold, canary_at, not_before, doc)
        VALUES (:id, :partner, :tenant, :created_at, :confirmed, :revoked, :hold, :canary_at, :not_before, :doc)
        ON CONFLICT DO NOTHING";
    if write(db, SQL, connection)? == 0 {
        return Ok(false);
    }
    change(db, "INSERT INTO leases (connection) VALUES (?1)", [connection.id.as_str()])?;
    audit::write(db, &lines::connection_created(connection, actor))?;
    Ok(true)
}

/// Replaces what is kept of a connection.
pub(super) fn save(db: &Db, connection: &Connection) -> DbResult<()> {
    const SQL: &str = "
        UPDATE connections
        SET partner = :partner, tenant = :tenant, created_at = :created_at, confirmed = :confirmed,
            revoked = :revoked, hold = :hold, canary_at = :canary_at, not_before = :not_before, doc = :doc
        WHERE id = :id";
    write(db, SQL, connection).map(drop)
}

fn write(db: &Db, sql: &str, connection: &Connection) -> DbResult<usize> {
    // Nobody looks whether an outage is over where a person wants no calls at all.
    let looked_at = connection.paused.is_none() && connection.revoked_at.is_none();
    let canary_at =
        connection.suspended.as_ref().filter(|_| looked_at).and_then(|suspended| suspended.canary_at);
    change(
        db,
        sql,
        named_params! {
            ":id": connection.id.as_str(),
            ":partner": connection.partner.as_str(),
            ":tenant": tenant_key(&connection.tenant)?,
            ":created_at": text(connection.created_at),
            ":confirmed": connection.confirmed_at.is_some(),
            ":revoked": connection.revoked_at.is_some(),
            ":hold": connection.hold().map(Reason::code),
            ":canary_at": canary_at.map(text),
            ":not_before": connection.not_before.map(text),
            ":doc": to_json(connection)?,
        },
    )
}

/// What is the same for the same database, whatever it is called.
fn tenant_key(tenant: &TenantIdentity) -> DbResult<String> {
    to_json(&(tenant.psa, &tenant.key))
}

/// A connection, whoever's.
pub(super) fn load(db: &Db, id: &ConnectionId) -> DbResult<Option<Connection>> {
    first(db, "SELECT doc FROM connections WHERE id = ?1", [id.as_str()], |row| document(row, 0))
}

/// A connection of the partner.
pub(super) fn of_partner(db: &Db, partner: &PartnerId, id: &ConnectionId) -> DbResult<Option<Connection>> {
    Ok(load(db, id)?.filter(|connection| connection.partner == *partner))
}

/// The partner's connections that are not revoked.
pub(super) fn list(db: &Db, partner: &PartnerId) -> DbResult<Vec<Connection>> {
    const SQL: &str =
        "SELECT doc FROM connections WHERE partner = ?1 AND revoked = 0 ORDER BY created_at, id";
    all(db, SQL, [partner.as_str()], |row| document(row, 0))
}

/// Everybody's connections that are not revoked.
pub(super) fn list_all(db: &Db, after: Option<&str>, limit: usize) -> DbResult<Page<Connection>> {
    const SQL: &str = "SELECT id, doc FROM connections WHERE id > ?1 AND revoked = 0 ORDER BY id LIMIT ?2";
    let after = cursor::id(ALL, after)?;
    let found =
        all(db, SQL, (after, rows_and_one(limit)), |row| Ok((row.get::<_, String>(0)?, document(row, 1)?)))?;
    cursor::page(found, limit, |id| cursor::encode(ALL, &[id]))
}

/// Everybody's connections that have one of these troubles. Which have it is the domain's to tell, so all are looked at
/// until the page is full: connections are few beside what goes through them.
pub(super) fn list_troubled(
    db: &Db,
    any_of: &[Trouble],
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<Connection>> {
    const SQL: &str = "
        SELECT c.id, c.doc, EXISTS (SELECT 1 FROM deliveries d WHERE d.connection = c.id AND d.unfinished = 1)
        FROM connections c WHERE c.id > ?1 AND c.revoked = 0 ORDER BY c.id";
    let mut statement = db.prepare_cached(SQL)?;
    let mut rows = statement.query([cursor::id(TROUBLED, after)?])?;
    let mut found = Vec::new();
    while found.len() <= limit.max(1)
        && let Some(row) = rows.next()?
    {
        let (connection, has_unfinished): (Connection, bool) = (document(row, 1)?, row.get(2)?);
        if any_of.iter().any(|trouble| trouble.is_of(&connection, has_unfinished)) {
            found.push((row.get::<_, String>(0)?, connection));
        }
    }
    cursor::page(found, limit, |id| cursor::encode(TROUBLED, &[id]))
}

/// Applies a change that a person made.
pub(super) fn apply(
    db: &Db,
    partner: &PartnerId,
    id: &ConnectionId,
    change: &ConnectionChange,
    actor: &Actor,
    now: Timestamp,
) -> Result<Connection, ChangeError> {
    let Some(before) = of_partner(db, partner, id)? else { return Err(ChangeError::NotFound) };
    let mut after = before.clone();
    after.apply(change.clone(), now)?;
    save(db, &after)?;
    audit::write(db, &lines::connection_changed(change, &before, &after, actor, now))?;
    notices::connection_changed(db, &before, &after, now)?;
    seats::connection_changed(db, &before, &after, now)?;
    if *change == ConnectionChange::Confirmed {
        route_requests::ask(db, &RouteScope::Connection(id.clone()), RouteReach::Missing, now)?;
    }
    Ok(after)
}
