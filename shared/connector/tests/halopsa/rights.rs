//! What is missing, and whether the check says so.

use super::support::{CLIENT, connector, connector_with, credentials, new_ticket, sim};
use psa_connector::{
    CheckCode, CheckReport, CheckStatus, ClientId, ConnectorOptions, Credentials, FieldValue, NewNote,
    PsaErrorKind, Reference, SectionName, Text,
};
use psa_sim::{Access, Choice, Denial, HaloSim, LoginType, Rights, ScopeMismatch};

fn status(report: &CheckReport, code: CheckCode) -> CheckStatus {
    report.lines.iter().find(|line| line.code == code).map(|line| line.status).unwrap()
}

fn set_rights(sim: &HaloSim, change: impl Fn(&mut Rights)) {
    sim.edit_tenant(|tenant| {
        let agent = tenant.applications[0].agent_id;
        tenant.agents.iter_mut().filter(|one| one.id == agent).for_each(|one| change(&mut one.rights));
    });
}

fn set_scopes(sim: &HaloSim, scopes: &[&str]) {
    sim.edit_tenant(|tenant| {
        tenant.applications[0].scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    });
}

fn each_failure_names_the_screen(report: &CheckReport) {
    for line in report.lines.iter().filter(|line| line.status == CheckStatus::Failed) {
        let fix = line.fix.as_deref().unwrap_or_default();
        assert!(fix.contains("Configuration ›"), "{line:?}");
    }
}

#[tokio::test]
async fn a_right_set_up_passes_and_leaves_to_the_test_ticket_what_only_that_can_prove() {
    let sim = sim().await;
    let report = connector(&sim).check().await;
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.lines.len(), 10);
    assert_eq!(status(&report, CheckCode::TicketsAdd), CheckStatus::ProvenByTestTicket);
    assert_eq!(sim.ticket_count(), 0, "a check has no side effects");
}

#[tokio::test]
async fn each_missing_right_fails_its_own_line_however_it_shows() {
    type Change = fn(&mut Rights);
    let cases: [(CheckCode, CheckStatus, Change); 6] = [
        (CheckCode::TicketsRead, CheckStatus::Failed, |rights| rights.tickets = Access::None),
        (CheckCode::ClientsRead, CheckStatus::Failed, |rights| rights.customers = Access::None),
        (CheckCode::ClientsRead, CheckStatus::Failed, |rights| rights.clients = Choice::Only(vec![])),
        (CheckCode::TicketTypes, CheckStatus::Failed, |rights| rights.ticket_types = Choice::Only(vec![])),
        (CheckCode::Suppliers, CheckStatus::NotGranted, |rights| rights.suppliers = Access::None),
        (CheckCode::Licenses, CheckStatus::NotGranted, |rights| rights.software_licensing = Access::None),
    ];
    for (code, expected, change) in cases {
        let sim = sim().await;
        set_rights(&sim, change);
        let report = connector(&sim).check().await;
        assert_eq!(status(&report, code), expected, "{report:#?}");
        assert_eq!(report.passed(), expected == CheckStatus::NotGranted);
        each_failure_names_the_screen(&report);
    }
}

#[tokio::test]
async fn an_empty_list_of_customers_is_a_missing_right() {
    let sim = sim().await;
    sim.configure(|switches| switches.denial = Denial::EmptyList);
    set_rights(&sim, |rights| rights.customers = Access::None);
    let report = connector(&sim).check().await;
    assert_eq!(status(&report, CheckCode::ClientsRead), CheckStatus::Failed, "{report:#?}");
}

#[tokio::test]
async fn a_401_on_a_detail_page_is_a_missing_right_after_one_renewal() {
    let sim = sim().await;
    let connector = connector(&sim);
    let ticket = connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    sim.configure(|switches| switches.denial = Denial::UnauthorizedOnDetail);
    set_rights(&sim, |rights| (rights.tickets, rights.customers) = (Access::None, Access::None));
    let before = sim.counts().requests_to("POST /token");
    let error = connector.ticket(&ticket).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::MissingPermission);
    assert_eq!(sim.counts().requests_to("POST /token"), before + 1);
    let client = connector.client(&ClientId::new(CLIENT.to_string())).await.unwrap();
    assert!(client.is_some(), "the list still shows it");
}

#[tokio::test]
async fn refused_credentials_are_told_and_not_tried_again_at_once() {
    let sim = sim().await;
    let wrong = credentials(&sim).with("client_secret", "wrong");
    let connector = connector_with(&wrong, &ConnectorOptions::default());
    for _ in 0..3 {
        assert_eq!(*connector.ping().await.unwrap_err().kind(), PsaErrorKind::InvalidCredentials);
    }
    assert_eq!(sim.counts().requests_to("POST /token"), 1);
    let report = connector.check().await;
    assert_eq!(status(&report, CheckCode::Reachable), CheckStatus::Ok);
    assert_eq!(status(&report, CheckCode::Credentials), CheckStatus::Failed);
    assert_eq!(status(&report, CheckCode::Licenses), CheckStatus::Skipped);
    each_failure_names_the_screen(&report);
}

#[tokio::test]
async fn a_wrong_tenant_is_told_from_an_outage() {
    let sim = sim().await;
    // A tenant that has to be told: where none is entered, it comes from what the site says of itself.
    sim.configure(|switches| switches.tenant_required = true);
    let wrong = credentials(&sim).with("tenant", "somebody-else");
    let error = connector_with(&wrong, &ConnectorOptions::default()).ping().await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::InvalidCredentials);
    assert!(error.detail().contains("somebody-else"), "{error}");
    for right in ["demo", "DEMO", "None", ""] {
        let credentials = credentials(&sim).with("tenant", right);
        connector_with(&credentials, &ConnectorOptions::default()).ping().await.unwrap();
    }
}

#[tokio::test]
async fn the_same_tenant_has_one_identity_however_it_is_entered() {
    let sim = sim().await;
    let mut seen = Vec::new();
    for (suffix, tenant) in [("", ""), ("/", "demo"), ("/api", "DEMO"), ("/api/", "None"), ("/auth", "")] {
        let entered: Credentials =
            credentials(&sim).with("site_url", format!("{}{suffix}", sim.base_url())).with("tenant", tenant);
        seen.push(connector_with(&entered, &ConnectorOptions::default()).tenant().await.unwrap());
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
}

#[tokio::test]
async fn applications_of_any_width_work() {
    for mismatch in [ScopeMismatch::Narrow, ScopeMismatch::Refuse] {
        for scopes in [
            &["all:standard"][..],
            &["all"],
            &["edit:tickets", "read:customers"],
            &["edit:tickets", "read:customers", "edit:softwarelicensing"],
            &["edit:tickets", "read:customers", "edit:suppliers", "edit:softwarelicensing"],
        ] {
            let sim = sim().await;
            sim.configure(|switches| switches.scope_mismatch = mismatch);
            set_scopes(&sim, scopes);
            let connector = connector(&sim);
            let report = connector.check().await;
            assert!(report.passed(), "{mismatch:?} {scopes:?}: {report:#?}");
            connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_application_without_tickets_is_told_what_it_lacks() {
    for (scopes, code) in [
        (&["read:customers"][..], CheckCode::Credentials),
        (&["read:tickets", "read:customers"], CheckCode::TicketsAdd),
    ] {
        let sim = sim().await;
        set_scopes(&sim, scopes);
        let report = connector(&sim).check().await;
        assert_eq!(status(&report, code), CheckStatus::Failed, "{report:#?}");
        each_failure_names_the_screen(&report);
    }
    let sim = sim().await;
    sim.edit_tenant(|tenant| tenant.applications[0].login_type = LoginType::None);
    let report = connector(&sim).check().await;
    assert_eq!(status(&report, CheckCode::TicketsRead), CheckStatus::Failed, "{report:#?}");
}

#[tokio::test]
async fn refusals_name_the_field() {
    let sim = sim().await;
    let connector = connector(&sim);
    let mut ticket = new_ticket("PB-1");
    ticket.client = ClientId::new("999999");
    let error = connector.create_ticket(&ticket).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some("client_id".into()) });
    assert!(error.partner_message().contains("Please select a valid Client/Site/User"), "{error}");

    // A workflow that forbids the private note.
    let mut ticket = new_ticket("PB-2");
    ticket.fields = [("tickettype_id".to_owned(), FieldValue::Int(23))].into();
    let id = connector.create_ticket(&ticket).await.unwrap();
    let note = NewNote { reference: Reference::new("PB-3"), text: Text::default(), fields: [].into() };
    let error = connector.add_note(&id, &note).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some("outcome_id".into()) });
    let allowed = NewNote { fields: [("outcome_id".to_owned(), FieldValue::Int(12))].into(), ..note };
    connector.add_note(&id, &allowed).await.unwrap();

    // Mandatory fields of a type keep nothing back.
    let mut ticket = new_ticket("PB-4");
    ticket.fields = [("tickettype_id".to_owned(), FieldValue::Int(22))].into();
    connector.create_ticket(&ticket).await.unwrap();
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
            "tickettype_id",
            "sla_id",
            "priority_id",
            "status_id",
            "team",
            "category_1",
            "impact",
            "urgency",
            "source",
            "CFBridgeReference",
            "CFEnvironment",
        ]
    );
    let values = |pairs: &[(&str, i64)]| {
        pairs.iter().map(|(field, value)| ((*field).to_owned(), FieldValue::Int(*value))).collect()
    };
    let codes = |pairs: &[(&str, i64)]| {
        let problems = form.problems(SectionName::Create, &values(pairs));
        problems.into_iter().map(|problem| format!("{}: {}", problem.field, problem.code)).collect::<Vec<_>>()
    };
    assert!(codes(&[("tickettype_id", 21), ("sla_id", 2), ("priority_id", 3)]).is_empty());
    assert_eq!(codes(&[("sla_id", 2), ("priority_id", 4)]), ["priority_id: not_an_option_here"]);
    assert_eq!(codes(&[("priority_id", 3)]), ["priority_id: not_an_option_here"]);
    assert_eq!(codes(&[("tickettype_id", 24)]), ["tickettype_id: not_an_option"]);
    let defaults = |name| form.section(name).unwrap().fields[0].default.clone();
    assert_eq!(defaults(SectionName::Note), Some(FieldValue::Int(7)));
    assert_eq!(defaults(SectionName::Resolve), Some(FieldValue::Int(9)));
    assert_eq!(defaults(SectionName::Reopen), Some(FieldValue::Int(2)));
}
