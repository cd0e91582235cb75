//! What goes wrong on the wire, and what the connector says of it. What every connector stands alike is in `common`.

use super::support::{connector, found, new_ticket, sim};
use crate::common::{Stand, cases};
use psa_connector::{CheckStatus, ClientId, NewTicket, PsaConnector, PsaErrorKind, TicketState, Touched};
use psa_sim::{FaultKind, FaultRule, HaloSim, ListReferences, Outage};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

async fn warm(sim: &HaloSim) -> Arc<dyn PsaConnector> {
    let connector = connector(sim);
    connector.ping().await.unwrap();
    connector
}

/// A simulator without its limit, and a warm connector.
struct Alone {
    sim: HaloSim,
    connector: Arc<dyn PsaConnector>,
}

impl Stand for Alone {
    const NOTES: &'static str = "actions";
    async fn start() -> Self {
        let sim = HaloSim::builder().rate_limit(None).start().await.unwrap();
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
        self.sim.tickets_by("third_party_id_string")
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
    assert_eq!(stored.text("third_party_id_string"), Some("PB-1"));
}

#[tokio::test]
async fn a_read_survives_every_passing_fault() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    for kind in
        [FaultKind::ServerError, FaultKind::Reset, FaultKind::TooManyRequests, FaultKind::TooManyRequestsBare]
    {
        sim.add_fault(FaultRule::next(kind, 1).at("GET", "tickets"));
        connector.ping().await.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    }
}

#[tokio::test]
async fn an_outage_is_told_from_refused_credentials() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    for outage in [Outage::Unavailable, Outage::Html, Outage::Refused] {
        sim.set_outage(outage).await;
        let error = connector.ping().await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::Unavailable, "{outage:?}: {error}");
        let report = connector.check().await;
        assert!(!report.passed(), "{outage:?}");
        assert!(
            report.lines.iter().any(|line| line.status == CheckStatus::Failed && line.fix.is_some()),
            "{report:?}"
        );
        let create = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
        assert_ne!(*create.kind(), PsaErrorKind::InvalidCredentials, "{outage:?}");
        sim.set_outage(Outage::None).await;
        connector.ping().await.unwrap();
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_the_create_goes_through() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    sim.expire_tokens();
    connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    assert_eq!(sim.ticket_count(), 1);
    assert_eq!(sim.counts().requests_to("POST /token"), 2, "{:?}", sim.counts());
}

#[tokio::test]
async fn many_calls_share_one_sign_in_and_short_lived_tokens_are_renewed_in_time() {
    let sim = sim().await;
    sim.configure(|switches| switches.token_seconds = 2);
    let connector = connector(&sim);
    let calls = (0..8).map(|_| connector.ping());
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(sim.counts().requests_to("POST /token"), 1, "{:?}", sim.counts());
    tokio::time::sleep(Duration::from_millis(1800)).await;
    connector.ping().await.unwrap();
    assert_eq!(sim.counts().requests_to("GET /tickets 401"), 0, "{:?}", sim.counts());
}

#[tokio::test]
async fn creates_of_one_connector_go_one_at_a_time() {
    let sim = sim().await;
    let connector = connector(&sim);
    let tickets: Vec<_> = (0..5).map(|number| new_ticket(&format!("PB-{number}"))).collect();
    for result in
        futures_util::future::join_all(tickets.iter().map(|ticket| connector.create_ticket(ticket))).await
    {
        result.unwrap();
    }
    assert_eq!((sim.ticket_count(), sim.counts().parallel_creates), (5, 0));
}

#[tokio::test]
async fn a_ticket_is_found_among_many_whatever_moves_while_they_are_read() {
    for (shift, cap, references) in [
        (0, Some(100), ListReferences::WithDetails),
        (0, Some(10), ListReferences::Never),
        (3, Some(100), ListReferences::WithDetails),
        (-3, Some(100), ListReferences::WithDetails),
        (-1, Some(10), ListReferences::WithDetails),
    ] {
        let sim = HaloSim::builder().rate_limit(None).start().await.unwrap();
        let connector = connector(&sim);
        for number in 0..3 {
            connector.create_ticket(&new_ticket(&format!("PB-{number}"))).await.unwrap();
            sim.seed_tickets(super::support::CLIENT, 110);
        }
        sim.configure(|switches| {
            (switches.page_shift, switches.ticket_page_cap, switches.list_references) =
                (shift, cap, references);
        });
        for number in 0..3 {
            let reference = format!("PB-{number}");
            assert!(
                found(connector.as_ref(), &reference).await.is_some(),
                "shift {shift}, cap {cap:?}: {reference}"
            );
        }
        assert_eq!(found(connector.as_ref(), "PB-9").await, None);
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
    let number = |index: usize| ids[index].as_str().parse::<i64>().unwrap();
    assert_eq!(connector.touched(&ids[0]).await.unwrap(), Touched::Nobody);
    assert!(sim.touch_ticket(number(0), "On it") && sim.reassign_ticket(number(1)));
    assert!(
        sim.close_ticket(number(2)) && sim.delete_ticket(number(3)) && sim.merge_ticket(number(4), number(0))
    );
    assert_eq!(connector.touched(&ids[0]).await.unwrap(), Touched::Person);
    assert_eq!(connector.touched(&ids[1]).await.unwrap(), Touched::Person);
    assert_eq!(connector.ticket(&ids[1]).await.unwrap().state, TicketState::Open);
    assert_eq!(connector.ticket(&ids[2]).await.unwrap().state, TicketState::Closed);
    assert_eq!(connector.ticket(&ids[3]).await.unwrap().state, TicketState::Deleted);
    assert_eq!(connector.ticket(&ids[4]).await.unwrap().state, TicketState::Merged(ids[0].clone()));
}

#[tokio::test]
async fn clients_and_licences_are_told_apart_by_whether_they_are_active() {
    let sim = sim().await;
    let connector = connector(&sim);
    let former =
        sim.tenant().clients.values().find(|client| client.inactive).map(|client| client.id).unwrap();
    let read = connector.client(&ClientId::new(former.to_string())).await.unwrap().unwrap();
    assert!(!read.active);
    let all = connector.search_clients("", None).await.unwrap();
    assert!(!all.items.contains(&read));
    let licences = connector.licenses(&ClientId::new("3")).await.unwrap();
    let shown: Vec<_> = licences.iter().map(|one| (one.name.as_str(), one.count, one.active)).collect();
    assert_eq!(shown, [("Backup Vendor - M365 seats", 80, true), ("Old antivirus", 12, false)]);
}
