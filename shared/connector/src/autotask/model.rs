//! What Autotask writes, by its own field names, as far as the bridge reads it.

use crate::form::FieldValue;
use crate::lenient::{as_int, flag, int, list, text, time};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A row with an identity, so that a list can be put together from pages that overlap.
pub(super) trait Row: DeserializeOwned + Send {
    fn id(&self) -> Option<i64>;
}

/// `Ticket`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TicketRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(rename = "companyID", deserialize_with = "int")]
    pub(super) company: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) title: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) description: Option<String>,
    #[serde(deserialize_with = "int")]
    pub(super) status: Option<i64>,
    #[serde(rename = "externalID", deserialize_with = "text")]
    external_id: Option<String>,
    #[serde(deserialize_with = "text")]
    ticket_number: Option<String>,
    #[serde(deserialize_with = "time")]
    pub(super) create_date: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub(super) completed_date: Option<Timestamp>,
    #[serde(rename = "creatorResourceID", deserialize_with = "int")]
    pub(super) creator: Option<i64>,
    #[serde(rename = "impersonatorCreatorResourceID", deserialize_with = "int")]
    pub(super) impersonator: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) creator_type: Option<i64>,
    #[serde(rename = "lastActivityResourceID", deserialize_with = "int")]
    pub(super) last_activity_by: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) last_activity_person_type: Option<i64>,
    #[serde(rename = "completedByResourceID", deserialize_with = "int")]
    pub(super) completed_by: Option<i64>,
    #[serde(rename = "assignedResourceID", deserialize_with = "int")]
    pub(super) assigned: Option<i64>,
}

impl TicketRow {
    /// What the bridge wrote as its key, where the ticket has one.
    pub(super) fn external_id(&self) -> Option<&str> {
        filled(self.external_id.as_deref())
    }

    /// What people call the ticket.
    pub(super) fn number(&self) -> Option<&str> {
        filled(self.ticket_number.as_deref())
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// `TicketNote`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NoteRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(rename = "ticketID", deserialize_with = "int")]
    pub(super) ticket: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) title: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) description: Option<String>,
    #[serde(rename = "creatorResourceID", deserialize_with = "int")]
    pub(super) creator: Option<i64>,
    #[serde(rename = "createdByContactID", deserialize_with = "int")]
    pub(super) contact: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) note_type: Option<i64>,
}

/// `Company`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CompanyRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) company_name: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
}

/// `Contract`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ContractRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(rename = "companyID", deserialize_with = "int")]
    pub(super) company: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) contract_name: Option<String>,
    #[serde(deserialize_with = "int")]
    pub(super) contract_type: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) status: Option<i64>,
    #[serde(deserialize_with = "time")]
    start_date: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    end_date: Option<Timestamp>,
}

impl ContractRow {
    /// Whether the contract runs on that day.
    pub(super) fn runs_on(&self, day: Date) -> bool {
        self.status != Some(0)
            && utc_day(self.start_date).is_none_or(|first| first <= day)
            && utc_day(self.end_date).is_none_or(|last| day <= last)
    }
}

/// `ContractService`: which service is part of which contract.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ContractServiceRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(rename = "contractID", deserialize_with = "int")]
    pub(super) contract: Option<i64>,
    #[serde(rename = "serviceID", deserialize_with = "int")]
    pub(super) service: Option<i64>,
}

/// `ContractServiceUnit`: how many units a service of a contract has in a period, or in a part of one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct UnitsRow {
    #[serde(deserialize_with = "int")]
    id: Option<i64>,
    #[serde(rename = "contractID", deserialize_with = "int")]
    pub(super) contract: Option<i64>,
    #[serde(rename = "contractServiceID", deserialize_with = "int")]
    pub(super) contract_service: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) units: Option<i64>,
    #[serde(deserialize_with = "time")]
    start_date: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    end_date: Option<Timestamp>,
}

impl UnitsRow {
    /// The first and the last day.
    pub(super) fn period(&self) -> Option<(Date, Date)> {
        Some((utc_day(self.start_date)?, utc_day(self.end_date)?))
    }

    pub(super) fn holds(&self, day: Date) -> bool {
        self.period().is_some_and(|(from, until)| from <= day && day <= until)
    }
}

/// Days are midnights in UTC.
fn utc_day(time: Option<Timestamp>) -> Option<Date> {
    time.map(|time| time.to_zoned(TimeZone::UTC).date())
}

/// `TicketCategory`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CategoryRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_global_default: Option<bool>,
}

/// `TicketCategoryFieldDefaults`: one row a category, whose names differ from those of the ticket.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CategoryDefaultsRow {
    #[serde(deserialize_with = "int")]
    id: Option<i64>,
    #[serde(rename = "ticketCategoryID", deserialize_with = "int")]
    pub(super) category: Option<i64>,
    #[serde(flatten)]
    values: Map<String, Value>,
}

impl CategoryDefaultsRow {
    /// What the category fills in, by the ticket's names.
    pub(super) fn fills(&self) -> impl Iterator<Item = (&'static str, FieldValue)> {
        const NAMES: [(&str, &str); 9] = [
            ("issueTypeID", "issueType"),
            ("subIssueTypeID", "subIssueType"),
            ("priority", "priority"),
            ("queueID", "queueID"),
            ("serviceLevelAgreementID", "serviceLevelAgreementID"),
            ("sourceID", "source"),
            ("status", "status"),
            ("ticketTypeID", "ticketType"),
            ("workTypeID", "billingCodeID"),
        ];
        NAMES.into_iter().filter_map(|(theirs, ours)| {
            let value = self.values.iter().find(|(key, _)| key.eq_ignore_ascii_case(theirs))?.1;
            Some((ours, FieldValue::Int(as_int(value)?)))
        })
    }
}

/// `BillingCode`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NamedRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
}

/// `EntityInformation`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct EntityRow {
    #[serde(deserialize_with = "flag")]
    pub(super) can_create: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) can_query: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) can_update: Option<bool>,
    #[serde(deserialize_with = "level")]
    pub(super) user_access_for_create: Option<Level>,
    #[serde(deserialize_with = "level")]
    pub(super) user_access_for_query: Option<Level>,
    #[serde(deserialize_with = "level")]
    pub(super) user_access_for_update: Option<Level>,
}

/// How much of an entity the API user's security level opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    None,
    All,
    Restricted,
}

/// A number in the documentation, a word in answers.
fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Level>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let word = value.as_str().unwrap_or_default().to_ascii_lowercase();
    Ok(match (word.as_str(), as_int(&value)) {
        ("none", _) | (_, Some(0)) => Some(Level::None),
        ("all", _) | (_, Some(1)) => Some(Level::All),
        ("restricted", _) | (_, Some(2)) => Some(Level::Restricted),
        _ => None,
    })
}

/// `FieldInformation`, and `Field` of user-defined ones, which says `type` for `dataType` and has a label.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FieldRow {
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) label: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) description: Option<String>,
    #[serde(alias = "type", deserialize_with = "text")]
    pub(super) data_type: Option<String>,
    #[serde(deserialize_with = "int")]
    pub(super) length: Option<i64>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_required: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_read_only: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_pick_list: Option<bool>,
    #[serde(deserialize_with = "text")]
    pub(super) default_value: Option<String>,
    #[serde(deserialize_with = "list")]
    pub(super) picklist_values: Vec<PickRow>,
    #[serde(deserialize_with = "text")]
    pub(super) picklist_parent_value_field: Option<String>,
}

/// `PickListValue`. Values are texts of numbers, or numbers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PickRow {
    #[serde(deserialize_with = "text")]
    pub(super) value: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) label: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_default_value: Option<bool>,
    #[serde(deserialize_with = "int")]
    pub(super) sort_order: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) parent_value: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
}

macro_rules! rows {
    ($($row:ident),*) => {
        $(impl Row for $row {
            fn id(&self) -> Option<i64> {
                self.id
            }
        })*
    };
}

rows!(
    TicketRow,
    NoteRow,
    CompanyRow,
    ContractRow,
    ContractServiceRow,
    UnitsRow,
    CategoryRow,
    CategoryDefaultsRow,
    NamedRow
);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn access_is_a_number_or_a_word() {
        for (value, expected) in [
            (json!("All"), Some(Level::All)),
            (json!("None"), Some(Level::None)),
            (json!("Restricted"), Some(Level::Restricted)),
            (json!(0), Some(Level::None)),
            (json!(1), Some(Level::All)),
            (json!("2"), Some(Level::Restricted)),
            (json!(null), None),
            (json!("Other"), None),
        ] {
            let row: EntityRow = serde_json::from_value(json!({ "userAccessForQuery": value })).unwrap();
            assert_eq!(row.user_access_for_query, expected, "{value}");
        }
    }

    #[test]
    fn both_kinds_of_field_are_read() {
        let field: FieldRow = serde_json::from_value(json!({
            "name": "subIssueType", "dataType": "integer", "isRequired": false, "isPickList": true,
            "picklistValues": [{ "value": "11", "label": "Server", "parentValue": "4", "isActive": true },
                               { "value": 12, "label": "Disk", "parentValue": 4, "isActive": true }],
            "picklistParentValueField": "IssueType"
        }))
        .unwrap();
        let values: Vec<_> = field.picklist_values.iter().map(|pick| pick.value.as_deref()).collect();
        assert_eq!(values, [Some("11"), Some("12")]);
        let field: FieldRow = serde_json::from_value(
            json!({ "name": "Alert ID", "label": "Alert ID", "type": "string", "picklistValues": null }),
        )
        .unwrap();
        assert_eq!(field.data_type.as_deref(), Some("string"));
    }

    #[test]
    fn a_categorys_defaults_are_told_by_the_tickets_names() {
        let row: CategoryDefaultsRow = serde_json::from_value(
            json!({ "id": 9, "ticketCategoryID": 3, "queueID": 8, "sourceID": "5", "priority": null, "title": "x" }),
        )
        .unwrap();
        assert_eq!(row.category, Some(3));
        let fills: Vec<_> = row.fills().collect();
        assert_eq!(fills, [("queueID", FieldValue::Int(8)), ("source", FieldValue::Int(5))]);
    }
}
