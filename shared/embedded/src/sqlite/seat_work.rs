//! Changes of seat lines: a worker's under its lease, and people's wishes.

use super::{
    audit, connections, cursor,
    error::{DbError, DbResult},
    mappings, organizations,
    rows::{all, change, document, rows, rows_and_one, text, to_json},
    seats,
    work::{hold, may_start},
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::Mapping,
    ports::{Actor, AdvanceError, HistoryLine, Lease, SeatStep, SeatWish, SeatWishError},
    seats::{LineChange, SeatEntry, SeatLine},
};
use psa_connector::Page;
use rusqlite::{Connection as Db, Row};

const HISTORY: &str = "seat history";

/// Makes a worker's change.
pub(super) fn advance(
    db: &Db,
    lease: &Lease,
    step: SeatStep,
    now: Timestamp,
) -> Result<SeatLine, AdvanceError> {
    hold(db, lease)?;
    if let Some(generation) = step.change.starts() {
        may_start(db, lease, generation)?;
    }
    let found = seats::line_and_told(db, &lease.connection, &step.organization, &step.product)?;
    let (mut line, told) = found.ok_or(AdvanceError::Conflict)?;
    let entry = line.apply(step.change, &told, step.heard, now)?;
    seats::save(db, &line)?;
    if let Some(entry) = entry {
        remember(db, &line, &entry)?;
    }
    Ok(line)
}

fn remember(db: &Db, line: &SeatLine, entry: &SeatEntry) -> DbResult<()> {
    const SQL: &str =
        "INSERT INTO seat_history (connection, organization, product, at, doc) VALUES (?1, ?2, ?3, ?4, ?5)";
    let (connection, organization) = (line.connection.as_str(), line.organization.as_str());
    let parameters = (connection, organization, line.product.as_str(), text(entry.at), to_json(entry)?);
    change(db, SQL, parameters).map(drop)
}

/// Deletes the oldest entries. Returns how many.
pub(super) fn expire(db: &Db, before: Timestamp, limit: usize) -> DbResult<usize> {
    const SQL: &str = "
        DELETE FROM seat_history
        WHERE number IN (SELECT number FROM seat_history WHERE at < ?1 ORDER BY at LIMIT ?2)";
    change(db, SQL, (text(before), rows(limit)))
}

/// Takes a person's wish.
pub(super) fn wish(
    db: &Db,
    partner: &PartnerId,
    connection: &ConnectionId,
    wish: &SeatWish,
    actor: &Actor,
    now: Timestamp,
) -> Result<u64, SeatWishError> {
    let usable = connections::of_partner(db, partner, connection)?.filter(|found| found.revoked_at.is_none());
    if usable.is_none() {
        return Err(SeatWishError::NoConnection);
    }
    let by = || actor.0.clone();
    let set = match wish {
        SeatWish::SyncAll => ask(db, partner, connection, None, actor, now)?,
        SeatWish::Sync(organizations) => {
            let mut set = 0;
            for organization in organizations {
                match ask(db, partner, connection, Some(organization), actor, now)? {
                    0 => return Err(SeatWishError::NoLine),
                    asked => set += asked,
                }
            }
            set
        }
        SeatWish::Confirm { organization, product, there, here } => {
            owned(db, organization, partner)?;
            let confirmed = LineChange::Confirmed { from: *there, to: *here, by: by() };
            change_line(db, connection, (organization, product), confirmed, now)?
        }
        SeatWish::Undo { organization, product, to } => {
            owned(db, organization, partner)?;
            let mapping = mappings::load(db, connection, organization)?;
            let place = mapping.as_ref().and_then(Mapping::license_ref);
            let undone = LineChange::Undone { to: *to, place, by: by() };
            change_line(db, connection, (organization, product), undone, now)?
        }
    };
    audit::write(db, &lines::seats_wished(partner, connection, wish, actor, now))?;
    Ok(set)
}

fn owned(db: &Db, organization: &OrganizationId, partner: &PartnerId) -> Result<(), SeatWishError> {
    if organizations::is_owned_by(db, organization, partner)? { Ok(()) } else { Err(SeatWishError::NoLine) }
}

/// Asks for lines to be worked. Returns how many.
fn ask(
    db: &Db,
    partner: &PartnerId,
    connection: &ConnectionId,
    organization: Option<&OrganizationId>,
    actor: &Actor,
    now: Timestamp,
) -> Result<u64, SeatWishError> {
    const SQL: &str = "
        SELECT l.organization, l.product FROM seat_lines l
        WHERE l.connection = ?1 AND (?2 IS NULL OR l.organization = ?2)
          AND EXISTS (SELECT 1 FROM organization_chain h WHERE h.partner = ?3 AND h.organization = l.organization)
        ORDER BY l.organization, l.product";
    let parameters = (connection.as_str(), organization.map(OrganizationId::as_str), partner.as_str());
    let keys: Vec<(OrganizationId, String)> = all(db, SQL, parameters, key).map_err(store)?;
    let mut asked = 0;
    for (organization, product) in &keys {
        let wanted = LineChange::Asked { by: actor.0.clone() };
        asked += change_line(db, connection, (organization, product), wanted, now)?;
    }
    Ok(asked)
}

fn key(row: &Row<'_>) -> DbResult<(OrganizationId, String)> {
    let organization: String = row.get(0)?;
    let organization =
        organization.parse().map_err(|error| DbError::corrupt("the id of an organisation", error))?;
    Ok((organization, row.get(1)?))
}

/// Makes a person's change.
fn change_line(
    db: &Db,
    connection: &ConnectionId,
    (organization, product): (&OrganizationId, &str),
    wanted: LineChange,
    now: Timestamp,
) -> Result<u64, SeatWishError> {
    let found = seats::line_and_told(db, connection, organization, product)?;
    let (mut line, told) = found.ok_or(SeatWishError::NoLine)?;
    let heard = line.bells;
    line.apply(wanted, &told, heard, now)?;
    seats::save(db, &line)?;
    Ok(1)
}

/// What was changed, newest first.
pub(super) fn history(
    db: &Db,
    connection: &ConnectionId,
    organization: Option<&OrganizationId>,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<HistoryLine>> {
    const SQL: &str = "
        SELECT h.number, h.organization, h.product, h.doc FROM seat_history h
        CROSS JOIN connections k ON k.id = h.connection
        WHERE h.connection = ?1 AND h.number < ?2 AND (?3 IS NULL OR h.organization = ?3)
          AND EXISTS (SELECT 1 FROM organization_chain c WHERE c.partner = k.partner AND c.organization = h.organization)
        ORDER BY h.number DESC LIMIT ?4";
    let before = match after {
        Some(after) => {
            let [number] = cursor::decode(HISTORY, after)?;
            number.parse().map_err(|_| DbError::cursor())?
        }
        None => i64::MAX,
    };
    let organization = organization.map(OrganizationId::as_str);
    let found = all(db, SQL, (connection.as_str(), before, organization, rows_and_one(limit)), |row| {
        let id: String = row.get(1)?;
        let organization =
            id.parse().map_err(|error| DbError::corrupt("the id of an organisation", error))?;
        Ok((
            row.get::<_, i64>(0)?,
            HistoryLine { organization, product: row.get(2)?, entry: document(row, 3)? },
        ))
    })?;
    cursor::page(found, limit, |number| cursor::encode(HISTORY, &[&number.to_string()]))
}

fn store(error: DbError) -> SeatWishError {
    SeatWishError::Store(error.into())
}
