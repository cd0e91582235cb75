//! What a worker does with what waits, with a PSA that stumbles, and with a connection that is held.

use jiff::SignedDuration;
use psa_bridge_core::{
    connection::{CheckResult, ConnectionChange, SuspensionCause},
    delivery::{Attempt, Change, DeliveryState, Happened, Request},
    ids::Fingerprint,
    ports::{EventStore, LeaseOutcome, Retried, Step, WorkStore},
    reason::Reason,
    usecases::work::Worked,
};
use psa_bridge_rig::{Answer, SETTLE, Scene, actor};
use psa_connector::{CheckReport, ClientId, Clock, PsaErrorKind};
use std::time::Duration;

const LONGEST_BACKOFF: SignedDuration = SignedDuration::from_mins(11);

#[tokio::test]
async fn what_waits_becomes_tickets_in_the_order_in_which_it_happened() {
    let scene = Scene::live().await;
    for (id, account, ago) in [("1", "late@x", 10), ("2", "first@x", 90), ("3", "second@x", 60)] {
        scene.event(id, account, ago).await;
    }
    assert_eq!(scene.work().await, Worked::Drained);
    assert_eq!(scene.psa.accounts(), ["first@x", "second@x", "late@x"]);
}

#[tokio::test]
async fn a_ticket_has_client_reference_and_text() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 5).await;
    scene.work().await;
    let (_, ticket) = scene.psa.tickets().remove(0);
    assert_eq!(ticket.client, ClientId::new("57"));
    assert_eq!(ticket.reference, psa_bridge_core::ids::ticket_reference(&event, &scene.connection));
    assert!(ticket.title.starts_with("E-mail backup failed"), "{}", ticket.title);
    assert!(format!("{:?}", ticket.description).contains("Bakery"), "{:?}", ticket.description);
}

#[tokio::test]
async fn a_duplicate_makes_no_second_ticket() {
    let scene = Scene::live().await;
    scene.event("1", "anna@x", 5).await;
    scene.work().await;
    scene.event("1", "anna@x", 5).await;
    scene.work().await;
    assert_eq!(scene.psa.tickets().len(), 1);
    assert_eq!(scene.events_seen().await, 1);
}

#[tokio::test]
async fn a_ticket_whose_reply_was_lost_is_found_once_it_must_be_visible() {
    let scene = Scene::live().await;
    let lost = scene.event("1", "anna@x", 50).await;
    let same = scene.event("2", "anna@x", 40).await;
    let other = scene.event("3", "bert@x", 30).await;
    scene.psa.creates([Answer::StoredAndLost]);
    scene.work().await;
    assert!(matches!(scene.delivery(&lost).await.state, DeliveryState::Settling(_)));
    assert_eq!(scene.delivery(&same).await.state, DeliveryState::Waiting, "the same fingerprint waits");
    assert!(scene.is_done(&other).await, "others go on");

    scene.clock.advance(SETTLE - SignedDuration::from_secs(1));
    scene.work().await;
    assert!(!scene.psa.calls().contains(&"find"), "\"not there\" would not count yet");

    scene.clock.advance(SignedDuration::from_secs(1));
    scene.work().await;
    assert!(scene.is_done(&lost).await && scene.is_done(&same).await);
    assert_eq!(scene.psa.accounts(), ["anna@x", "bert@x"]);
    assert_eq!(scene.psa.written().len(), 1, "the repeat is a note on the ticket that was found");
    let last = scene.delivery(&lost).await.timeline.pop().unwrap();
    assert_eq!((last.what, last.reason), (Happened::TicketFound, Some(Reason::TicketFound)));
}

#[tokio::test]
async fn a_request_that_made_no_ticket_is_made_again_after_the_settle_time() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.psa.creates([Answer::Error(PsaErrorKind::OutcomeUnknown)]);
    scene.work().await;
    scene.clock.advance(SETTLE);
    scene.work().await;
    assert_eq!(scene.psa.calls(), ["create", "find"], "it waits once more before it tries again");
    scene.clock.advance(LONGEST_BACKOFF);
    scene.work().await;
    assert!(scene.is_done(&event).await);
    assert_eq!(scene.psa.tickets().len(), 1);
}

#[tokio::test]
async fn an_attempt_that_its_worker_did_not_survive_is_looked_up_before_another() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 50).await;
    let now = scene.clock.now();
    let until = now + SignedDuration::from_secs(60);
    let LeaseOutcome::Taken(dead) = scene.store.lease(&scene.connection, until, now).await.unwrap() else {
        panic!("the lease was free");
    };
    let attempt = Attempt {
        started_at: now,
        generation: 1,
        fence: dead.lease.fence,
        client: ClientId::new("57"),
        fingerprint: Fingerprint::new("57", "backup.email", Some("anna@x"), None),
        request: Request::CreateTicket,
    };
    let step = Step::new(event.clone(), 0, Change::AttemptStarted(attempt));
    scene.store.advance(&dead.lease, vec![step], now).await.unwrap();

    assert_eq!(scene.work().await, Worked::Elsewhere, "the dead worker's lease still holds");
    scene.clock.advance(SignedDuration::from_secs(61));
    scene.work().await;
    assert!(matches!(scene.delivery(&event).await.state, DeliveryState::Settling(_)));
    assert!(scene.psa.calls().is_empty(), "nothing is requested before the outcome can be known");
    scene.clock.advance(SETTLE);
    scene.work().await;
    scene.clock.advance(LONGEST_BACKOFF);
    scene.work().await;
    assert!(scene.is_done(&event).await);
    assert_eq!(scene.psa.calls(), ["find", "create"]);
}

#[tokio::test]
async fn what_the_psa_refuses_three_times_ends_so_and_the_next_goes_on() {
    let scene = Scene::live().await;
    let refused = scene.event("1", "anna@x", 50).await;
    let next = scene.event("2", "bert@x", 40).await;
    let rejected = || Answer::Error(PsaErrorKind::Rejected { field: None });
    scene.psa.creates([rejected(), Answer::Fine, rejected(), rejected()]);
    for _ in 0..3 {
        assert_eq!(scene.ended(&refused).await, None);
        scene.work().await;
        scene.clock.advance(LONGEST_BACKOFF);
    }
    assert_eq!(scene.ended(&refused).await, Some(Reason::PsaRefused));
    assert!(scene.is_done(&next).await);
    assert_eq!(scene.connection_now().await.suspended, None, "the connection is not at fault");

    let retried = scene.store.retry(&scene.partner, &refused, &actor(), scene.clock.now()).await.unwrap();
    assert_eq!(retried, Retried::Ring(vec![scene.connection.clone()]));
    scene.work().await;
    assert!(scene.is_done(&refused).await, "a retry by hand starts over");
}

#[tokio::test]
async fn a_refusal_because_the_client_is_gone_says_so() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.psa.lose_client();
    scene.psa.creates(vec![Answer::Error(PsaErrorKind::Rejected { field: None }); 3]);
    for _ in 0..3 {
        scene.work().await;
        scene.clock.advance(LONGEST_BACKOFF);
    }
    assert_eq!(scene.ended(&event).await, Some(Reason::ClientMissing));
}

#[tokio::test]
async fn refused_credentials_suspend_without_a_canary_and_lose_nothing() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.psa.creates([Answer::Error(PsaErrorKind::InvalidCredentials)]);
    scene.work().await;
    let suspension = scene.connection_now().await.suspended.unwrap();
    assert_eq!((suspension.cause, suspension.canary_at), (SuspensionCause::Credentials, None));
    for _ in 0..5 {
        scene.clock.advance(SignedDuration::from_hours(24));
        scene.work().await;
    }
    assert_eq!(scene.psa.calls(), ["create"], "API users get locked: no call by itself");
    let due = scene.store.due_connections(scene.clock.now(), 10).await.unwrap();
    assert!(due.is_empty(), "the sweep leaves it alone");

    let report = CheckReport::default();
    scene.change(ConnectionChange::Checked(CheckResult { at: scene.clock.now(), report })).await;
    scene.work().await;
    assert!(scene.is_done(&event).await);
}

#[tokio::test]
async fn an_outage_suspends_with_growing_canaries_and_recovers_by_itself() {
    let scene = Scene::live().await;
    let mut events = Vec::new();
    for n in 0..5 {
        events.push(scene.event(&n.to_string(), &format!("{n}@x"), 50 - n).await);
    }
    let down = || Answer::Error(PsaErrorKind::Unavailable);
    scene.psa.creates([down(), down(), down()]);
    scene.psa.pings([down(), down(), down()]);
    scene.work().await;
    let first = scene.connection_now().await.suspended.unwrap();
    assert_eq!(first.cause, SuspensionCause::Unavailable);
    assert_eq!(
        scene.psa.calls(),
        ["create", "create", "create", "ping"],
        "after three failing calls, one ping"
    );

    let mut canary = first.canary_at.unwrap();
    for looked in 1..=2 {
        scene.clock.advance(canary.duration_since(scene.clock.now()));
        scene.work().await;
        let suspension = scene.connection_now().await.suspended.unwrap();
        assert_eq!(suspension.canaries, looked);
        let next = suspension.canary_at.unwrap();
        assert!(next.duration_since(scene.clock.now()) > canary.duration_since(suspension.since));
        canary = next;
    }
    scene.clock.advance(canary.duration_since(scene.clock.now()));
    scene.work().await;
    assert_eq!(scene.connection_now().await.suspended, None);
    scene.clock.advance(LONGEST_BACKOFF);
    scene.work().await;
    for event in &events {
        assert!(scene.is_done(event).await);
    }
}

#[tokio::test]
async fn failing_calls_with_a_psa_that_answers_otherwise_do_not_suspend() {
    let scene = Scene::live().await;
    for n in 0..4 {
        scene.event(&n.to_string(), &format!("{n}@x"), 50 - n).await;
    }
    scene.psa.creates(vec![Answer::Error(PsaErrorKind::OutcomeUnknown); 3]);
    scene.work().await;
    assert_eq!(scene.psa.calls(), ["create", "create", "create", "ping", "create"]);
    assert_eq!(scene.connection_now().await.suspended, None);
}

#[tokio::test]
async fn a_rate_limit_makes_the_connection_wait_and_counts_against_nothing() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.psa.creates([Answer::Error(PsaErrorKind::RateLimited { after: Some(Duration::from_secs(20)) })]);
    scene.work().await;
    scene.work().await;
    assert_eq!(scene.psa.calls(), ["create"], "not before the time that the PSA asked for");
    let rung = scene.bell.0.lock().unwrap().last().cloned();
    assert_eq!(rung, Some((scene.connection.clone(), SignedDuration::from_secs(20))));
    scene.clock.advance(SignedDuration::from_secs(20));
    scene.work().await;
    let delivery = scene.delivery(&event).await;
    assert!(matches!(delivery.state, DeliveryState::Done { .. }));
    assert_eq!((delivery.refusals, delivery.failures), (0, 0));
}

#[tokio::test]
async fn a_ticket_that_the_psa_never_makes_ends_as_failed_after_eight_attempts() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.psa.creates(vec![Answer::Error(PsaErrorKind::OutcomeUnknown); 20]);
    for _ in 0..40 {
        scene.work().await;
        scene.clock.advance(LONGEST_BACKOFF);
    }
    assert_eq!(scene.ended(&event).await, Some(Reason::PsaFailed));
    assert_eq!(scene.psa.calls().iter().filter(|call| **call == "create").count(), 8);
}

#[tokio::test]
async fn a_search_that_fails_is_repeated_and_no_second_ticket_made_meanwhile() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.psa.creates([Answer::StoredAndLost]);
    scene.psa.finds([Answer::Error(PsaErrorKind::Unavailable), Answer::Error(PsaErrorKind::Protocol)]);
    scene.work().await;
    for _ in 0..4 {
        scene.clock.advance(SETTLE);
        scene.work().await;
    }
    assert!(scene.is_done(&event).await);
    assert_eq!(scene.psa.tickets().len(), 1);
}

#[tokio::test]
async fn a_paused_connection_holds_what_waits_until_it_is_resumed() {
    let scene = Scene::live().await;
    scene.change(ConnectionChange::Paused { by: "anna".to_owned() }).await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.work().await;
    let view = scene.store.event(&scene.partner, &event).await.unwrap().unwrap();
    assert_eq!(view.deliveries[0].hold, Some(Reason::Paused));
    assert!(scene.psa.calls().is_empty());
    scene.change(ConnectionChange::Resumed).await;
    scene.work().await;
    assert!(scene.is_done(&event).await);
}

#[tokio::test]
async fn a_connection_without_settings_holds_what_waits() {
    let scene = Scene::live().await;
    scene.change(ConnectionChange::SettingsReset).await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.work().await;
    let view = scene.store.event(&scene.partner, &event).await.unwrap().unwrap();
    assert_eq!(view.deliveries[0].hold, Some(Reason::SettingsMissing));
    assert!(scene.psa.calls().is_empty());
}

#[tokio::test]
async fn what_people_change_while_a_worker_works_takes_effect() {
    let scene = Scene::live().await;
    for n in 0..40 {
        scene.event(&n.to_string(), &format!("{n:02}@x"), 100 - n).await;
    }
    let pausing = async {
        while scene.psa.tickets().len() < 5 {
            tokio::task::yield_now().await;
        }
        scene.change(ConnectionChange::Paused { by: "anna".to_owned() }).await;
        scene.psa.tickets().len()
    };
    let (worked, made_before) = tokio::join!(scene.work(), pausing);
    assert!(matches!(worked, Worked::Drained | Worked::LeaseLost), "{worked:?}");
    let made = scene.psa.tickets().len();
    assert!(made <= made_before + 1, "at most the one under way: {made_before} and then {made}");
    scene.change(ConnectionChange::Resumed).await;
    scene.work().await;
    assert_eq!(scene.psa.tickets().len(), 40);
    assert!(!scene.psa.calls().contains(&"find"), "no outcome that was known is forgotten over the pause");
}

#[tokio::test]
async fn flow_off_and_unmapped_end_what_waits_without_a_ticket() {
    let scene = Scene::live().await;
    let flow_off = scene.event("1", "anna@x", 50).await;
    scene.map(false).await;
    scene.work().await;
    assert_eq!(scene.ended(&flow_off).await, Some(Reason::FlowOff));

    scene.map(true).await;
    let unmapped = scene.event("2", "anna@x", 40).await;
    scene.unmap().await;
    scene.work().await;
    assert_eq!(scene.ended(&unmapped).await, Some(Reason::Unmapped));
    assert!(scene.psa.calls().is_empty());
    assert_eq!(scene.ended(&flow_off).await, Some(Reason::FlowOff), "flow off is final");
}

#[tokio::test]
async fn revoking_ends_what_waits_without_a_call_and_deletes_the_secret() {
    let scene = Scene::live().await;
    let settling = scene.event("1", "anna@x", 50).await;
    scene.psa.creates([Answer::StoredAndLost]);
    scene.work().await;
    let waiting = scene.event("2", "bert@x", 50).await;
    scene.change(ConnectionChange::Revoked).await;
    scene.clock.advance(SETTLE);
    scene.work().await;
    assert_eq!(scene.ended(&waiting).await, Some(Reason::ConnectionRevoked));
    assert_eq!(scene.ended(&settling).await, Some(Reason::ConnectionRevoked));
    assert_eq!(scene.psa.calls(), ["create"], "no call after revoking");
    assert_eq!(*scene.vault.0.lock().unwrap(), [2]);
}

#[tokio::test]
async fn a_worker_that_is_to_stop_hands_the_rest_back() {
    let scene = Scene::live().await;
    let event = scene.event("1", "anna@x", 50).await;
    scene.stopping.cancel();
    assert_eq!(scene.work().await, Worked::HandedBack);
    assert!(scene.psa.calls().is_empty());
    assert_eq!(scene.bell.0.lock().unwrap().len(), 1, "and rings for it");
    let mut worker = scene.worker();
    worker.stopping = tokio_util::sync::CancellationToken::new();
    let slice = SignedDuration::from_secs(45);
    psa_bridge_tickets::work(&worker, &scene.connection, slice).await.unwrap();
    assert!(scene.is_done(&event).await);
}

#[tokio::test]
async fn workers_at_the_same_time_make_one_ticket_an_event() {
    let scene = Scene::live().await;
    for n in 0..20 {
        scene.event(&n.to_string(), &format!("{n}@x"), 50).await;
    }
    let (a, b, c) = tokio::join!(scene.work(), scene.work(), scene.work());
    assert!([a, b, c].contains(&Worked::Drained));
    assert_eq!(scene.psa.tickets().len(), 20);
}
