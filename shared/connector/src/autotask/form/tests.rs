//! The form from metadata as tenants have it.

use super::*;
use serde_json::{Value, json};

fn rows<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn pick(value: &str, label: &str, parent: &str, active: bool) -> Value {
    json!({ "value": value, "label": label, "parentValue": parent, "isActive": active, "isDefaultValue": false })
}

fn picklist(name: &str, required: bool, picks: &[Value]) -> Value {
    json!({
        "name": name, "dataType": "integer", "isRequired": required, "isReadOnly": false, "isPickList": true,
        "picklistValues": picks, "picklistParentValueField": if name == "subIssueType" { "IssueType" } else { "" }
    })
}

fn tickets() -> Vec<FieldRow> {
    rows(json!([
        { "name": "id", "dataType": "long", "isRequired": true, "isReadOnly": true },
        { "name": "companyID", "dataType": "integer", "isRequired": true, "isReadOnly": false },
        { "name": "title", "dataType": "string", "isRequired": true, "length": 255 },
        picklist("status", true, &[pick("1", "New", "", true), pick("5", "Complete", "", true), pick("9", "Old", "", false)]),
        picklist("priority", true, &[pick("2", "Medium", "", true), pick("1", "High", "", true)]),
        picklist("queueID", false, &[pick("8", "Monitoring", "", true), pick("9", "Triage", "", true)]),
        picklist("ticketCategory", false, &[pick("3", "Standard", "", true), pick("113", "Incident", "", true)]),
        picklist("issueType", false, &[pick("4", "Backup", "", true), pick("5", "Gone", "", false)]),
        picklist("subIssueType", false, &[pick("11", "Server", "4", true), pick("12", "Lost", "5", true)]),
        { "name": "dueDateTime", "dataType": "datetime", "isRequired": false },
        { "name": "estimatedHours", "dataType": "double", "isRequired": false },
        { "name": "hoursToBeScheduled", "dataType": "double", "isRequired": true },
        { "name": "ticketNumber", "dataType": "string", "isRequired": true, "isReadOnly": true },
    ]))
}

fn categories() -> Categories {
    let defaults: Vec<CategoryDefaultsRow> = rows(json!([
        { "id": 1, "ticketCategoryID": 3, "queueID": 8, "priority": 2, "serviceLevelAgreementID": null }
    ]));
    let categories: Vec<CategoryRow> = rows(json!([
        { "id": 3, "name": "Standard", "isActive": true, "isGlobalDefault": true },
        { "id": 113, "name": "Incident", "isActive": true, "isGlobalDefault": false },
    ]));
    category_options(&tickets(), &categories, &defaults)
}

fn own() -> Vec<FieldRow> {
    rows(json!([
        { "name": "Alert ID", "label": "Alert", "type": "string", "length": 100, "isRequired": true },
        { "name": "Cost", "type": "double", "isRequired": false },
        { "name": "Seen", "type": "datetime", "isRequired": false },
        { "name": "Tier", "type": "string", "isPickList": true, "picklistValues": [pick("1", "Gold", "", true)] },
        { "name": "Hidden", "type": "string", "isReadOnly": true },
    ]))
}

fn form() -> TicketForm {
    let tickets = tickets();
    let fields = create_fields(&tickets, &own(), &categories(), &[], &status_options(&tickets));
    TicketForm { sections: vec![FormSection { name: SectionName::Create, fields }] }
}

fn problems(values: &[(&str, FieldValue)]) -> Vec<String> {
    let values = values.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
    let problems = form().problems(SectionName::Create, &values);
    problems.into_iter().map(|problem| format!("{}: {}", problem.field, problem.code)).collect()
}

fn field(id: &str) -> FormField {
    let form = form();
    form.sections[0].fields.iter().find(|field| field.id == id).unwrap().clone()
}

fn values(id: &str) -> Vec<FieldValue> {
    match field(id).kind {
        FieldKind::Choice { options } => options.into_iter().map(|option| option.value).collect(),
        kind => panic!("{kind:?}"),
    }
}

#[test]
fn the_form_is_the_tenants_and_leaves_out_what_the_bridge_fills() {
    let form = form();
    let ids: Vec<_> = form.sections[0].fields.iter().map(|field| field.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "ticketCategory",
            "status",
            "priority",
            "queueID",
            "dueDateTime",
            "issueType",
            "subIssueType",
            "estimatedHours",
            "hoursToBeScheduled",
            "udf:Alert ID",
            "udf:Cost",
            "udf:Seen",
            "udf:Tier",
        ]
    );
    assert!(field("hoursToBeScheduled").required, "whatever else the metadata requires is asked for");
}

#[test]
fn what_the_category_fills_need_not_be_chosen_and_can_be_overridden() {
    let int = FieldValue::Int;
    let rest = [("hoursToBeScheduled", int(1)), ("udf:Alert ID", FieldValue::Text("x".into()))];
    let with = |more: &[(&'static str, FieldValue)]| problems(&[&rest[..], more].concat());
    assert!(with(&[]).is_empty());
    assert!(with(&[("queueID", int(9))]).is_empty());
    assert_eq!(with(&[("ticketCategory", int(113))]), ["priority: required", "queueID: required"]);
    assert_eq!(field("queueID").overrides.as_deref(), Some("ticketCategory"));
    assert_eq!(field("issueType").overrides, None);
    assert_eq!(problems(&[]), ["hoursToBeScheduled: required", "udf:Alert ID: required"]);
}

#[test]
fn retired_values_and_what_hangs_on_them_are_not_offered() {
    assert_eq!(values("status"), [FieldValue::Int(1), FieldValue::Int(5)]);
    assert_eq!(values("issueType"), [FieldValue::Int(4)]);
    assert_eq!(values("subIssueType"), [FieldValue::Int(11)]);
    assert_eq!(field("subIssueType").depends_on.as_deref(), Some("issueType"));
}

#[test]
fn fields_that_the_tenant_made_have_their_kinds() {
    assert_eq!(field("udf:Alert ID").kind, FieldKind::Text { max_length: Some(100) });
    assert_eq!(field("udf:Cost").kind, FieldKind::Decimal);
    assert_eq!(field("udf:Seen").kind, FieldKind::DateTime);
    assert_eq!(values("udf:Tier"), [FieldValue::Text("1".into())]);
    assert!(field("udf:Tier").user_defined && !field("queueID").user_defined);
    assert_eq!(field("udf:Alert ID").label, "Alert");
}

#[test]
fn a_new_ticket_is_new_and_a_resolved_one_complete() {
    assert_eq!(field("status").default, Some(FieldValue::Int(1)));
    let statuses = status_options(&tickets());
    assert_eq!(status_field(&statuses, true, COMPLETE).default, Some(FieldValue::Int(5)));
    assert_eq!(status_field(&statuses, false, NEW).default, Some(FieldValue::Int(1)));
    assert_eq!(status_field(&[], true, COMPLETE).default, Some(FieldValue::Int(5)));
}
