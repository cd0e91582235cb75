//! Places in lists, as opaque text: the name of the list and the key of the last row of a page.

use super::{
    error::{DbError, DbResult},
    rows,
};
use data_encoding::BASE64URL_NOPAD;
use psa_connector::Page;

/// The text of a place.
pub(super) fn encode(list: &str, key: &[&str]) -> DbResult<String> {
    Ok(BASE64URL_NOPAD.encode(rows::to_json(&(list, key))?.as_bytes()))
}

/// The key of a place in that list.
pub(super) fn decode<const N: usize>(list: &str, cursor: &str) -> DbResult<[String; N]> {
    let json = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| DbError::cursor())?;
    let (of, key): (String, Vec<String>) = serde_json::from_slice(&json).map_err(|_| DbError::cursor())?;
    if of != list {
        return Err(DbError::cursor());
    }
    key.try_into().map_err(|_| DbError::cursor())
}

/// The key of a place that is a time and an id, or the given one for the start of the list.
pub(super) fn time_and_id(list: &str, cursor: Option<&str>, start: [&str; 2]) -> DbResult<[String; 2]> {
    let Some(cursor) = cursor else { return Ok(start.map(str::to_owned)) };
    let key: [String; 2] = decode(list, cursor)?;
    rows::time(&key[0]).map_err(|_| DbError::cursor())?;
    Ok(key)
}

/// The key of a place that is a time and a row's number, or the given one for the start of the list.
pub(super) fn time_and_number(
    list: &str,
    cursor: Option<&str>,
    start: (&str, i64),
) -> DbResult<(String, i64)> {
    let Some(cursor) = cursor else { return Ok((start.0.to_owned(), start.1)) };
    let [time, number]: [String; 2] = decode(list, cursor)?;
    rows::time(&time).map_err(|_| DbError::cursor())?;
    Ok((time, number.parse().map_err(|_| DbError::cursor())?))
}

/// The key of a place that is an id, or the start of the list.
pub(super) fn id(list: &str, cursor: Option<&str>) -> DbResult<String> {
    let Some(cursor) = cursor else { return Ok(String::new()) };
    let [id] = decode(list, cursor)?;
    Ok(id)
}

/// Greater than every time and every id: where lists begin that run backwards.
pub(super) const END: &str = "\u{10ffff}";

/// A page of the rows, of which there may be one more than asked for.
pub(super) fn page<K, T>(
    mut found: Vec<(K, T)>,
    limit: usize,
    place: impl FnOnce(&K) -> DbResult<String>,
) -> DbResult<Page<T>> {
    let more = found.len() > limit.max(1);
    found.truncate(limit.max(1));
    let next = match found.last() {
        Some((key, _)) if more => Some(place(key)?),
        _ => None,
    };
    Ok(Page { items: found.into_iter().map(|(_, item)| item).collect(), next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use psa_bridge_core::ports::StoreError;

    #[test]
    fn a_cursor_leads_back_to_its_place_in_its_list_alone() {
        let cursor = encode("events", &["2026-05-01T12:00:00.000000000Z", "evt_1"]).unwrap();
        assert_eq!(
            time_and_id("events", Some(&cursor), ["", ""]).unwrap(),
            ["2026-05-01T12:00:00.000000000Z", "evt_1"]
        );
        let bent = format!("{cursor}x");
        for (list, cursor) in
            [("audit", cursor.as_str()), ("events", "nonsense"), ("events", ""), ("events", &bent)]
        {
            let error = time_and_id(list, Some(cursor), ["", ""]).unwrap_err();
            assert!(matches!(StoreError::from(error), StoreError::Cursor), "{list} {cursor}");
        }
        assert!(id("events", Some(&cursor)).is_err());
    }
}
