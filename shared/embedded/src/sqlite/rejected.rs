//! Input that is no event.

use super::{
    cursor,
    error::DbResult,
    rows::{all, change, document, rows_and_one, text, to_json},
};
use psa_bridge_core::ports::RejectedInput;
use psa_connector::Page;
use rusqlite::Connection as Db;

const LIST: &str = "rejected";

/// Keeps it.
pub(super) fn insert(db: &Db, input: &RejectedInput) -> DbResult<()> {
    const SQL: &str = "INSERT INTO rejected (received_at, doc) VALUES (?1, ?2)";
    change(db, SQL, (text(input.received_at), to_json(input)?)).map(drop)
}

/// What was kept, newest first.
pub(super) fn list(db: &Db, after: Option<&str>, limit: usize) -> DbResult<Page<RejectedInput>> {
    const SQL: &str = "
        SELECT received_at, number, doc FROM rejected
        WHERE (received_at, number) < (?1, ?2)
        ORDER BY received_at DESC, number DESC LIMIT ?3";
    let (time, number) = cursor::time_and_number(LIST, after, (cursor::END, i64::MAX))?;
    let found = all(db, SQL, (time, number, rows_and_one(limit)), |row| {
        Ok(((row.get::<_, String>(0)?, row.get::<_, i64>(1)?), document(row, 2)?))
    })?;
    cursor::page(found, limit, |(time, number)| cursor::encode(LIST, &[time, &number.to_string()]))
}
