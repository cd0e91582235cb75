//! The form of the demo tenant, and tickets made of it.

use super::support::{connector, new_ticket, settings, sim, values};
use psa_connector::{
    ClientId, FieldKind, FieldValue, FieldValues, FormField, PsaErrorKind, SectionName, TicketForm,
};
use psa_sim::autotask::ErrorReport;

const BACKUP_ALERT: i64 = 112;
const INCIDENT: i64 = 113;
const SECURITY_ALERT: i64 = 114;

fn field(form: &TicketForm, id: &str) -> FormField {
    let create = form.section(SectionName::Create).unwrap();
    create.fields.iter().find(|field| field.id == id).unwrap_or_else(|| panic!("{id}")).clone()
}

fn problems(form: &TicketForm, pairs: &[(&str, i64)]) -> Vec<String> {
    let problems = form.problems(SectionName::Create, &values(pairs));
    problems.into_iter().map(|problem| format!("{}: {}", problem.field, problem.code)).collect()
}

#[tokio::test]
async fn the_form_is_this_tenants() {
    let sim = sim().await;
    let form = connector(&sim).ticket_form().await.unwrap();
    let create = form.section(SectionName::Create).unwrap();
    let ids: Vec<_> = create.fields.iter().map(|field| field.id.as_str()).collect();
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
            "ticketType",
            "source",
            "serviceLevelAgreementID",
            "billingCodeID",
            "estimatedHours",
            "purchaseOrderNumber",
            "assignedResourceID",
            "assignedResourceRoleID",
            "udf:Alert ID",
            "udf:Environment",
            "udf:Affected users",
        ]
    );
    assert_eq!(field(&form, "ticketCategory").default, Some(FieldValue::Int(3)));
    assert_eq!(field(&form, "queueID").overrides.as_deref(), Some("ticketCategory"));
    assert!(field(&form, "udf:Environment").user_defined);
    assert!(problems(&form, &[("priority", 2)]).is_empty());
    assert_eq!(problems(&form, &[]), ["priority: required"]);
    assert_eq!(problems(&form, &[("priority", 6)]), ["priority: not_an_option"], "retired");
    assert_eq!(
        problems(&form, &[("ticketCategory", INCIDENT), ("priority", 2)]),
        ["queueID: required"],
        "this category gives none"
    );
    assert_eq!(
        problems(&form, &[("priority", 2), ("issueType", 4), ("subIssueType", 136)]),
        ["subIssueType: not_an_option_here"]
    );
    let FieldKind::Choice { options } = field(&form, "billingCodeID").kind else { panic!() };
    assert_eq!(options.len(), 2, "active work types alone");
    let default = |name| form.section(name).unwrap().fields[0].default.clone();
    assert_eq!(default(SectionName::Resolve), Some(FieldValue::Int(5)));
    assert_eq!(default(SectionName::Reopen), Some(FieldValue::Int(1)));
    assert_eq!(form.closing_status(&FieldValues::new()), Some(5));
}

#[tokio::test]
async fn the_category_fills_what_is_left_out_and_what_is_chosen_wins() {
    let sim = sim().await;
    let connector = connector(&sim);
    let mut ticket = new_ticket("PB-1");
    ticket.fields = values(&[("ticketCategory", BACKUP_ALERT), ("priority", 2)]);
    connector.create_ticket(&ticket).await.unwrap();
    ticket.fields.insert("queueID".to_owned(), FieldValue::Int(29_682_833));
    connector.create_ticket(&ticket).await.unwrap();
    let stored = sim.tickets();
    let numbers = |index: usize, field: &str| stored[index].number(field);
    assert_eq!([numbers(0, "queueID"), numbers(0, "subIssueType")], [Some(29_683_490), Some(136)]);
    assert_eq!([numbers(1, "queueID"), numbers(1, "status")], [Some(29_682_833), Some(1)]);
    assert!(stored[0].text("dueDateTime").is_some(), "by the category");
}

#[tokio::test]
async fn an_slas_due_date_is_not_overridden() {
    let sim = sim().await;
    sim.configure(|switches| switches.sla_gives_due_date = true);
    let connector = connector(&sim);
    let mut ticket = new_ticket("PB-1");
    connector.create_ticket(&ticket).await.unwrap();
    ticket.fields.insert("serviceLevelAgreementID".to_owned(), FieldValue::Int(1));
    connector.create_ticket(&ticket).await.unwrap();
    let due: Vec<_> = sim.tickets().iter().map(|ticket| ticket.text("dueDateTime").is_some()).collect();
    assert_eq!(due, [true, false]);
    // Where the agreement gives none, Autotask asks for ours.
    sim.configure(|switches| switches.sla_gives_due_date = false);
    connector.create_ticket(&ticket).await.unwrap();
    assert!(sim.tickets()[2].text("dueDateTime").is_some());
}

#[tokio::test]
async fn refusals_name_the_field() {
    type Case = (&'static str, &'static [(&'static str, i64)]);
    let sim = sim().await;
    let connector = connector(&sim);
    let cases: [Case; 9] = [
        ("dueDateTime", &[("priority", 2)]),
        ("priority", &[("priority", 6), ("dueDateTime", 1)]),
        ("priority", &[("dueDateTime", 1)]),
        ("subIssueType", &[("priority", 2), ("dueDateTime", 1), ("issueType", 4), ("subIssueType", 136)]),
        ("queueID", &[("ticketCategory", INCIDENT), ("priority", 2), ("dueDateTime", 1)]),
        ("source", &[("ticketCategory", SECURITY_ALERT)]),
        ("billingCodeID", &[("ticketCategory", SECURITY_ALERT), ("source", 8)]),
        (
            "udf:Environment",
            &[("ticketCategory", SECURITY_ALERT), ("source", 8), ("billingCodeID", 29_682_801)],
        ),
        ("assignedResourceID", &[("priority", 2), ("dueDateTime", 1), ("assignedResourceID", 29)]),
    ];
    for (field, pairs) in cases {
        let mut ticket = new_ticket("PB-1");
        ticket.fields = values(pairs);
        let error = connector.create_ticket(&ticket).await.unwrap_err();
        assert_eq!(
            *error.kind(),
            PsaErrorKind::Rejected { field: Some(field.to_owned()) },
            "{error}: {pairs:?}"
        );
        assert!(error.psa_message().is_some());
    }
    let mut ticket = new_ticket("PB-1");
    ticket.client = ClientId::new("178");
    let error = connector.create_ticket(&ticket).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some("companyID".to_owned()) });
    assert_eq!(sim.ticket_count(), 0);
}

#[tokio::test]
async fn what_refusals_ask_for_one_by_one_makes_a_ticket_in_the_end() {
    let sim = sim().await;
    sim.configure(|switches| switches.error_report = ErrorReport::First);
    let connector = connector(&sim);
    let mut ticket = new_ticket("PB-1");
    ticket.fields = values(&[("ticketCategory", SECURITY_ALERT)]);
    for (field, value) in [
        ("source", FieldValue::Int(8)),
        ("billingCodeID", FieldValue::Text("29682801".into())),
        ("udf:Environment", FieldValue::Text("1".into())),
    ] {
        let error = connector.create_ticket(&ticket).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some(field.to_owned()) }, "{error}");
        ticket.fields.insert(field.to_owned(), value);
    }
    connector.create_ticket(&ticket).await.unwrap();
    let stored = sim.tickets().pop().unwrap();
    assert_eq!(stored.user_defined("Environment").and_then(|value| value.as_str()), Some("1"));
}

#[tokio::test]
async fn required_fields_of_the_tenants_own_are_in_the_form_and_in_the_refusal() {
    let sim = sim().await;
    sim.edit_tenant(|tenant| tenant.user_defined_fields[0].required = true);
    let connector = connector(&sim);
    let form = connector.ticket_form().await.unwrap();
    assert!(field(&form, "udf:Alert ID").required);
    let error = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some("udf:Alert ID".to_owned()) });
    let mut ticket = new_ticket("PB-1");
    ticket.fields = settings();
    ticket.fields.insert("udf:Alert ID".to_owned(), FieldValue::Text("0192f0".into()));
    connector.create_ticket(&ticket).await.unwrap();
}
