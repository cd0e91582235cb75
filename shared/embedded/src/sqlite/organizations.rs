//! The registry of organisations.

use super::{
    audit, cursor,
    error::DbResult,
    mappings, route_requests,
    rows::{all, change, document, first, rows_and_one, to_json},
    seats,
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    event::Event,
    ids::{OrganizationId, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::{Actor, RouteReach, RouteScope},
};
use psa_connector::Page;
use rusqlite::Connection as Db;

const LIST: &str = "organizations";

/// One organisation.
pub(super) fn load(db: &Db, id: &OrganizationId) -> DbResult<Option<Organization>> {
    first(db, "SELECT doc FROM organizations WHERE id = ?1", [id.as_str()], |row| document(row, 0))
}

/// Whether the partner is in the organisation's chain.
pub(super) fn is_owned_by(db: &Db, id: &OrganizationId, partner: &PartnerId) -> DbResult<bool> {
    const SQL: &str = "SELECT 1 FROM organization_chain WHERE partner = ?1 AND organization = ?2";
    Ok(first(db, SQL, [partner.as_str(), id.as_str()], |_| Ok(()))?.is_some())
}

/// Organisations in whose chain the partner is.
pub(super) fn list(
    db: &Db,
    partner: &PartnerId,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<Organization>> {
    const SQL: &str = "
        SELECT c.organization, o.doc
        FROM organization_chain c JOIN organizations o ON o.id = c.organization
        WHERE c.partner = ?1 AND c.organization > ?2
        ORDER BY c.organization LIMIT ?3";
    let after = cursor::id(LIST, after)?;
    let found = all(db, SQL, (partner.as_str(), after, rows_and_one(limit)), |row| {
        Ok((row.get::<_, String>(0)?, document(row, 1)?))
    })?;
    cursor::page(found, limit, |id| cursor::encode(LIST, &[id]))
}

/// Registers or changes an organisation as the vendor says; returns what it was.
pub(super) fn put(db: &Db, organization: &Organization, actor: &Actor) -> DbResult<Option<Organization>> {
    let before = load(db, &organization.id)?;
    write(db, organization)?;
    let now = organization.updated_at;
    audit::write_all(db, &lines::organization_changed(before.as_ref(), Some(organization), actor, now))?;
    // A vendor that registers all of its organisations every night must not have all of their events looked at.
    if before.as_ref().is_none_or(|before| before.chain != organization.chain) {
        ask_for_all(db, &organization.id, now)?;
        seats::chain_changed(db, before.as_ref(), organization, now)?;
    }
    Ok(before)
}

/// Removes an organisation, and by the schema its chain and its mappings.
pub(super) fn delete(db: &Db, id: &OrganizationId, actor: &Actor, now: Timestamp) -> DbResult<bool> {
    let Some(before) = load(db, id)? else { return Ok(false) };
    mappings::audit_loss(db, id, actor, now)?;
    change(db, "DELETE FROM organizations WHERE id = ?1", [id.as_str()])?;
    audit::write_all(db, &lines::organization_changed(Some(&before), None, actor, now))?;
    ask_for_all(db, id, now)?;
    Ok(true)
}

/// The event's organisation; registered by the event where it is not known and the event names its chain.
pub(super) fn of_event(db: &Db, event: &Event, now: Timestamp) -> DbResult<Option<Organization>> {
    if let Some(known) = load(db, &event.organization)? {
        return Ok(Some(known));
    }
    let Some(chain) = event.partners.clone().filter(|chain| !chain.is_empty()) else { return Ok(None) };
    let organization = Organization {
        id: event.organization.clone(),
        name: event.organization_name.clone(),
        chain,
        registered_by: RegisteredBy::Event,
        updated_at: now,
    };
    write(db, &organization)?;
    // Earlier events of it may have named no chain.
    ask_for_all(db, &organization.id, now)?;
    tracing::info!(organization = %organization.id, event = %event.id, "Organisation registered by an event");
    Ok(Some(organization))
}

/// Who sees the organisation's events changed, which concerns all of them.
fn ask_for_all(db: &Db, id: &OrganizationId, now: Timestamp) -> DbResult<()> {
    route_requests::ask(db, &RouteScope::Organization(id.clone()), RouteReach::All, now)
}

fn write(db: &Db, organization: &Organization) -> DbResult<()> {
    const SAVE: &str = "
        INSERT INTO organizations (id, name, doc) VALUES (?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc";
    const CHAIN: &str = "INSERT OR IGNORE INTO organization_chain (partner, organization) VALUES (?1, ?2)";
    let id = organization.id.as_str();
    change(db, SAVE, (id, &organization.name, to_json(organization)?))?;
    change(db, "DELETE FROM organization_chain WHERE organization = ?1", [id])?;
    for partner in &organization.chain {
        change(db, CHAIN, [partner.as_str(), id])?;
    }
    Ok(())
}
