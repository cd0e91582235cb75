//! The bodies of what the bridge writes into HaloPSA. It ignores members that it does not know and reads numbers in
//! texts as nothing, so only members that are known are sent, each in its own type.

use super::render::{html, summary};
use crate::{FieldValue, FieldValues, NewNote, NewTicket, PsaError, PsaErrorKind};
use serde_json::{Map, Value, json};

/// Ticket fields that take the id of a choice.
pub(super) const NUMBERS: [&str; 7] =
    ["tickettype_id", "sla_id", "priority_id", "status_id", "impact", "urgency", "source"];
/// Ticket fields that take a choice by its text.
pub(super) const TEXTS: [&str; 2] = ["team", "category_1"];
/// How the names of custom fields begin.
pub(super) const CUSTOM: &str = "CF";

/// HaloPSA's own private note, which every tenant has.
pub(super) const PRIVATE_NOTE: i64 = 7;

/// A new ticket.
///
/// - `_novalidate`: tenants make fields mandatory by ticket type for people at a form. A failed backup must reach the
///   technician all the same, as an e-mail would: HaloPSA's own mail intake sets it too. Fields that the partner chose
///   are checked against the tenant's form before.
/// - `_forcereassign`: no question back where no agent is available.
/// - `donotapplytemplateintheapi`: no template writes over what the partner chose.
/// - user -1 is the client's general user; with no site, HaloPSA finds the right one by itself.
/// - the reference stands in a field of its own, and in the text for tenants whose lists do not show that field.
pub(super) fn ticket(operation: &'static str, new: &NewTicket) -> Result<Value, PsaError> {
    let mut body = object(json!({
        "summary": summary(&new.title),
        "details_html": html(&new.description, &new.reference),
        "client_id": number(operation, "client_id", new.client.as_str())?,
        "site_id": null,
        "user_name": null,
        "userlookup": { "id": -1, "lookupdisplay": "Enter Details Manually" },
        "third_party_id_string": new.reference.as_str(),
        "donotapplytemplateintheapi": true,
        "_novalidate": true,
        "_forcereassign": true,
    }));
    body.append(&mut ticket_fields(operation, &new.fields)?);
    Ok(Value::Object(body))
}

fn ticket_fields(operation: &'static str, fields: &FieldValues) -> Result<Map<String, Value>, PsaError> {
    let mut body = Map::new();
    let mut custom = Vec::new();
    for (field, value) in fields {
        let value = match value {
            FieldValue::Int(value) if NUMBERS.contains(&field.as_str()) => json!(value),
            FieldValue::Text(value) if TEXTS.contains(&field.as_str()) => json!(value),
            value if field.starts_with(CUSTOM) => {
                custom.push(json!({ "name": field, "value": value }));
                continue;
            }
            _ => return Err(rejected(operation, field)),
        };
        body.insert(field.clone(), value);
    }
    if !custom.is_empty() {
        body.insert("customfields".to_owned(), Value::Array(custom));
    }
    Ok(body)
}

/// A new note: private, unless the settings say otherwise.
pub(super) fn note(operation: &'static str, ticket: i64, new: &NewNote) -> Result<Value, PsaError> {
    let mut body = object(json!({
        "ticket_id": ticket,
        "outcome_id": PRIVATE_NOTE,
        "hiddenfromuser": true,
        "note_html": html(&new.text, &new.reference),
    }));
    for (field, value) in &new.fields {
        let value = match (field.as_str(), value) {
            ("outcome_id", FieldValue::Int(value)) => json!(value),
            ("hiddenfromuser", FieldValue::Bool(value)) => json!(value),
            _ => return Err(rejected(operation, field)),
        };
        body.insert(field.clone(), value);
    }
    Ok(Value::Object(body))
}

/// An id as the whole number that HaloPSA insists on.
pub(super) fn number(operation: &'static str, field: &str, id: &str) -> Result<i64, PsaError> {
    id.parse().ok().filter(|id| *id > 0).ok_or_else(|| rejected(operation, field))
}

fn rejected(operation: &'static str, field: &str) -> PsaError {
    let kind = PsaErrorKind::Rejected { field: Some(field.to_owned()) };
    PsaError::new(kind, operation, format!("Not sent: HaloPSA takes no such value in {field}"))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientId, Reference, Text, TextBlock};

    fn new_ticket(client: &str, fields: FieldValues) -> NewTicket {
        NewTicket {
            client: ClientId::new(client),
            reference: Reference::new("PB-7"),
            title: "Backup failed".into(),
            description: Text { blocks: vec![TextBlock::Paragraph("a < b".into())] },
            fields,
        }
    }

    #[test]
    fn a_ticket_carries_its_reference_twice_and_numbers_as_numbers() {
        let fields = FieldValues::from([
            ("tickettype_id".into(), FieldValue::Int(21)),
            ("team".into(), FieldValue::Text("Backup".into())),
            ("CFEnvironment".into(), FieldValue::Text("Test".into())),
        ]);
        let body = ticket("test", &new_ticket("57", fields)).unwrap();
        assert_eq!(body["client_id"], json!(57));
        assert_eq!(body["tickettype_id"], json!(21));
        assert_eq!(body["team"], json!("Backup"));
        assert_eq!(body["customfields"], json!([{ "name": "CFEnvironment", "value": "Test" }]));
        assert_eq!(body["third_party_id_string"], json!("PB-7"));
        assert_eq!(body["details_html"], json!("<p>a &lt; b</p><p>Ref: PB-7</p>"));
        assert!(body.get("id").is_none(), "an id would change another ticket");
    }

    #[test]
    fn what_halopsa_would_misread_is_not_sent() {
        for client in ["", "x", "1.0", "-1", "0", "57 "] {
            let error = ticket("test", &new_ticket(client, FieldValues::new())).unwrap_err();
            assert_eq!(
                *error.kind(),
                PsaErrorKind::Rejected { field: Some("client_id".into()) },
                "{client:?}"
            );
        }
        for (field, value) in [
            ("id", FieldValue::Int(4)),
            ("client_id", FieldValue::Int(4)),
            ("priority_id", FieldValue::Text("3".into())),
            ("team", FieldValue::Int(3)),
            ("_novalidate", FieldValue::Bool(false)),
        ] {
            let fields = FieldValues::from([(field.to_owned(), value)]);
            let error = ticket("test", &new_ticket("57", fields)).unwrap_err();
            assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some(field.to_owned()) });
        }
    }

    #[test]
    fn a_note_is_private_unless_the_settings_say_otherwise() {
        let new =
            NewNote { reference: Reference::new("PB-8"), text: Text::default(), fields: FieldValues::new() };
        let body = note("test", 12, &new).unwrap();
        assert_eq!((&body["ticket_id"], &body["outcome_id"]), (&json!(12), &json!(7)));
        assert_eq!(body["hiddenfromuser"], json!(true));
        let fields = FieldValues::from([
            ("outcome_id".into(), FieldValue::Int(12)),
            ("hiddenfromuser".into(), FieldValue::Bool(false)),
        ]);
        let body = note("test", 12, &NewNote { fields, ..new }).unwrap();
        assert_eq!((&body["outcome_id"], &body["hiddenfromuser"]), (&json!(12), &json!(false)));
    }
}
