//! Places in lists: the name of the list and the key of the last row of a page.

use jiff::Timestamp;
use psa_bridge_core::ports::StoreError;
use psa_connector::Page;
use std::str::FromStr;

/// The place after the row of that key.
pub(crate) fn encode(list: &str, key: &[String]) -> String {
    serde_json::json!([list, key]).to_string()
}

fn decode(list: &str, cursor: &str) -> Result<Vec<String>, StoreError> {
    let (of, key): (String, Vec<String>) = serde_json::from_str(cursor).map_err(|_| StoreError::Cursor)?;
    if of == list { Ok(key) } else { Err(StoreError::Cursor) }
}

/// The key of a place that is an id.
pub(crate) fn id<T: FromStr>(list: &str, cursor: Option<&str>) -> Result<Option<T>, StoreError> {
    let Some(cursor) = cursor else { return Ok(None) };
    match decode(list, cursor)?.as_slice() {
        [id] => Ok(Some(parse(id)?)),
        _ => Err(StoreError::Cursor),
    }
}

/// The key of a place that is a time and something that tells apart what has the same time.
pub(crate) fn time_and<T: FromStr>(
    list: &str,
    cursor: Option<&str>,
) -> Result<Option<(Timestamp, T)>, StoreError> {
    let Some(cursor) = cursor else { return Ok(None) };
    match decode(list, cursor)?.as_slice() {
        [time, rest] => Ok(Some((parse(time)?, parse(rest)?))),
        _ => Err(StoreError::Cursor),
    }
}

fn parse<T: FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Cursor)
}

/// A page of rows that come with the parts of their keys; reads one more than the page to know whether there is more.
pub(crate) fn page<T, const N: usize>(
    list: &str,
    rows: impl Iterator<Item = ([String; N], T)>,
    limit: usize,
) -> Page<T> {
    let limit = limit.max(1);
    let mut items = Vec::new();
    let mut last = None;
    for (key, item) in rows {
        if items.len() == limit {
            return Page { items, next: last.map(|key: [String; N]| encode(list, &key)) };
        }
        items.push(item);
        last = Some(key);
    }
    Page { items, next: None }
}
