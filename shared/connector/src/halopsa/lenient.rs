//! Reading the lists and envelopes of HaloPSA, whose versions and tenants differ in them.

pub(super) use crate::lenient::{flag, int, list, text, time};

use crate::lenient::as_int;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The rows of a list and, where it says, how many there are in all.
#[derive(Debug)]
pub(super) struct Rows<T> {
    pub(super) rows: Vec<T>,
    pub(super) total: Option<usize>,
}

/// Reads a list: bare, or in an envelope under `key` or, since envelopes get renamed, under its only list of objects.
/// Nothing where it is neither.
pub(super) fn rows<T: DeserializeOwned>(value: Value, key: &str) -> Option<Rows<T>> {
    let (found, total) = match value {
        Value::Array(found) => (found, None),
        Value::Object(mut envelope) => {
            let total =
                envelope.get("record_count").and_then(as_int).and_then(|total| usize::try_from(total).ok());
            let found = match envelope.remove(key) {
                Some(Value::Array(found)) => found,
                // An empty list is null in some envelopes.
                Some(Value::Null) => Vec::new(),
                Some(_) => return None,
                None => only_list(envelope)?,
            };
            (found, total)
        }
        _ => return None,
    };
    let rows = found.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().ok()?;
    Some(Rows { rows, total })
}

fn only_list(envelope: serde_json::Map<String, Value>) -> Option<Vec<Value>> {
    let mut lists = envelope.into_iter().filter_map(|(name, value)| match value {
        Value::Array(list) if name != "columns" => Some(list),
        _ => None,
    });
    let only = lists.next()?;
    lists.next().is_none().then_some(only)
}

/// Reads one object: bare, in a list of one, or in an envelope. Of several, the last: that is what HaloPSA answers for.
pub(super) fn one<T: DeserializeOwned>(value: Value, key: &str) -> Option<T> {
    match value {
        Value::Object(mut object) if object.get(key).is_some_and(Value::is_array) => {
            one(object.remove(key)?, key)
        }
        Value::Object(_) => serde_json::from_value(value).ok(),
        Value::Array(mut list) => one(list.pop()?, key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row {
        #[serde(default, deserialize_with = "int")]
        id: Option<i64>,
    }

    #[test]
    fn lists_come_in_several_shapes() {
        for (value, ids, total) in [
            (json!([{"id": 1}, {"id": "2"}]), Some(vec![1, 2]), None),
            (json!({"record_count": 9, "tickets": [{"id": 1}]}), Some(vec![1]), Some(9)),
            (json!({"record_count": 9, "columns": [], "faults": [{"id": 1}]}), Some(vec![1]), Some(9)),
            (json!({"record_count": 0, "tickets": null}), Some(vec![]), Some(0)),
            (json!([]), Some(vec![]), None),
            (json!({"record_count": 0}), None, None),
            (json!("text"), None, None),
            (json!([1, 2]), None, None),
        ] {
            let found = rows::<Row>(value.clone(), "tickets");
            let found_ids = found.as_ref().map(|found| found.rows.iter().filter_map(|row| row.id).collect());
            assert_eq!(found_ids, ids, "{value}");
            assert_eq!(found.and_then(|found| found.total), total, "{value}");
        }
    }

    #[test]
    fn one_object_comes_in_several_shapes() {
        for (value, id) in [
            (json!({"id": 7}), Some(7)),
            (json!([{"id": 7}]), Some(7)),
            (json!([{"id": 6}, {"id": 7}]), Some(7)),
            (json!({"tickets": [{"id": 7}]}), Some(7)),
            (json!([]), None),
            (json!("<html>"), None),
            (json!(null), None),
        ] {
            assert_eq!(one::<Row>(value.clone(), "tickets").and_then(|row| row.id), id, "{value}");
        }
    }
}
