//! The conformance suite, on the common case and on every way in which tenants are known to differ.

use super::support::{
    connector, connector_with, credentials, new_ticket, options, sim, sim_with, subject, subject_of,
    with_seats,
};
use psa_connector::conformance::{Subject, run};
use psa_connector::{AutotaskOptions, ClientId, ConnectorOptions, Credentials, FieldValues, Ticket};
use psa_sim::AutotaskSim;
use psa_sim::autotask::{
    AccessShape, ErrorReport, ItemIdShape, MissingItem, RefusalStatus, Switches, Unwelcome,
};

async fn keeps_every_promise(what: &str, sim: &AutotaskSim) {
    let report = run(&with_seats(subject(sim))).await;
    assert!(report.passed(), "{what}:\n{report}");
}

#[tokio::test]
async fn every_promise_is_kept() {
    let sim = sim().await;
    let report = run(&with_seats(subject(&sim))).await;
    println!("{report}");
    assert!(report.passed(), "{report}");
    assert_eq!(sim.counts().thread_limited, 0, "{:?}", sim.counts());
}

#[tokio::test]
async fn every_promise_is_kept_however_a_tenant_answers() {
    type Change = fn(&mut Switches);
    let variants: [(&str, Change); 12] = [
        ("access as numbers", |switches| switches.access_shape = AccessShape::Number),
        ("ids as texts", |switches| switches.item_id = ItemIdShape::Text),
        ("404 for what is missing", |switches| switches.missing_item = MissingItem::NotFound),
        ("refusals in a 200", |switches| switches.refusal_status = RefusalStatus::Ok200),
        ("refusals in a 400", |switches| switches.refusal_status = RefusalStatus::BadRequest400),
        ("all errors at once", |switches| switches.error_report = ErrorReport::All),
        ("read-only members refused", |switches| switches.refuse_read_only_members = true),
        ("unknown members ignored", |switches| switches.unknown_members = Unwelcome::Ignore),
        ("a next page after the last", |switches| switches.full_last_page_has_next = true),
        ("no due date needed", |switches| switches.due_date_required = false),
        ("a clock twelve hours ahead", |switches| switches.clock_offset_seconds = 12 * 3600),
        ("a clock twelve hours behind", |switches| switches.clock_offset_seconds = -12 * 3600),
    ];
    for (what, change) in variants {
        keeps_every_promise(what, &sim_with(change).await).await;
    }
}

#[tokio::test]
async fn every_promise_is_kept_with_a_page_of_one() {
    let sim = sim().await;
    let connector = connector_with(&credentials(), &ConnectorOptions { page_size: 1, ..options(&sim) });
    let report = run(&with_seats(subject_of(connector))).await;
    assert!(report.passed(), "{report}");
}

#[tokio::test]
async fn every_promise_is_kept_with_more_companies_than_are_read_at_once() {
    let sim = sim().await;
    for number in 0..30 {
        sim.add_company(&format!("Company {number}"));
    }
    let connector = connector_with(&credentials(), &ConnectorOptions { page_size: 2, ..options(&sim) });
    let first = connector.search_clients("", None).await.unwrap();
    assert!(first.next.is_some(), "{first:?}");
    let report = run(&subject_of(connector)).await;
    assert!(report.passed(), "{report}");
}

#[tokio::test]
async fn every_promise_is_kept_for_the_msps_own_company() {
    let sim = sim().await;
    let report = run(&Subject { client: ClientId::new("0"), ..subject(&sim) }).await;
    assert!(report.passed(), "{report}");
}

#[tokio::test]
async fn a_tickets_number_is_autotasks_own_and_takes_one_call_of_its_own() {
    let sim = sim().await;
    let connector = connector(&sim);
    let id = connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    let before = sim.counts().total();
    let number = connector.ticket(&id).await.unwrap().number.unwrap();
    assert_eq!(sim.counts().total(), before + 1);
    assert_eq!(Some(number.as_str()), sim.tickets().pop().unwrap().text("ticketNumber"));
    assert!(number.starts_with('T') && number != id.as_str(), "{number}");
    sim.delete_ticket(id.as_str().parse().unwrap());
    assert_eq!(connector.ticket(&id).await.unwrap(), Ticket::deleted(id));
}

#[tokio::test]
async fn a_subject_that_must_not_be_written_to_is_not() {
    let sim = sim().await;
    let report = run(&subject(&sim).read_only()).await;
    assert!(report.passed(), "{report}");
    assert_eq!(sim.ticket_count(), 0);
}

/// `cargo test -p psa-connector --features conformance -- --ignored a_real_autotask`, with the credentials in the
/// environment. It makes tickets for the company `AUTOTASK_COMPANY`, with the fields of `AUTOTASK_FIELDS` (JSON).
#[tokio::test]
#[ignore = "needs an Autotask: AUTOTASK_USER_NAME, AUTOTASK_SECRET, AUTOTASK_INTEGRATION_CODE, AUTOTASK_COMPANY"]
async fn a_real_autotask_keeps_every_promise() {
    let given = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let credentials = Credentials::new()
        .with("user_name", given("AUTOTASK_USER_NAME"))
        .with("secret", given("AUTOTASK_SECRET"))
        .with("integration_code", given("AUTOTASK_INTEGRATION_CODE"));
    let fields = std::env::var("AUTOTASK_FIELDS").unwrap_or_else(|_| "{}".to_owned());
    let fields: FieldValues = serde_json::from_str(&fields).unwrap();
    let options = ConnectorOptions { autotask: AutotaskOptions::default(), ..ConnectorOptions::default() };
    let connector = connector_with(&credentials, &options);
    let client = ClientId::new(given("AUTOTASK_COMPANY"));
    let report = run(&Subject { fields, ..Subject::new(connector, client) }).await;
    println!("{report}");
    assert!(report.passed(), "{report}");
}
