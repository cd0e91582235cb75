//! A licence as HaloPSA wrote it, member by member, so that what a write was not about can be told from what it was.

use crate::lenient::as_int;
use crate::{LicenseRecord, PsaError, PsaErrorKind};
use serde_json::{Map, Value};

/// Members that follow from others, and differ without anybody's doing.
const FOLLOWS: [&str; 8] = [
    "licences_in_use",
    "licences_in_use_user",
    "licences_available",
    "consumedcount",
    "assigned_at_deletion",
    "client_name",
    "site_name",
    "supplier_name",
];

/// Members that are commands, whatever they hold: they make something, an invoice line among it.
const COMMANDS: [&str; 3] = ["_", "new_", "add_"];

/// The dates by which HaloPSA says "none".
const NO_DATES: [&str; 4] = ["1899-", "1900-", "1901-", "0001-"];

/// A licence, without the members that follow from others and those that are commands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record(Map<String, Value>);

impl Record {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        let holds = |name: &str| {
            !FOLLOWS.contains(&name) && !COMMANDS.iter().any(|command| name.starts_with(command))
        };
        let kept = members.into_iter().filter(|(name, _)| holds(name));
        Self(kept.map(|(name, value)| (name, whole(value))).collect())
    }

    pub(super) fn parse(record: &LicenseRecord) -> Result<Self, PsaError> {
        serde_json::from_str(record.as_str()).map(Self::new).map_err(|error| {
            PsaError::new(PsaErrorKind::Protocol, "read licence", "Not sent: the kept licence is not one")
                .with_source(error)
        })
    }

    pub(super) fn keep(&self) -> LicenseRecord {
        LicenseRecord::new(Value::Object(self.0.clone()).to_string())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(as_int)
    }

    pub(super) fn count(&self) -> i64 {
        self.int("count").unwrap_or(0)
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.0.get("deleted").is_some_and(|deleted| !is_blank(deleted))
    }

    /// What had a value here and has none there.
    pub(super) fn blanked_in(&self, later: &Self) -> Map<String, Value> {
        let gone = |name: &str| later.get(name).is_none_or(is_blank);
        let lost = self.0.iter().filter(|(name, value)| *name != "count" && !is_blank(value) && gone(name));
        lost.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// What has no value, but for the count.
    pub(super) fn blanks(&self) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.0.iter().map(|(name, value)| (name.as_str(), value));
        members.filter(|(name, value)| *name != "count" && is_blank(value))
    }

    /// Everything to be sent, with another count and other values.
    pub(super) fn with(&self, count: i64, others: &Map<String, Value>) -> Map<String, Value> {
        let mut body = self.0.clone();
        body.extend(others.clone());
        body.insert("count".to_owned(), count.into());
        // HaloPSA reads null as not sent.
        body.retain(|_, value| !value.is_null());
        body
    }
}

/// Nothing, in any of the ways in which HaloPSA writes it.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.trim().is_empty() || NO_DATES.iter().any(|date| text.starts_with(date)),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// A whole number as one: HaloPSA writes some as `95.0`, and takes none like it.
pub(super) fn whole(value: Value) -> Value {
    match (&value, as_int(&value)) {
        (Value::Number(_), Some(number)) => number.into(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(value: Value) -> Record {
        Record::new(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn what_follows_or_commands_is_no_part_of_a_licence() {
        let record = record(json!({
            "id": 500.0, "count": 3, "price": 4.5, "licences_available": 2, "new_external_link": {"id": 1},
            "_create_recurring_invoice_line": true, "add_configuration_items": [], "notes": null
        }));
        let body = record.with(7, &Map::from_iter([("status".to_owned(), json!("Active"))]));
        assert_eq!(Value::Object(body), json!({ "id": 500, "count": 7, "price": 4.5, "status": "Active" }));
        assert_eq!(Record::parse(&record.keep()).unwrap(), record);
    }

    #[test]
    fn what_lost_its_value_is_told_from_what_changed_it() {
        let before = record(json!({
            "id": 1, "count": 3, "name": "Seats", "notes": "a", "price": 4, "autorenew": true, "vendor": "",
            "end_date": "2027-01-01T00:00:00", "status": "Active", "licence_roles": [1]
        }));
        let after = record(json!({
            "id": 1, "count": 0, "name": "", "notes": "b", "price": 0, "autorenew": false, "vendor": "",
            "end_date": "1901-01-01T00:00:00", "licence_roles": []
        }));
        let blanked: std::collections::BTreeSet<_> =
            before.blanked_in(&after).into_iter().map(|(name, _)| name).collect();
        let expected = ["autorenew", "end_date", "licence_roles", "name", "price", "status"];
        assert_eq!(blanked, expected.map(str::to_owned).into());
        assert!(before.blanked_in(&before).is_empty());
    }
}
