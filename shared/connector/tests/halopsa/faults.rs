//! What goes wrong on the wire, and what the connector says of it.

use super::support::{connector, connector_with, credentials, found, new_ticket, sim};
use psa_connector::{
    CheckStatus, ClientId, ConnectorOptions, NewNote, PsaConnector, PsaErrorKind, Reference, Text,
    TicketState, Touched,
};
use psa_sim::{FaultKind, FaultRule, Frequency, HaloSim, ListReferences, Outage};
use std::time::Duration;

fn at_create(kind: FaultKind) -> FaultRule {
    FaultRule::next(kind, 1).at("POST", "tickets")
}

async fn warm(sim: &HaloSim) -> std::sync::Arc<dyn PsaConnector> {
    let connector = connector(sim);
    connector.ping().await.unwrap();
    connector
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
async fn a_lost_reply_is_an_unknown_outcome_and_the_ticket_is_found_once_it_settled() {
    for kind in [FaultKind::GatewayTimeoutAfterStore, FaultKind::ResetAfterStore, FaultKind::LateCommit] {
        let sim = sim().await;
        let connector = warm(&sim).await;
        sim.add_fault(at_create(kind));
        let error = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown, "{kind:?}: {error}");
        tokio::time::sleep(sim.settle_bound() + Duration::from_millis(200)).await;
        assert!(found(connector.as_ref(), "PB-1").await.is_some(), "{kind:?}");
        assert_eq!(sim.ticket_count(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_create_that_may_not_have_been_read_is_an_unknown_outcome_and_is_not_there() {
    for kind in [FaultKind::ServerError, FaultKind::Maintenance, FaultKind::Reset] {
        let sim = sim().await;
        let connector = warm(&sim).await;
        sim.add_fault(at_create(kind));
        let error = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown, "{kind:?}: {error}");
        assert_eq!(found(connector.as_ref(), "PB-1").await, None, "{kind:?}");
    }
}

#[tokio::test]
async fn a_create_that_was_limited_was_not_stored() {
    for (kind, after) in
        [(FaultKind::TooManyRequests, Some(Duration::from_secs(1))), (FaultKind::TooManyRequestsBare, None)]
    {
        let sim = sim().await;
        let connector = warm(&sim).await;
        sim.add_fault(at_create(kind));
        let error = connector.create_ticket(&new_ticket("PB-1")).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::RateLimited { after });
        assert_eq!(sim.ticket_count(), 0);
    }
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
async fn a_ticket_that_lists_show_late_is_found_then() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    sim.add_fault(at_create(FaultKind::LateVisibility));
    connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    assert_eq!(found(connector.as_ref(), "PB-1").await, None);
    tokio::time::sleep(sim.settle_bound()).await;
    assert!(found(connector.as_ref(), "PB-1").await.is_some());
}

#[tokio::test]
async fn a_lost_reply_to_a_note_is_an_unknown_outcome_too() {
    let sim = sim().await;
    let connector = warm(&sim).await;
    let ticket = connector.create_ticket(&new_ticket("PB-1")).await.unwrap();
    let note = NewNote { reference: Reference::new("PB-2"), text: Text::default(), fields: [].into() };
    sim.add_fault(FaultRule::next(FaultKind::GatewayTimeoutAfterStore, 1).at("POST", "actions"));
    let error = connector.add_note(&ticket, &note).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown);
    assert!(connector.find_note(&ticket, &note.reference).await.unwrap().is_some());
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

#[tokio::test]
async fn a_storm_of_faults_loses_and_doubles_nothing() {
    let sim = HaloSim::builder().rate_limit(None).start().await.unwrap();
    let connector = connector_with(&credentials(&sim), &ConnectorOptions::default());
    for kind in [
        FaultKind::GatewayTimeoutAfterStore,
        FaultKind::ResetAfterStore,
        FaultKind::ServerError,
        FaultKind::Maintenance,
    ] {
        sim.add_fault(FaultRule { frequency: Frequency::Probability(0.1), ..at_create(kind) });
    }
    for number in 0..40 {
        let ticket = new_ticket(&format!("PB-{number}"));
        while let Err(error) = connector.create_ticket(&ticket).await {
            assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown, "{error}");
            if found(connector.as_ref(), ticket.reference.as_str()).await.is_some() {
                break;
            }
        }
    }
    let by_reference = sim.tickets_by("third_party_id_string");
    assert_eq!(by_reference.len(), 40);
    assert!(by_reference.values().all(|count| *count == 1), "{by_reference:?}");
}
