//! Input that is no event, and what became of it once it was replayed.

use super::{
    audit, cursor,
    error::{DbError, DbResult},
    rows::{all, change, document, first, optional_document, rows_and_one, text, to_json},
};
use psa_bridge_core::{
    audit as lines,
    ids::RejectedId,
    ports::{RejectedFilter, RejectedInput, RejectedRecord, Replay},
};
use psa_connector::Page;
use rusqlite::{Connection as Db, Row, types::Value};

const LIST: &str = "rejected";

/// Keeps it.
pub(super) fn insert(db: &Db, input: &RejectedInput) -> DbResult<()> {
    const SQL: &str = "INSERT INTO rejected (received_at, doc) VALUES (?1, ?2)";
    change(db, SQL, (text(input.received_at), to_json(input)?)).map(drop)
}

/// What was kept, newest first.
pub(super) fn list(
    db: &Db,
    filter: &RejectedFilter,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<RejectedRecord>> {
    let (time, number) = cursor::time_and_number(LIST, after, (cursor::END, i64::MAX))?;
    let (sql, parameters) = query(filter, time, number, limit);
    let found = all(db, &sql, rusqlite::params_from_iter(parameters), |row| {
        Ok(((row.get::<_, String>(3)?, row.get::<_, i64>(0)?), record(row)?))
    })?;
    cursor::page(found, limit, |(time, number)| cursor::encode(LIST, &[time, &number.to_string()]))
}

/// The query of a page. Runs along the index of the code where one is asked for, else along that of the times.
pub(super) fn query(
    filter: &RejectedFilter,
    time: String,
    number: i64,
    limit: usize,
) -> (String, Vec<Value>) {
    let mut sql = "SELECT number, doc, replay, received_at FROM rejected
        WHERE (received_at, number) < (?, ?)"
        .to_owned();
    let mut parameters = vec![Value::Text(time), Value::Integer(number)];
    let times = [(" AND received_at >= ?", filter.since), (" AND received_at < ?", filter.until)];
    let times = times.into_iter().filter_map(|(condition, time)| Some((condition, text(time?))));
    let code = filter.code.clone().map(|code| (" AND code = ?", code));
    for (condition, value) in times.chain(code) {
        sql.push_str(condition);
        parameters.push(Value::Text(value));
    }
    match filter.replayed {
        Some(true) => sql.push_str(" AND replay IS NOT NULL"),
        Some(false) => sql.push_str(" AND replay IS NULL"),
        None => {}
    }
    sql.push_str(" ORDER BY received_at DESC, number DESC LIMIT ?");
    parameters.push(Value::Integer(rows_and_one(limit)));
    (sql, parameters)
}

/// One of them.
pub(super) fn load(db: &Db, id: &RejectedId) -> DbResult<Option<RejectedRecord>> {
    let Some(number) = number(id) else { return Ok(None) };
    first(db, "SELECT number, doc, replay FROM rejected WHERE number = ?1", [number], record)
}

/// Notes what became of it. False where that was noted before.
pub(super) fn mark_replayed(db: &Db, id: &RejectedId, replay: &Replay) -> DbResult<bool> {
    let Some(record) = load(db, id)?.filter(|record| record.replay.is_none()) else { return Ok(false) };
    change(db, "UPDATE rejected SET replay = ?2 WHERE number = ?1", (number(id), to_json(replay)?))?;
    audit::write(db, &lines::input_replayed(&record, replay))?;
    Ok(true)
}

fn record(row: &Row<'_>) -> DbResult<RejectedRecord> {
    let id = format!("{}{}", RejectedId::PREFIX, row.get::<_, i64>(0)?);
    let id = id.parse().map_err(|error| DbError::corrupt("the id of rejected input", error))?;
    Ok(RejectedRecord { id, input: document(row, 1)?, replay: optional_document(row, 2)? })
}

/// The number in an id of ours; none in one that this store did not give.
fn number(id: &RejectedId) -> Option<i64> {
    id.as_str().strip_prefix(RejectedId::PREFIX)?.parse().ok()
}
