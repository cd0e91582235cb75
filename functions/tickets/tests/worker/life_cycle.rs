//! Repeats, recoveries and relapses, as a worker deals with them, and with a PSA that stumbles over each step.

use jiff::SignedDuration;
use psa_bridge_core::{
    connection::{ConnectionChange, Settings},
    delivery::{DeliveryState, Happened, Outcome},
    ids::EventId,
    life_cycle::{LifeCycle, Repeats},
    reason::Reason,
};
use psa_bridge_rig::{Answer, SETTLE, Scene};
use psa_connector::{PsaErrorKind, TextBlock, TicketId, TicketState, Touched};

async fn outcome(scene: &Scene, event: &EventId) -> Option<Outcome> {
    match scene.delivery(event).await.state {
        DeliveryState::Done { outcome, .. } => Some(outcome),
        _ => None,
    }
}

fn first_ticket(scene: &Scene) -> TicketId {
    scene.psa.tickets().remove(0).0
}

fn refused() -> Answer {
    Answer::Error(PsaErrorKind::Rejected { field: None })
}

fn lost() -> Answer {
    Answer::Error(PsaErrorKind::OutcomeUnknown)
}

/// One failure with its ticket.
async fn one_ticket() -> (Scene, TicketId) {
    let scene = Scene::live().await;
    scene.event("1", "anna@x", 500).await;
    scene.work().await;
    let ticket = first_ticket(&scene);
    (scene, ticket)
}

/// The same, and its recovery.
async fn one_closed_ticket() -> (Scene, TicketId) {
    let (scene, ticket) = one_ticket().await;
    scene.recovery("2", "anna@x", 400).await;
    scene.work().await;
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Closed);
    (scene, ticket)
}

#[tokio::test]
async fn repeats_become_notes_with_a_counter() {
    let (scene, ticket) = one_ticket().await;
    for (id, ago) in [("2", 400), ("3", 300)] {
        let repeat = scene.event(id, "anna@x", ago).await;
        scene.work().await;
        assert_eq!(outcome(&scene, &repeat).await, Some(Outcome::Noted));
    }
    assert_eq!(scene.psa.tickets().len(), 1);
    let notes = scene.psa.written();
    assert!(notes.iter().all(|(on, _)| *on == ticket));
    let second = format!("{:?}", notes[1].1.text);
    assert!(second.contains("so far: 2"), "{second}");
}

#[tokio::test]
async fn a_recovery_closes_the_ticket_and_a_relapse_opens_it_again() {
    let (scene, ticket) = one_ticket().await;
    let recovery = scene.recovery("2", "anna@x", 400).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &recovery).await, Some(Outcome::Resolved));
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Closed);

    let relapse = scene.event("3", "anna@x", 300).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &relapse).await, Some(Outcome::Reopened));
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Open);
    assert_eq!(scene.psa.tickets().len(), 1);
}

#[tokio::test]
async fn a_ticket_that_a_person_touched_is_noted_and_left_open() {
    for touched in [Touched::Person, Touched::Unknown] {
        let (scene, ticket) = one_ticket().await;
        scene.psa.touch(touched);
        let recovery = scene.recovery("2", "anna@x", 400).await;
        scene.work().await;
        assert_eq!(outcome(&scene, &recovery).await, Some(Outcome::ResolveNoted), "{touched:?}");
        assert_eq!(scene.psa.state_of(&ticket), TicketState::Open);
        assert_eq!(scene.psa.written().len(), 1);
    }
}

#[tokio::test]
async fn what_a_person_closed_stays_closed_and_the_next_ticket_names_it() {
    let (scene, ticket) = one_ticket().await;
    scene.psa.set_state(&ticket, TicketState::Closed);
    let again = scene.event("2", "anna@x", 300).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &again).await, Some(Outcome::Created));
    let (_, second) = scene.psa.tickets().remove(1);
    let names_it = |block: &TextBlock| matches!(block, TextBlock::Paragraph(text) if text.contains(&format!("id={ticket}")));
    assert!(second.description.blocks.iter().any(names_it), "{:?}", second.description);
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Closed);
}

#[tokio::test]
async fn a_merged_ticket_is_followed_and_never_closed() {
    let (scene, ticket) = one_ticket().await;
    let other = scene.event("2", "bert@x", 450).await;
    scene.work().await;
    assert!(scene.is_done(&other).await);
    let target = scene.psa.tickets().remove(1).0;
    scene.psa.set_state(&ticket, TicketState::Merged(target.clone()));
    let repeat = scene.event("3", "anna@x", 300).await;
    let recovery = scene.recovery("4", "anna@x", 200).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &repeat).await, Some(Outcome::Noted));
    assert_eq!(outcome(&scene, &recovery).await, Some(Outcome::ResolveNoted));
    assert!(scene.psa.written().iter().all(|(on, _)| *on == target));
    assert_eq!(scene.psa.state_of(&target), TicketState::Open);
}

#[tokio::test]
async fn a_failure_and_its_recovery_that_both_waited_make_no_ticket() {
    let scene = Scene::live().await;
    let failure = scene.event("1", "anna@x", 500).await;
    let repeat = scene.event("2", "anna@x", 450).await;
    let recovery = scene.recovery("3", "anna@x", 400).await;
    let after = scene.event("4", "anna@x", 300).await;
    scene.work().await;
    for event in [&failure, &repeat, &recovery] {
        assert_eq!(scene.ended(event).await, Some(Reason::ResolvedWhileWaiting));
    }
    assert_eq!(outcome(&scene, &after).await, Some(Outcome::Created), "what broke after it has its ticket");
    assert_eq!(scene.psa.calls(), ["create"]);
}

#[tokio::test]
async fn what_comes_late_opens_and_closes_nothing() {
    let (scene, ticket) = one_closed_ticket().await;
    let late = scene.event("3", "anna@x", 450).await;
    scene.work().await;
    assert_eq!(scene.ended(&late).await, Some(Reason::AlreadyResolved));
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Closed);

    let relapse = scene.event("4", "anna@x", 100).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &relapse).await, Some(Outcome::Reopened));
    let stale = scene.recovery("5", "anna@x", 200).await;
    scene.work().await;
    assert_eq!(scene.ended(&stale).await, Some(Reason::Superseded));
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Open);
}

#[tokio::test]
async fn the_main_application_tokens_pair_works_without_any_setting() {
    let scene = Scene::live().await;
    let failed = scene.typed_event("1", "auth.main_app_token.failed", 300).await;
    scene.work().await;
    let resolved = scene.typed_event("2", "auth.main_app_token.resolved", 200).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &failed).await, Some(Outcome::Created));
    assert_eq!(outcome(&scene, &resolved).await, Some(Outcome::Resolved));
    assert_eq!(scene.psa.state_of(&first_ticket(&scene)), TicketState::Closed);
}

#[tokio::test]
async fn a_refused_note_becomes_a_new_ticket_once() {
    let (scene, _) = one_ticket().await;
    scene.psa.notes([refused(), refused()]);
    let repeat = scene.event("2", "anna@x", 400).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &repeat).await, Some(Outcome::Created));
    assert_eq!(scene.psa.tickets().len(), 2);

    let second = scene.event("3", "anna@x", 300).await;
    scene.work().await;
    assert_eq!(scene.ended(&second).await, Some(Reason::NoteRefused), "not a ticket for each");
    assert_eq!(scene.psa.tickets().len(), 2);

    let third = scene.event("4", "anna@x", 200).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &third).await, Some(Outcome::Noted), "the PSA takes notes again");
}

#[tokio::test]
async fn a_right_that_only_notes_need_does_not_stop_the_connection() {
    let (scene, _) = one_ticket().await;
    scene.psa.notes([Answer::Error(PsaErrorKind::MissingPermission)]);
    let repeat = scene.event("2", "anna@x", 400).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &repeat).await, Some(Outcome::Created));
    assert_eq!(scene.connection_now().await.suspended, None);

    scene.psa.notes([Answer::Error(PsaErrorKind::MissingPermission)]);
    scene.psa.pings([Answer::Error(PsaErrorKind::MissingPermission)]);
    scene.event("3", "anna@x", 300).await;
    scene.work().await;
    assert!(scene.connection_now().await.suspended.is_some(), "the right to everything is gone");
}

#[tokio::test]
async fn a_note_whose_reply_was_lost_is_found_and_not_written_twice() {
    let (scene, ticket) = one_ticket().await;
    scene.psa.notes([Answer::StoredAndLost]);
    let recovery = scene.recovery("2", "anna@x", 400).await;
    scene.work().await;
    assert!(matches!(scene.delivery(&recovery).await.state, DeliveryState::Settling(_)));
    let relapse = scene.event("3", "anna@x", 300).await;
    scene.work().await;
    assert_eq!(scene.delivery(&relapse).await.state, DeliveryState::Waiting, "the same problem waits");

    scene.clock.advance(SETTLE);
    scene.work().await;
    assert_eq!(outcome(&scene, &recovery).await, Some(Outcome::Resolved));
    assert_eq!(outcome(&scene, &relapse).await, Some(Outcome::Reopened));
    assert_eq!(scene.psa.written().len(), 2, "one note each");
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Open);
}

#[tokio::test]
async fn a_note_that_was_never_stored_is_written_after_the_settle_time() {
    let (scene, _) = one_ticket().await;
    scene.psa.notes([lost()]);
    let repeat = scene.event("2", "anna@x", 400).await;
    scene.work().await;
    scene.clock.advance(SETTLE);
    scene.work().await;
    assert_eq!(scene.psa.written().len(), 0);
    scene.clock.advance(SignedDuration::from_mins(11));
    scene.work().await;
    assert_eq!(outcome(&scene, &repeat).await, Some(Outcome::Noted));
    assert_eq!(scene.psa.written().len(), 1);
}

#[tokio::test]
async fn a_status_that_cannot_be_changed_now_is_changed_later_without_another_note() {
    let (scene, ticket) = one_ticket().await;
    scene.psa.notes([Answer::Fine, Answer::Error(PsaErrorKind::Unavailable)]);
    let recovery = scene.recovery("2", "anna@x", 400).await;
    scene.work().await;
    assert_eq!(scene.delivery(&recovery).await.state, DeliveryState::Waiting);
    scene.clock.advance(SignedDuration::from_mins(1));
    scene.work().await;
    assert_eq!(outcome(&scene, &recovery).await, Some(Outcome::Resolved));
    assert_eq!((scene.psa.written().len(), scene.psa.state_of(&ticket)), (1, TicketState::Closed));
}

#[tokio::test]
async fn whoever_takes_up_the_ticket_before_it_could_be_closed_keeps_it() {
    let (scene, ticket) = one_ticket().await;
    scene.psa.notes([Answer::Fine, Answer::Error(PsaErrorKind::Unavailable)]);
    let recovery = scene.recovery("2", "anna@x", 400).await;
    scene.work().await;
    scene.psa.touch(Touched::Person);
    scene.clock.advance(SignedDuration::from_mins(1));
    scene.work().await;
    assert_eq!(outcome(&scene, &recovery).await, Some(Outcome::ResolveNoted));
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Open);
}

#[tokio::test]
async fn a_ticket_that_the_psa_does_not_close_is_told_and_left() {
    let (scene, ticket) = one_ticket().await;
    scene.psa.notes([Answer::Fine, refused()]);
    let recovery = scene.recovery("2", "anna@x", 400).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &recovery).await, Some(Outcome::ResolveNoted));
    assert_eq!(scene.delivery(&recovery).await.timeline.last().unwrap().what, Happened::TicketLeftOpen);
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Open);
}

#[tokio::test]
async fn a_ticket_that_the_psa_does_not_open_again_is_followed_by_a_new_one() {
    let (scene, ticket) = one_closed_ticket().await;
    scene.psa.notes([Answer::Fine, refused()]);
    let relapse = scene.event("3", "anna@x", 300).await;
    scene.work().await;
    assert_eq!(outcome(&scene, &relapse).await, Some(Outcome::Created));
    assert_eq!(scene.psa.state_of(&ticket), TicketState::Closed);
    assert_eq!(scene.psa.tickets().len(), 2);
}

#[tokio::test]
async fn a_look_that_fails_decides_nothing() {
    let (scene, _) = one_ticket().await;
    scene.psa.finds([Answer::Error(PsaErrorKind::Unavailable)]);
    let repeat = scene.event("2", "anna@x", 400).await;
    scene.work().await;
    assert_eq!(scene.delivery(&repeat).await.state, DeliveryState::Waiting);
    scene.clock.advance(SignedDuration::from_mins(1));
    scene.work().await;
    assert_eq!(outcome(&scene, &repeat).await, Some(Outcome::Noted));
}

#[tokio::test]
async fn a_ticket_each_time_where_the_settings_ask_for_it() {
    let scene = Scene::live().await;
    let life_cycle = LifeCycle { repeats: Repeats::NewTicket, ..LifeCycle::default() };
    scene.change(ConnectionChange::SettingsSaved(Settings { life_cycle, ..Settings::default() })).await;
    for id in ["1", "2"] {
        scene.event(id, "anna@x", 300).await;
    }
    scene.work().await;
    assert_eq!(scene.psa.calls(), ["create", "create"]);
}

#[tokio::test]
async fn nothing_overtakes_what_waits_for_its_own_ticket_or_status() {
    let (scene, first) = one_ticket().await;
    scene.psa.notes([refused()]);
    scene.event("2", "anna@x", 400).await;
    scene.event("3", "anna@x", 300).await;
    scene.work().await;
    let second = scene.psa.tickets().remove(1).0;
    let on: Vec<_> = scene.psa.written().into_iter().map(|(on, _)| on).collect();
    assert_eq!(on, [second], "the later one is a note on the new ticket, not on {first}");

    let (scene, closed) = one_closed_ticket().await;
    scene.psa.notes([Answer::Fine, refused()]);
    scene.event("3", "anna@x", 300).await;
    scene.event("4", "anna@x", 200).await;
    scene.work().await;
    let second = scene.psa.tickets().remove(1).0;
    let on: Vec<_> = scene.psa.written().into_iter().map(|(on, _)| on).collect();
    assert_eq!(on, [closed.clone(), closed, second]);
}

#[tokio::test]
async fn what_is_older_and_came_late_waits_for_the_outcome_too() {
    let scene = Scene::live().await;
    let first = scene.event("1", "anna@x", 300).await;
    scene.psa.creates([Answer::StoredAndLost]);
    scene.work().await;
    assert!(matches!(scene.delivery(&first).await.state, DeliveryState::Settling(_)));
    let late = scene.event("2", "anna@x", 500).await;
    scene.work().await;
    assert_eq!(scene.delivery(&late).await.state, DeliveryState::Waiting, "its problem may have a ticket");
    scene.clock.advance(SETTLE);
    scene.work().await;
    assert_eq!(outcome(&scene, &first).await, Some(Outcome::Found));
    assert_eq!(outcome(&scene, &late).await, Some(Outcome::Noted));
    assert_eq!(scene.psa.tickets().len(), 1);
}
