//! The bodies of what the bridge writes into Autotask. Empty members make it fail, so only what has a value is sent, each
//! in its own type; user-defined fields are always texts.

use super::api::seconds;
use super::fields::{TICKET_FIELDS, USER_DEFINED};
use super::render;
use crate::form::is_decimal;
use crate::{FieldValue, FieldValues, FormSection, NewNote, NewTicket, PsaError, PsaErrorKind};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

/// Autotask's own, which every tenant has.
pub(super) const TASK_SUMMARY: i64 = 1;
/// Seen by the MSP's people alone; 1 would show in the client portal.
pub(super) const INTERNAL: i64 = 2;

/// In the form, how many hours after the event; in Autotask, a time.
pub(super) const DUE: &str = "dueDateTime";
pub(super) const SLA: &str = "serviceLevelAgreementID";

const TEXTS: [&str; 7] = [
    "changeInfoField1",
    "changeInfoField2",
    "changeInfoField3",
    "changeInfoField4",
    "changeInfoField5",
    "purchaseOrderNumber",
    "resolution",
];
pub(super) const DECIMALS: [&str; 2] = ["estimatedHours", "hoursToBeScheduled"];

/// What Autotask needs in the request even where the category would fill it.
const NEEDED: [&str; 3] = ["status", "priority", "queueID"];

/// Whether more than the settings must be known to make a ticket of them.
pub(super) fn needs_form(fields: &FieldValues) -> bool {
    let due_may_be_the_slas = fields.contains_key(DUE) && !fields.contains_key(SLA);
    due_may_be_the_slas || NEEDED.iter().any(|field| !fields.contains_key(*field))
}

/// The settings with what the form fills in of what Autotask needs.
pub(super) fn completed(fields: &FieldValues, form: Option<&FormSection>) -> FieldValues {
    let mut complete = fields.clone();
    let Some(form) = form else { return complete };
    for field in NEEDED {
        if let Some(value) = form.effective(field, fields) {
            complete.entry(field.to_owned()).or_insert_with(|| value.clone());
        }
    }
    complete
}

/// Whether a service level agreement sets the due date, as far as settings and category tell. Where the category is not
/// known, it may: Autotask says when it needs a date of ours.
pub(super) fn sla_may_set_due(fields: &FieldValues, form: Option<&FormSection>) -> bool {
    form.is_none_or(|form| form.effective(SLA, fields).is_some()) || fields.contains_key(SLA)
}

/// When a ticket made now is due by the settings.
pub(super) fn due(
    operation: &'static str,
    fields: &FieldValues,
    now: Timestamp,
) -> Result<Option<Timestamp>, PsaError> {
    match fields.get(DUE) {
        None => Ok(None),
        Some(FieldValue::Int(hours)) if (0..=87_600).contains(hours) => {
            Ok(now.checked_add(hours.hours()).ok())
        }
        Some(_) => Err(rejected(operation, DUE)),
    }
}

/// A new ticket. The reference stands in the field for keys of other systems, and in the text for people.
pub(super) fn ticket(
    operation: &'static str,
    new: &NewTicket,
    fields: &FieldValues,
    due: Option<Timestamp>,
) -> Result<Value, PsaError> {
    let mut body = Map::from_iter([
        ("companyID".to_owned(), json!(company(operation, new.client.as_str())?)),
        ("title".to_owned(), json!(render::title(&new.title))),
        ("description".to_owned(), json!(render::description(&new.description, &new.reference))),
        ("externalID".to_owned(), json!(new.reference.as_str())),
    ]);
    let mut own = Vec::new();
    for (field, value) in fields.iter().filter(|(field, _)| *field != DUE) {
        if let Some(name) = field.strip_prefix(USER_DEFINED) {
            own.push(json!({ "name": name, "value": as_text(value) }));
        } else {
            body.insert(field.clone(), typed(field, value).ok_or_else(|| rejected(operation, field))?);
        }
    }
    if !own.is_empty() {
        body.insert("userDefinedFields".to_owned(), Value::Array(own));
    }
    if let Some(due) = due {
        body.insert(DUE.to_owned(), json!(seconds(due)));
    }
    Ok(Value::Object(body))
}

/// A new note: internal, unless the settings say otherwise.
pub(super) fn note(operation: &'static str, ticket: i64, new: &NewNote) -> Result<Value, PsaError> {
    let mut body = json!({
        "ticketID": ticket,
        "title": render::note_title(&new.text),
        "description": render::note(&new.text, &new.reference),
        "noteType": TASK_SUMMARY,
        "publish": INTERNAL,
    });
    for (field, value) in &new.fields {
        match (field.as_str(), value) {
            ("noteType" | "publish", FieldValue::Int(value)) => body[field] = json!(value),
            _ => return Err(rejected(operation, field)),
        }
    }
    Ok(body)
}

/// The value in the type that the field has; none where it has no such type, or is not ours to set.
fn typed(field: &str, value: &FieldValue) -> Option<Value> {
    if ["companyID", "externalID"].contains(&field) || !TICKET_FIELDS.contains(&field) {
        return None;
    }
    match value {
        FieldValue::Text(text) if TEXTS.contains(&field) => Some(json!(text)),
        FieldValue::Text(text) if DECIMALS.contains(&field) && is_decimal(text) => {
            text.parse::<f64>().ok().map(|number| json!(number))
        }
        FieldValue::Int(number) if !TEXTS.contains(&field) => Some(json!(number)),
        // A field that only a refusal made known is asked for as a text.
        FieldValue::Text(text) => text.trim().parse::<i64>().ok().map(|number| json!(number)),
        FieldValue::Bool(_) | FieldValue::Int(_) => None,
    }
}

fn as_text(value: &FieldValue) -> String {
    match value {
        FieldValue::Bool(flag) => flag.to_string(),
        FieldValue::Int(number) => number.to_string(),
        FieldValue::Text(text) => text.clone(),
    }
}

/// The id of a company. 0 is the MSP's own.
pub(super) fn company(operation: &'static str, id: &str) -> Result<i64, PsaError> {
    number(operation, "companyID", id, 0)
}

/// The id of a ticket.
pub(super) fn ticket_id(operation: &'static str, id: &str) -> Result<i64, PsaError> {
    number(operation, "ticketID", id, 1)
}

fn number(operation: &'static str, field: &str, id: &str, least: i64) -> Result<i64, PsaError> {
    id.parse().ok().filter(|id| *id >= least).ok_or_else(|| rejected(operation, field))
}

fn rejected(operation: &'static str, field: &str) -> PsaError {
    let kind = PsaErrorKind::Rejected { field: Some(field.to_owned()) };
    PsaError::new(kind, operation, format!("Not sent: Autotask takes no such value in {field}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientId, Reference, Text, TextBlock};

    fn values(pairs: &[(&str, FieldValue)]) -> FieldValues {
        pairs.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect()
    }

    fn text(text: &str) -> FieldValue {
        FieldValue::Text(text.to_owned())
    }

    fn body(client: &str, fields: &FieldValues) -> Result<Value, PsaErrorKind> {
        let new = NewTicket {
            client: ClientId::new(client),
            reference: Reference::new("PB-7"),
            title: "Backup failed".into(),
            description: Text { blocks: vec![TextBlock::Paragraph("a < b".into())] },
            fields: FieldValues::new(),
        };
        ticket("test", &new, fields, None).map_err(|error| error.kind().clone())
    }

    #[test]
    fn a_ticket_carries_its_reference_twice_and_each_value_in_its_type() {
        let fields = values(&[
            ("queueID", FieldValue::Int(8)),
            ("contactID", text("41")),
            ("estimatedHours", text("1.5")),
            ("purchaseOrderNumber", text("PO 7")),
            ("udf:Alert ID", FieldValue::Int(7)),
            ("udf:Urgent", FieldValue::Bool(true)),
        ]);
        let expected = json!({
            "companyID": 0, "title": "Backup failed", "description": "a < b\n\nRef: PB-7", "externalID": "PB-7",
            "queueID": 8, "contactID": 41, "estimatedHours": 1.5, "purchaseOrderNumber": "PO 7",
            "userDefinedFields": [{ "name": "Alert ID", "value": "7" }, { "name": "Urgent", "value": "true" }],
        });
        assert_eq!(body("0", &fields), Ok(expected));
    }

    #[test]
    fn what_autotask_would_misread_is_not_sent() {
        let rejected = |field: &str| Err(PsaErrorKind::Rejected { field: Some(field.to_owned()) });
        for client in ["", "x", "1.0", "-1", "57 "] {
            assert_eq!(body(client, &FieldValues::new()), rejected("companyID"), "{client:?}");
        }
        for (field, value) in [
            ("id", FieldValue::Int(4)),
            ("companyID", FieldValue::Int(4)),
            ("externalID", text("other")),
            ("queueID", text("eight")),
            ("estimatedHours", text("1e9")),
            ("purchaseOrderNumber", FieldValue::Int(3)),
            ("status", FieldValue::Bool(true)),
            ("nonsense", FieldValue::Int(1)),
        ] {
            assert_eq!(body("5", &values(&[(field, value)])), rejected(field), "{field}");
        }
    }

    #[test]
    fn a_due_date_counts_from_now() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let at = |value| due("test", &values(&[(DUE, value)]), now).map_err(|error| error.kind().clone());
        assert_eq!(at(FieldValue::Int(8)), Ok(Some("2026-11-21T18:00:00Z".parse().unwrap())));
        let rejected = PsaErrorKind::Rejected { field: Some(DUE.to_owned()) };
        for value in [FieldValue::Int(-1), FieldValue::Int(i64::MAX), text("8")] {
            assert_eq!(at(value), Err(rejected.clone()));
        }
    }

    #[test]
    fn a_note_is_internal_unless_the_settings_say_otherwise() {
        let new =
            NewNote { reference: Reference::new("PB-8"), text: Text::default(), fields: FieldValues::new() };
        let body = note("test", 12, &new).unwrap();
        assert_eq!(
            (&body["ticketID"], &body["noteType"], &body["publish"]),
            (&json!(12), &json!(1), &json!(2))
        );
        let fields = values(&[("publish", FieldValue::Int(1))]);
        let body = note("test", 12, &NewNote { fields, ..new.clone() }).unwrap();
        assert_eq!(body["publish"], json!(1));
        assert!(note("test", 12, &NewNote { fields: values(&[("id", FieldValue::Int(1))]), ..new }).is_err());
    }
}
