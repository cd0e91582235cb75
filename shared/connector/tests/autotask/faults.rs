//! What goes wrong on the wire, and what the connector says of it. What every connector stands alike is in `common`.

use super::support::{COMPANY, connector, edit_user, found, new_ticket, sim};
use crate::common::{Stand, cases};
use psa_connector::{
    CheckStatus, NewNote, NewTicket, PsaConnector, PsaErrorKind, Reference, Text, TicketId, TicketState,
    Touched,
};
use psa_sim::{AutotaskSim, FaultKind, FaultRule, Outage, RateLimit};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What is looked up once is looked up.
async fn warm(sim: &AutotaskSim) -> Arc<dyn PsaConnector> {
    let connector = connector(sim);
    connector.ticket_form().await.unwrap();
    connector
}

fn number(id: &TicketId) -> i64 {
    id.as_str().parse().unwrap()
}

/// A simulator without its limit, and a warm connector.
struct Alone {
    sim: AutotaskSim,
    connector: Arc<dyn PsaConnector>,
}

impl Stand for Alone {
    const NOTES: &'static str = "tickets/notes";
    async fn start() -> Self {
        let sim = AutotaskSim::builder().rate_limit(None).start().await.unwrap();
        let connector = warm(&sim).await;
        Self { sim, connector }
    }
    fn connector(&self) -> &dyn PsaConnector {
        self.connector.as_ref()
    }
    fn new_ticket(&self, reference: &str) -> NewTicket {
        new_ticket(reference)
    }
    fn add_fault(&self, rule: FaultRule) {
        self.sim.add_fault(rule);
    }
    fn settle_bound(&self) -> Duration {
        self.sim.settle_bound()
    }
    fn references(&self) -> BTreeMap<String, usize> {
        self.sim.tickets_by("externalID")
    }
}

cases! {
    Alone:
    a_lost_reply_is_an_unknown_outcome_and_the_ticket_is_found_once_it_settled,
    a_create_that_may_not_have_been_read_is_an_unknown_outcome_and_is_not_there,
    a_create_that_was_limited_was_not_stored,
    a_ticket_that_lists_show_late_is_found_then,
    a_lost_reply_to_a_note_is_an_unknown_outcome_too,
    a_storm_of_faults_loses_and_doubles_nothing,
}

#[tokio::test]
async fn a_create_is_exactly_one_request() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    let before = sim.counts().total();
    connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    assert_eq!(sim.counts().total(), before + 1);
    let stored = sim.tickets().pop().unwrap();
    assert_eq!((stored.text("externalID"), stored.number("companyID")), (Some("PB-1"), Some(COMPANY)));
    assert!(stored.text("description").unwrap().ends_with("Ref: PB-1"));
}

#[tokio::test]
async fn a_read_survives_every_passing_fault() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    for kind in
        [FaultKind::ServerError, FaultKind::Reset, FaultKind::TooManyRequests, FaultKind::TooManyRequestsBare]
    {
        sim.add_fault(FaultRule::next(kind, 1).at("POST", "tickets/query"));
        connector.ping().await.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    }
}

#[tokio::test]
async fn the_spent_threshold_is_a_limit_and_no_refusal() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    sim.set_rate_limit(Some(RateLimit { requests: 0, window_seconds: 3600, retry_after: false }));
    let error = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::RateLimited { after: None });
}

#[tokio::test]
async fn too_many_calls_at_once_are_a_short_limit() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    sim.configure(|switches| switches.thread_limit = Some(0));
    let error = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::RateLimited { after: Some(Duration::from_secs(2)) });
    assert_eq!(sim.ticket_count(), 0);
}

#[tokio::test]
async fn an_outage_is_told_from_refused_credentials() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    for outage in [Outage::Unavailable, Outage::Html, Outage::Refused] {
        sim.set_outage(outage).await;
        let error = connector.ping().await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::Unavailable, "{outage:?}: {error}");
        let create = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
        assert!(
            matches!(create.kind(), PsaErrorKind::Unavailable | PsaErrorKind::OutcomeUnknown),
            "{outage:?}: {create}"
        );
        let report = connector.check().await;
        let failed = report.lines.iter().find(|line| line.status == CheckStatus::Failed);
        assert!(failed.is_some_and(|line| line.fix.is_some()), "{outage:?}: {report:?}");
        sim.set_outage(Outage::None).await;
        connector.ping().await.unwrap();
    }
}

#[tokio::test]
async fn no_user_is_locked_by_asking_again() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    edit_user(&sim, |user| user.secret = "another".to_owned());
    for _ in 0..10 {
        let error = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::InvalidCredentials);
    }
    assert_eq!(sim.tenant().api_users[0].bad_log_ins, 1);
    edit_user(&sim, |user| user.secret = AutotaskSim::SECRET.to_owned());
    assert!(connector.check().await.passed(), "a person who looks does not wait");
    connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
}

#[tokio::test]
async fn a_tenant_that_moves_is_followed() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    let before = connector.tenant().await.unwrap();
    sim.move_zone();
    connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    assert_eq!(connector.tenant().await.unwrap(), before, "its database is the same");
    sim.move_zone();
    assert!(found(connector.as_ref(), "PB-1").await.is_some());
    assert_eq!(sim.ticket_count(), 1);
}

#[tokio::test]
async fn calls_at_one_kind_of_object_keep_below_the_thread_limit() {
    let sim = sim().await;
    sim.configure(|switches| switches.answer_ms = 20);
    let connector = warm(&sim).await;
    let calls = (0..12).map(|_| connector.ping());
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(sim.counts().thread_limited, 0);
}

#[tokio::test]
async fn a_ticket_is_found_among_many() {
    let sim = AutotaskSim::builder().rate_limit(None).start().await.unwrap();
    let connector = warm(&sim).await;
    connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    sim.seed_tickets(COMPANY, 1200);
    connector.create_ticket(&new_ticket("PB-2")).await.unwrap();
    for (reference, there) in [("PB-1", true), ("PB-2", true), ("PB-", false), ("pb-1", false)] {
        assert_eq!(found(connector.as_ref(), reference).await.is_some(), there, "{reference}");
    }
}

#[tokio::test]
async fn what_people_do_to_a_ticket_is_seen() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(connector.create_ticket(&new_ticket(&format!("PB-{number}"))).await.unwrap());
    }
    assert_eq!(connector.touched(&ids[0]).await.unwrap(), Touched::Nobody);
    assert!(sim.touch_ticket(number(&ids[0]), "On it") && sim.reassign_ticket(number(&ids[1])));
    assert!(sim.complete_ticket(number(&ids[2])) && sim.delete_ticket(number(&ids[3])));
    assert!(sim.merge_ticket(number(&ids[4]), number(&ids[0])));
    // A note of ours covers what the last activity would show.
    let note = NewNote { reference: Reference::new("PB-9"), text: Text::default(), fields: [].into() };
    connector.add_note(&ids[0], &note).await.unwrap();
    assert_eq!(connector.touched(&ids[0]).await.unwrap(), Touched::Person);
    assert_ne!(connector.touched(&ids[1]).await.unwrap(), Touched::Nobody);
    assert_eq!(connector.touched(&ids[2]).await.unwrap(), Touched::Person);
    let state = async |index: usize| connector.ticket(&ids[index]).await.unwrap().state;
    assert_eq!(state(1).await, TicketState::Open);
    assert_eq!(state(2).await, TicketState::Closed);
    assert_eq!(state(3).await, TicketState::Deleted);
    assert_eq!(state(4).await, TicketState::Closed, "nothing says where it went");
}

#[tokio::test]
async fn a_status_that_does_not_stick_is_an_error() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    let ticket = connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    sim.configure(|switches| switches.status_changes_stick = false);
    let error = connector.set_status(&ticket, 5).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::Rejected { field: Some("status".to_owned()) });
}
