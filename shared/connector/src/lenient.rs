//! Reading what PSAs write. Versions and tenants differ in shape (a number, a float or a string), so what is read is taken
//! by meaning, and what cannot be understood is left out.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A whole number, however it is written.
pub(crate) fn int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(as_int(&Value::deserialize(deserializer)?))
}

/// A text; numbers and GUIDs are texts as well.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A yes or no, however it is written.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(match &value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => as_int(&value).map(|number| number != 0),
    })
}

/// A list of rows; nothing where it is no list, or a list of bare ids.
pub(crate) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(rows) => rows.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect(),
        _ => Vec::new(),
    })
}

/// A point in time. HaloPSA writes no zone; that it means UTC is the custom, and nobody's promise. Autotask writes UTC. The dates by which
/// it says "none" are none.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_str().and_then(parse_time))
}

fn parse_time(text: &str) -> Option<Timestamp> {
    let time = text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    let year = time.to_zoned(TimeZone::UTC).year();
    (year > 1902).then_some(time)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "only floats without a fraction, within the range that f64 is exact in"
)]
pub(crate) fn as_int(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row {
        #[serde(default, deserialize_with = "int")]
        id: Option<i64>,
        #[serde(default, deserialize_with = "flag")]
        closed: Option<bool>,
        #[serde(default, deserialize_with = "text")]
        name: Option<String>,
        #[serde(default, deserialize_with = "time")]
        at: Option<Timestamp>,
    }

    #[test]
    fn values_are_taken_by_meaning() {
        for (value, expected) in [
            (json!(95), Some(95)),
            (json!(95.0), Some(95)),
            (json!("95"), Some(95)),
            (json!("95.0"), Some(95)),
            (json!(-1), Some(-1)),
            (json!(95.5), None),
            (json!("many"), None),
            (json!(1e300), None),
            (json!(null), None),
            (json!({}), None),
        ] {
            let row: Row = serde_json::from_value(json!({ "id": value })).unwrap();
            assert_eq!(row.id, expected, "{value}");
        }
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!(0), Some(false)),
            (json!("True"), Some(true)),
            (json!("FALSE"), Some(false)),
            (json!("x"), None),
        ] {
            let row: Row = serde_json::from_value(json!({ "closed": value })).unwrap();
            assert_eq!(row.closed, expected, "{value}");
        }
        let row: Row = serde_json::from_value(json!({ "name": 7 })).unwrap();
        assert_eq!(row.name.as_deref(), Some("7"));
    }

    #[test]
    fn null_dates_are_no_dates() {
        for (value, expected) in [
            ("2026-10-01T12:34:56.123", Some("2026-10-01T12:34:56.123Z")),
            ("2026-10-01T12:34:56", Some("2026-10-01T12:34:56Z")),
            ("2026-10-01T12:34:56Z", Some("2026-10-01T12:34:56Z")),
            ("2026-10-01T14:34:56+02:00", Some("2026-10-01T12:34:56Z")),
            ("1899-12-30T00:00:00", None),
            ("1900-01-01T00:00:00", None),
            ("1901-01-01T00:00:00", None),
            ("0001-01-01T00:00:00", None),
            ("1902-12-31T23:59:59", None),
            ("1903-01-01T00:00:00", Some("1903-01-01T00:00:00Z")),
            ("soon", None),
        ] {
            let row: Row = serde_json::from_value(json!({ "at": value })).unwrap();
            assert_eq!(row.at, expected.map(|time| time.parse().unwrap()), "{value}");
        }
    }
}
