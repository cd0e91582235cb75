//! The conformance suite, on the common case and on every way in which tenants are known to differ.

use super::support::{connector, connector_with, credentials, new_ticket, sim, subject, subject_of};
use psa_connector::conformance::{Subject, run};
use psa_connector::{ClientId, ConnectorOptions, Credentials, Ticket};
use psa_sim::{
    AgentMeShape, AgentShape, DateGranularity, DeletedRead, FloatIds, HaloSim, ListReferences, ListShape,
    ReplyShape, ScopeMismatch, Switches,
};

async fn keeps_every_promise(what: &str, sim: &HaloSim) {
    let report = run(&subject(sim)).await;
    assert!(report.passed(), "{what}:\n{report}");
}

#[tokio::test]
async fn every_promise_is_kept() {
    let sim = sim().await;
    let report = run(&subject(&sim)).await;
    println!("{report}");
    assert!(report.passed(), "{report}");
}

#[tokio::test]
async fn every_promise_is_kept_however_a_tenant_answers() {
    type Change = fn(&mut Switches);
    let variants: [(&str, Change); 18] = [
        ("bare lists", |switches| switches.list_shape = ListShape::AllBare),
        ("envelopes", |switches| switches.list_shape = ListShape::AllEnvelopes),
        ("replies in a list", |switches| switches.reply_shape = ReplyShape::ArrayOfOne),
        ("replies in an envelope", |switches| switches.reply_shape = ReplyShape::Envelope),
        ("float ids", |switches| switches.float_ids = FloatIds::All),
        ("own agent as a record", |switches| switches.agent_me = AgentMeShape::Record),
        ("assigned agent", |switches| switches.agent_shape = AgentShape::AssignedAgent),
        ("nested agent", |switches| switches.agent_shape = AgentShape::Nested),
        ("deleted tickets without an id", |switches| switches.deleted_read = DeletedRead::WithoutId),
        ("references in every list", |switches| switches.list_references = ListReferences::Always),
        ("references in no list", |switches| switches.list_references = ListReferences::Never),
        ("whole days", |switches| switches.date_granularity = DateGranularity::Day),
        ("dates without a subject", |switches| switches.dates_need_datesearch = false),
        ("a mark that sticks", |switches| switches.closed_mark_sticks = true),
        ("refused scopes", |switches| switches.scope_mismatch = ScopeMismatch::Refuse),
        ("small pages", |switches| (switches.ticket_page_cap, switches.list_page_cap) = (Some(2), Some(2))),
        ("a clock twelve hours ahead", |switches| switches.clock_offset_seconds = 12 * 3600),
        ("a clock twelve hours behind", |switches| switches.clock_offset_seconds = -12 * 3600),
    ];
    for (what, change) in variants {
        let sim = sim().await;
        sim.configure(change);
        keeps_every_promise(what, &sim).await;
    }
}

#[tokio::test]
async fn every_promise_is_kept_with_a_page_of_one() {
    let sim = sim().await;
    let connector =
        connector_with(&credentials(&sim), &ConnectorOptions { page_size: 1, ..ConnectorOptions::default() });
    let report = run(&subject_of(connector)).await;
    assert!(report.passed(), "{report}");
}

#[tokio::test]
async fn a_tickets_number_is_its_id() {
    let sim = sim().await;
    let connector = connector(&sim);
    let id = connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    assert_eq!(connector.ticket(&id).await.unwrap().number.as_deref(), Some(id.as_str()));
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

/// `cargo test -p psa-connector --features conformance -- --ignored a_real_tenant`, with the credentials in the
/// environment. It makes tickets for the client `HALOPSA_CLIENT`.
#[tokio::test]
#[ignore = "needs a HaloPSA: HALOPSA_SITE_URL, HALOPSA_CLIENT_ID, HALOPSA_CLIENT_SECRET, HALOPSA_CLIENT"]
async fn a_real_tenant_keeps_every_promise() {
    let given = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let credentials = Credentials::new()
        .with("site_url", given("HALOPSA_SITE_URL"))
        .with("client_id", given("HALOPSA_CLIENT_ID"))
        .with("client_secret", given("HALOPSA_CLIENT_SECRET"))
        .with("tenant", std::env::var("HALOPSA_TENANT").unwrap_or_default());
    let connector = connector_with(&credentials, &ConnectorOptions::default());
    let report = run(&Subject::new(connector, ClientId::new(given("HALOPSA_CLIENT")))).await;
    println!("{report}");
    assert!(report.passed(), "{report}");
}
