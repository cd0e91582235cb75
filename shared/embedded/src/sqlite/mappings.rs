//! Mappings of organisations onto clients. One whose partner left the organisation's chain is kept and shown to nobody,
//! so that a slip of the registry, once mended, has cost nothing.

use super::{
    audit, connections, cursor,
    error::DbResult,
    missing, organizations, route_requests,
    rows::{all, change, document, first, rows_and_one, to_json},
    seats,
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    ports::{Actor, MappingChange, PutMapping, RouteReach, RouteScope},
};
use psa_connector::{ClientId, Page};
use rusqlite::Connection as Db;

const LIST: &str = "mappings";

/// One mapping.
pub(super) fn load(
    db: &Db,
    connection: &ConnectionId,
    organization: &OrganizationId,
) -> DbResult<Option<Mapping>> {
    let kept = kept(db, connection, organization)?;
    Ok(match kept {
        Some(mapping) if organizations::is_owned_by(db, organization, &mapping.partner)? => Some(mapping),
        _ => None,
    })
}

fn kept(db: &Db, connection: &ConnectionId, organization: &OrganizationId) -> DbResult<Option<Mapping>> {
    const SQL: &str = "SELECT doc FROM mappings WHERE connection = ?1 AND organization = ?2";
    first(db, SQL, [connection.as_str(), organization.as_str()], |row| document(row, 0))
}

/// A connection's mappings.
pub(super) fn list(
    db: &Db,
    connection: &ConnectionId,
    health: Option<MappingHealth>,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<Mapping>> {
    const EVERY: &str = "
        SELECT m.organization, m.doc FROM mappings m JOIN connections c ON c.id = m.connection
        WHERE m.connection = ?1 AND m.organization > ?2
          AND EXISTS (SELECT 1 FROM organization_chain o WHERE o.partner = c.partner AND o.organization = m.organization)
        ORDER BY m.organization LIMIT ?3";
    const OF_HEALTH: &str = "
        SELECT m.organization, m.doc FROM mappings m JOIN connections c ON c.id = m.connection
        WHERE m.connection = ?1 AND m.organization > ?2 AND m.health = ?4
          AND EXISTS (SELECT 1 FROM organization_chain o WHERE o.partner = c.partner AND o.organization = m.organization)
        ORDER BY m.organization LIMIT ?3";
    let (connection, after, rows) = (connection.as_str(), cursor::id(LIST, after)?, rows_and_one(limit));
    let make = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, document(row, 1)?));
    let found = match health {
        None => all(db, EVERY, (connection, after, rows), make)?,
        Some(health) => all(db, OF_HEALTH, (connection, after, rows, name(health)), make)?,
    };
    cursor::page(found, limit, |id| cursor::encode(LIST, &[id]))
}

/// Maps an organisation, or changes its mapping.
pub(super) fn put(
    db: &Db,
    partner: &PartnerId,
    connection: &ConnectionId,
    wish: &PutMapping,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<MappingChange> {
    let usable = connections::of_partner(db, partner, connection)?.filter(|found| found.revoked_at.is_none());
    let Some(usable) = usable else { return Ok(MappingChange::NoConnection) };
    if !organizations::is_owned_by(db, &wish.organization, partner)? {
        return Ok(MappingChange::NoOrganization);
    }
    let mapping = Mapping {
        connection: connection.clone(),
        partner: partner.clone(),
        organization: wish.organization.clone(),
        client: wish.client.clone(),
        client_name: wish.client_name.clone(),
        license: wish.license.clone(),
        flow: wish.flow,
        health: MappingHealth::Ok,
        updated_at: now,
    };
    let before = kept(db, connection, &wish.organization)?;
    write(db, &mapping)?;
    audit::write_all(db, lines::mapping_changed(before.as_ref(), Some(&mapping), actor, now).as_slice())?;
    // Mapped for the first time: none of the events before has a record that it misses a delivery here.
    let is_first = missing::begin_noting(db, &wish.organization, connection)?;
    let reach = if is_first { RouteReach::All } else { RouteReach::Missing };
    route_requests::ask(db, &RouteScope::Organization(wish.organization.clone()), reach, now)?;
    seats::mapped(db, &usable, &wish.organization, now)?;
    Ok(MappingChange::Saved(mapping))
}

/// Removes a mapping of the partner.
pub(super) fn delete(
    db: &Db,
    partner: &PartnerId,
    connection: &ConnectionId,
    organization: &OrganizationId,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<bool> {
    const SQL: &str = "DELETE FROM mappings WHERE connection = ?1 AND organization = ?2";
    let Some(before) = load(db, connection, organization)?.filter(|mapping| mapping.partner == *partner)
    else {
        return Ok(false);
    };
    change(db, SQL, [connection.as_str(), organization.as_str()])?;
    audit::write_all(db, lines::mapping_changed(Some(&before), None, actor, now).as_slice())?;
    if let Some(found) = connections::load(db, connection)? {
        seats::mapped(db, &found, organization, now)?;
    }
    Ok(true)
}

/// Tells each partner that the mappings of an organisation go with it.
pub(super) fn audit_loss(
    db: &Db,
    organization: &OrganizationId,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<()> {
    const SQL: &str = "SELECT doc FROM mappings WHERE organization = ?1 ORDER BY connection";
    for lost in all(db, SQL, [organization.as_str()], |row| document::<Mapping>(row, 0))? {
        audit::write_all(db, lines::mapping_changed(Some(&lost), None, actor, now).as_slice())?;
    }
    Ok(())
}

/// Notes what became of the client, if it is still the mapped one.
pub(super) fn set_health(
    db: &Db,
    connection: &ConnectionId,
    organization: &OrganizationId,
    client: &ClientId,
    health: MappingHealth,
) -> DbResult<()> {
    let Some(mapping) = kept(db, connection, organization)?.filter(|mapping| mapping.client == *client)
    else {
        return Ok(());
    };
    write(db, &Mapping { health, ..mapping })
}

fn write(db: &Db, mapping: &Mapping) -> DbResult<()> {
    const SQL: &str = "
        INSERT INTO mappings (connection, organization, health, doc) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (connection, organization) DO UPDATE SET health = excluded.health, doc = excluded.doc";
    let parameters =
        (mapping.connection.as_str(), mapping.organization.as_str(), name(mapping.health), to_json(mapping)?);
    change(db, SQL, parameters).map(drop)
}

fn name(health: MappingHealth) -> &'static str {
    match health {
        MappingHealth::Ok => "ok",
        MappingHealth::Renamed => "renamed",
        MappingHealth::Inactive => "inactive",
        MappingHealth::Missing => "missing",
    }
}
