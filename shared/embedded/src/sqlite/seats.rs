//! Seat counts: what the vendor told, and the lines that keep it in a PSA.

use super::{
    connections, cursor,
    deliveries::connection_id,
    error::{DbError, DbResult},
    rows::{
        all, change, counter, document, first, optional_document, rows, rows_and_one, text, time, to_json,
        to_number,
    },
};
use jiff::Timestamp;
use psa_bridge_core::{
    connection::Connection,
    event::Event,
    ids::{ConnectionId, OrganizationId},
    organization::Organization,
    ports::SeatItem,
    routing::RouteCandidate,
    seats::{SeatLine, ToldSeats, change_wakes, gets_back, mapping_wakes, told_wakes},
};
use psa_connector::Page;
use rusqlite::{Connection as Db, Row};

const LIST: &str = "seats";

/// Keeps what an event tells, unless something newer was told, and sets the lines of the connections that map the
/// organisation to work. Returns the connections to be rung.
pub(super) fn tell(
    db: &Db,
    event: &Event,
    candidates: &[RouteCandidate],
    now: Timestamp,
) -> DbResult<Vec<ConnectionId>> {
    const KEEP: &str = "
        INSERT INTO seat_counts (organization, product, doc) VALUES (?1, ?2, ?3)
        ON CONFLICT (organization, product) DO UPDATE SET doc = excluded.doc";
    let Some(told) = ToldSeats::of(event) else { return Ok(Vec::new()) };
    let before = told_of(db, &told.organization, &told.product)?;
    let news = told.clone().after(before.as_ref());
    let is_news = news.is_some();
    if let Some(news) = news {
        change(db, KEEP, (told.organization.as_str(), told.product.as_str(), to_json(&news)?))?;
    }
    let mut ring = Vec::new();
    for candidate in candidates {
        let Some(mapping) = &candidate.mapping else { continue };
        let Some(connection) = connections::load(db, &candidate.connection)? else { continue };
        let is_first = load(db, &connection.id, &told.organization, &told.product)?.is_none();
        if is_first {
            insert(db, &SeatLine::new(connection.id.clone(), connection.partner.clone(), &told, None))?;
        }
        if (is_first || is_news) && told_wakes(&connection, mapping, is_first) {
            wake(db, &connection.id, &told.organization, Some(&told.product), now)?;
            ring.push(connection.id);
        }
    }
    Ok(ring)
}

/// Makes the lines of all that was told of an organisation that is mapped now, and sets them to work.
pub(super) fn mapped(
    db: &Db,
    connection: &Connection,
    organization: &OrganizationId,
    now: Timestamp,
) -> DbResult<()> {
    for told in told(db, organization)? {
        if load(db, &connection.id, organization, &told.product)?.is_none() {
            insert(db, &SeatLine::new(connection.id.clone(), connection.partner.clone(), &told, None))?;
        }
    }
    if mapping_wakes(connection) {
        wake(db, &connection.id, organization, None, now)?;
    }
    Ok(())
}

/// Makes the lines of an organisation in the connections of partners that its chain got, and sets them to work.
pub(super) fn chain_changed(
    db: &Db,
    before: Option<&Organization>,
    after: &Organization,
    now: Timestamp,
) -> DbResult<()> {
    const SQL: &str = "SELECT connection FROM mappings WHERE organization = ?1 ORDER BY connection";
    for id in all(db, SQL, [after.id.as_str()], |row| connection_id(&row.get::<_, String>(0)?))? {
        let Some(connection) = connections::load(db, &id)? else { continue };
        if gets_back(&connection, before, after) {
            mapped(db, &connection, &after.id, now)?;
        }
    }
    Ok(())
}

/// Sets a connection's lines to work where the change of it asks for that.
pub(super) fn connection_changed(
    db: &Db,
    before: &Connection,
    after: &Connection,
    now: Timestamp,
) -> DbResult<()> {
    const SQL: &str = "UPDATE seat_lines SET bells = bells + 1, due_at = min(coalesce(due_at, ?2), ?2) WHERE connection = ?1";
    if change_wakes(before, after) {
        change(db, SQL, (after.id.as_str(), text(now)))?;
    }
    Ok(())
}

/// Sets lines of an organisation to work, as [`SeatLine::ring`] does one.
fn wake(
    db: &Db,
    connection: &ConnectionId,
    organization: &OrganizationId,
    product: Option<&str>,
    now: Timestamp,
) -> DbResult<()> {
    const SQL: &str = "
        UPDATE seat_lines SET bells = bells + 1, due_at = min(coalesce(due_at, ?4), ?4)
        WHERE connection = ?1 AND organization = ?2 AND (?3 IS NULL OR product = ?3)";
    change(db, SQL, (connection.as_str(), organization.as_str(), product, text(now))).map(drop)
}

/// The latest counts of an organisation.
pub(super) fn told(db: &Db, organization: &OrganizationId) -> DbResult<Vec<ToldSeats>> {
    const SQL: &str = "SELECT doc FROM seat_counts WHERE organization = ?1 ORDER BY product";
    all(db, SQL, [organization.as_str()], |row| document(row, 0))
}

fn told_of(db: &Db, organization: &OrganizationId, product: &str) -> DbResult<Option<ToldSeats>> {
    const SQL: &str = "SELECT doc FROM seat_counts WHERE organization = ?1 AND product = ?2";
    first(db, SQL, [organization.as_str(), product], |row| document(row, 0))
}

/// A line as it is, and what was told last.
pub(super) fn line_and_told(
    db: &Db,
    connection: &ConnectionId,
    organization: &OrganizationId,
    product: &str,
) -> DbResult<Option<(SeatLine, ToldSeats)>> {
    let Some(line) = load(db, connection, organization, product)? else { return Ok(None) };
    let told = told_of(db, organization, product)?;
    let told = told.ok_or_else(|| DbError::corrupt("a seat line", "nothing was told of it"))?;
    Ok(Some((line, told)))
}

fn load(
    db: &Db,
    connection: &ConnectionId,
    organization: &OrganizationId,
    product: &str,
) -> DbResult<Option<SeatLine>> {
    const SQL: &str = "
        SELECT doc, due_at, bells FROM seat_lines WHERE connection = ?1 AND organization = ?2 AND product = ?3";
    first(db, SQL, [connection.as_str(), organization.as_str(), product], line)
}

/// The line in a row that begins with its document, when it is due, and its bells.
pub(super) fn line(row: &Row<'_>) -> DbResult<SeatLine> {
    let due_at: Option<String> = row.get(1)?;
    let due_at = due_at.as_deref().map(time).transpose()?;
    Ok(SeatLine { due_at, bells: counter(row, 2)?, ..document(row, 0)? })
}

fn insert(db: &Db, line: &SeatLine) -> DbResult<()> {
    const SQL: &str = "
        INSERT INTO seat_lines (connection, organization, product, due_at, bells, in_full, doc)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    write(db, SQL, line)
}

/// Keeps a line that is there.
pub(super) fn save(db: &Db, line: &SeatLine) -> DbResult<()> {
    const SQL: &str = "
        UPDATE seat_lines SET due_at = ?4, bells = ?5, in_full = ?6, doc = ?7
        WHERE connection = ?1 AND organization = ?2 AND product = ?3";
    write(db, SQL, line)
}

fn write(db: &Db, sql: &str, line: &SeatLine) -> DbResult<()> {
    let parameters = (
        line.connection.as_str(),
        line.organization.as_str(),
        line.product.as_str(),
        line.due_at.map(text),
        to_number(line.bells)?,
        line.in_full,
        to_json(line)?,
    );
    change(db, sql, parameters).map(drop)
}

/// Lines with what is needed to work or show them. The mapping of a partner that left the chain is none.
const ITEMS: &str = "
    SELECT l.doc, l.due_at, l.bells, t.doc, m.doc, o.name, l.organization, l.product,
           (SELECT count(*) FROM seat_counts c WHERE c.organization = l.organization),
           EXISTS (SELECT 1 FROM mappings r WHERE r.connection = l.connection AND r.license = m.license
                   AND r.organization <> l.organization
                   AND EXISTS (SELECT 1 FROM organization_chain h
                               WHERE h.partner = k.partner AND h.organization = r.organization)),
           EXISTS (SELECT 1 FROM seat_lines f WHERE f.connection = l.connection AND f.in_full = 1)
    FROM seat_lines l
    CROSS JOIN connections k ON k.id = l.connection
    CROSS JOIN seat_counts t ON t.organization = l.organization AND t.product = l.product
    LEFT JOIN organizations o ON o.id = l.organization
    LEFT JOIN mappings m ON m.connection = l.connection AND m.organization = l.organization
        AND EXISTS (SELECT 1 FROM organization_chain h WHERE h.partner = k.partner AND h.organization = l.organization)";
const OWNED: &str = "
    EXISTS (SELECT 1 FROM organization_chain h WHERE h.partner = k.partner AND h.organization = l.organization)";

fn item(row: &Row<'_>) -> DbResult<SeatItem> {
    Ok(SeatItem {
        line: line(row)?,
        told: document(row, 3)?,
        mapping: optional_document(row, 4)?,
        organization_name: row.get(5)?,
        products: counter(row, 8)?,
        license_shared: row.get(9)?,
        in_full: row.get(10)?,
    })
}

/// A connection's lines, in order of organisation and product.
pub(super) fn list(
    db: &Db,
    connection: &ConnectionId,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<SeatItem>> {
    let [organization, product] = match after {
        Some(after) => cursor::decode(LIST, after)?,
        None => [String::new(), String::new()],
    };
    let sql = format!(
        "{ITEMS} WHERE l.connection = ?1 AND (l.organization, l.product) > (?2, ?3) AND {OWNED}
         ORDER BY l.organization, l.product LIMIT ?4"
    );
    let parameters = (connection.as_str(), organization, product, rows_and_one(limit));
    let found = all(db, &sql, parameters, |row| {
        Ok(((row.get::<_, String>(6)?, row.get::<_, String>(7)?), item(row)?))
    })?;
    cursor::page(found, limit, |(organization, product)| cursor::encode(LIST, &[organization, product]))
}

/// One of them.
pub(super) fn one(
    db: &Db,
    connection: &ConnectionId,
    organization: &OrganizationId,
    product: &str,
) -> DbResult<Option<SeatItem>> {
    let sql =
        format!("{ITEMS} WHERE l.connection = ?1 AND l.organization = ?2 AND l.product = ?3 AND {OWNED}");
    first(db, &sql, [connection.as_str(), organization.as_str(), product], item)
}

/// Lines that are due, the longest due first.
pub(super) fn due(
    db: &Db,
    connection: &ConnectionId,
    now: Timestamp,
    limit: usize,
) -> DbResult<Vec<SeatItem>> {
    let sql = format!(
        "{ITEMS} WHERE l.connection = ?1 AND l.due_at IS NOT NULL AND l.due_at <= ?2
         ORDER BY l.due_at, l.organization, l.product LIMIT ?3"
    );
    all(db, &sql, (connection.as_str(), text(now), rows(limit)), item)
}
