//! The audit as it is kept. What its lines say, the domain knows.

use super::{
    cursor,
    error::DbResult,
    rows::{all, change, document, rows, rows_and_one, text, to_json},
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit::{self as lines, AuditLine},
    ids::PartnerId,
    ports::{Actor, AuditEntry, AuditFilter, RetryWish},
};
use psa_connector::Page;
use rusqlite::{Connection as Db, Row};

const LIST: &str = "audit";
/// In place of a partner: what the vendor's side changed across partners. No partner's id is empty.
pub(super) const OPERATOR: &str = "";

/// Keeps a line.
pub(super) fn write(db: &Db, line: &AuditLine) -> DbResult<()> {
    const SQL: &str = "INSERT INTO audit (partner, at, doc) VALUES (?1, ?2, ?3)";
    let reader = line.partner.as_ref().map_or(OPERATOR, PartnerId::as_str);
    change(db, SQL, (reader, text(line.entry.at), to_json(&line.entry)?)).map(drop)
}

/// Keeps lines.
pub(super) fn write_all(db: &Db, lines: &[AuditLine]) -> DbResult<()> {
    lines.iter().try_for_each(|line| write(db, line))
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
    let line = lines::events_retried(partner, wish, retried, actor, now);
    let of_now: Vec<(i64, AuditEntry)> =
        all(db, OF_NOW, (partner.as_str(), text(now)), |row| Ok((row.get(0)?, document(row, 1)?)))?;
    for (number, earlier) in of_now {
        if let Some(sum) = lines::add_retried(&earlier, &line.entry) {
            let sum = to_json(&sum)?;
            return change(db, "UPDATE audit SET doc = ?2 WHERE number = ?1", (number, sum)).map(drop);
        }
    }
    write(db, &line)
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
