//! Between rows and the domain: times as text that orders, documents as JSON.

use super::error::{DbError, DbResult};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::{Serialize, de::DeserializeOwned};

/// Text of fixed width that orders as the times do. Years before 0, which RFC 3339 has not, count as year 0.
pub(super) fn text(time: Timestamp) -> String {
    format!("{:.9}", time.max(YEAR_ZERO))
}

/// 0000-01-01T00:00:00Z.
const YEAR_ZERO: Timestamp = Timestamp::constant(-62_167_219_200, 0);

/// The time that [`text`] wrote.
pub(super) fn time(text: &str) -> DbResult<Timestamp> {
    text.parse().map_err(|error| DbError::corrupt("a time", error))
}

/// A document to be stored.
pub(super) fn to_json<T: Serialize>(value: &T) -> DbResult<String> {
    serde_json::to_string(value).map_err(|error| DbError::corrupt("a document to be stored", error))
}

/// A document as it was stored.
pub(super) fn from_json<T: DeserializeOwned>(json: &str) -> DbResult<T> {
    serde_json::from_str(json).map_err(|error| {
        DbError::corrupt(std::any::type_name::<T>().rsplit("::").next().unwrap_or("a document"), error)
    })
}

/// The document in a column.
pub(super) fn document<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> DbResult<T> {
    from_json(row.get_ref(column)?.as_str().map_err(|error| DbError::corrupt("a document", error))?)
}

/// The document in a column, where there is one.
pub(super) fn optional_document<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> DbResult<Option<T>> {
    let json =
        row.get_ref(column)?.as_str_or_null().map_err(|error| DbError::corrupt("a document", error))?;
    json.map(from_json).transpose()
}

/// A counter as SQLite keeps it.
pub(super) fn to_number(counter: u64) -> DbResult<i64> {
    i64::try_from(counter).map_err(|error| DbError::corrupt("a counter", error))
}

/// A counter as it was kept.
pub(super) fn counter(row: &Row<'_>, column: usize) -> DbResult<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|error| DbError::corrupt("a counter", error))
}

/// A limit as SQLite takes it, and no less than one row.
pub(super) fn rows(limit: usize) -> i64 {
    i64::try_from(limit.max(1)).unwrap_or(i64::MAX)
}

/// One row more than a page has, to tell whether there is another page.
pub(super) fn rows_and_one(limit: usize) -> i64 {
    rows(limit).saturating_add(1)
}

/// What is read from each row.
pub(super) fn all<T>(
    db: &Connection,
    sql: &str,
    parameters: impl Params,
    mut read: impl FnMut(&Row<'_>) -> DbResult<T>,
) -> DbResult<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// What is read from the row, where there is one.
pub(super) fn first<T>(
    db: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnOnce(&Row<'_>) -> DbResult<T>,
) -> DbResult<Option<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_row(parameters, |row| Ok(read(row))).optional()?;
    found.transpose()
}

/// Changes rows; returns how many.
pub(super) fn change(db: &Connection, sql: &str, parameters: impl Params) -> DbResult<usize> {
    Ok(db.prepare_cached(sql)?.execute(parameters)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_order_as_text_and_lose_nothing() {
        let times: Vec<Timestamp> = [
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999999Z",
            "2026-05-01T12:00:00Z",
            "2026-05-01T12:00:00.000000001Z",
            "2026-05-01T12:00:00.1Z",
            "9999-12-30T22:00:00.999999999Z",
        ]
        .map(|time| time.parse().unwrap())
        .to_vec();
        let texts: Vec<String> = times.iter().map(|at| text(*at)).collect();
        assert!(texts.is_sorted() && texts.iter().all(|text| text.len() == 30), "{texts:?}");
        for (at, text) in times.iter().zip(&texts) {
            assert_eq!(time(text).unwrap(), *at);
        }
        assert_eq!(text(Timestamp::MIN), texts[0]);
    }
}
