//! Many problems of one organisation at once.

use jiff::SignedDuration;
use psa_bridge_core::{
    connection::{ConnectionChange, Settings},
    delivery::{DeliveryState, Outcome},
    ids::EventId,
    life_cycle::LifeCycle,
};
use psa_bridge_rig::{Answer, SETTLE, Scene};
use psa_connector::{NewNote, PsaErrorKind, TextBlock, TicketState};
use std::num::NonZeroU32;

const CAP: u32 = 3;

/// At most three tickets an hour.
async fn capped() -> Scene {
    let scene = Scene::live().await;
    let life_cycle = LifeCycle { storm_cap_per_hour: NonZeroU32::new(CAP), ..LifeCycle::default() };
    scene.change(ConnectionChange::SettingsSaved(Settings { life_cycle, ..Settings::default() })).await;
    scene
}

/// So many problems of as many accounts, the oldest first.
async fn storm(scene: &Scene, from: usize, problems: usize) -> Vec<EventId> {
    let mut events = Vec::new();
    for number in from..from + problems {
        let ago = 1_000 - i64::try_from(number).unwrap();
        events.push(scene.event(&format!("s{number}"), &format!("user{number}@x"), ago).await);
    }
    events
}

async fn outcomes(scene: &Scene, events: &[EventId]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for event in events {
        match scene.delivery(event).await.state {
            DeliveryState::Done { outcome, .. } => outcomes.push(outcome),
            other => panic!("{other:?}"),
        }
    }
    outcomes
}

fn lines(blocks: &[TextBlock]) -> usize {
    let list = blocks.iter().rev().find_map(|block| match block {
        TextBlock::Paragraph(text) => Some(text.lines().count()),
        _ => None,
    });
    list.unwrap_or(0)
}

fn listed_in(notes: &[(psa_connector::TicketId, NewNote)]) -> usize {
    notes.iter().map(|(_, note)| lines(&note.text.blocks)).sum()
}

#[tokio::test]
async fn one_ticket_stands_for_what_is_above_the_cap_and_lists_all_of_it() {
    let scene = capped().await;
    let events = storm(&scene, 0, 250).await;
    scene.work().await;
    let outcomes = outcomes(&scene, &events).await;
    assert!(outcomes[..3].iter().all(|outcome| *outcome == Outcome::Created), "{:?}", &outcomes[..3]);
    assert!(outcomes[3..].iter().all(|outcome| *outcome == Outcome::RolledUp));
    let tickets = scene.psa.tickets();
    assert_eq!(tickets.len(), 4, "three of their own, and one for the rest");
    let (roll_up, made) = &tickets[3];
    assert!(made.title.contains("Bakery"), "{}", made.title);
    let notes = scene.psa.written();
    assert!(notes.iter().all(|(on, _)| on == roll_up));
    assert_eq!(lines(&made.description.blocks) + listed_in(&notes), 247, "each on a line");
    assert!(notes.len() <= 6, "{} notes: as many lines a note as wait", notes.len());
}

#[tokio::test]
async fn the_ticket_is_updated_and_not_repeated() {
    let scene = capped().await;
    storm(&scene, 0, 10).await;
    scene.work().await;
    let more = storm(&scene, 10, 5).await;
    scene.work().await;
    assert_eq!(outcomes(&scene, &more).await, [Outcome::RolledUp; 5]);
    assert_eq!(scene.psa.tickets().len(), 4);

    scene.clock.advance(SignedDuration::from_hours(1));
    let next_hour = storm(&scene, 15, 4).await;
    scene.work().await;
    let outcomes = outcomes(&scene, &next_hour).await;
    assert_eq!(outcomes, [Outcome::Created, Outcome::Created, Outcome::Created, Outcome::RolledUp]);
    assert_eq!(scene.psa.tickets().len(), 7, "the same ticket stands for the rest of the next hour");
}

#[tokio::test]
async fn where_the_ticket_was_closed_a_new_one_stands_for_the_rest() {
    let scene = capped().await;
    storm(&scene, 0, 5).await;
    scene.work().await;
    let roll_up = scene.psa.tickets().remove(3).0;
    scene.psa.set_state(&roll_up, TicketState::Closed);
    storm(&scene, 5, 5).await;
    scene.work().await;
    assert_eq!(scene.psa.tickets().len(), 5);
}

#[tokio::test]
async fn a_recovery_of_what_is_listed_is_listed_and_closes_nothing() {
    let scene = capped().await;
    storm(&scene, 0, 6).await;
    scene.work().await;
    let roll_up = scene.psa.tickets().remove(3).0;
    let recoveries = [scene.recovery("r4", "user4@x", 100).await, scene.recovery("r5", "user5@x", 90).await];
    scene.work().await;
    assert_eq!(outcomes(&scene, &recoveries).await, [Outcome::RolledUp; 2]);
    assert_eq!(scene.psa.state_of(&roll_up), TicketState::Open);
    let notes = scene.psa.written();
    let last = format!("{:?}", notes.last().unwrap().1.text);
    assert!(last.contains("over:"), "{last}");
}

#[tokio::test]
async fn a_lost_reply_of_the_ticket_that_stands_for_many_makes_no_second_one() {
    let scene = capped().await;
    let events = storm(&scene, 0, 9).await;
    scene.psa.creates([Answer::Fine, Answer::Fine, Answer::Fine, Answer::StoredAndLost]);
    scene.work().await;
    let more = storm(&scene, 9, 3).await;
    scene.work().await;
    assert_eq!(scene.psa.tickets().len(), 4, "the rest waits for its outcome");
    scene.clock.advance(SETTLE);
    scene.work().await;
    assert_eq!(scene.psa.tickets().len(), 4);
    assert!(outcomes(&scene, &events[3..]).await.iter().all(|outcome| *outcome == Outcome::RolledUp));
    assert_eq!(outcomes(&scene, &more).await, [Outcome::RolledUp; 3]);
    let (_, made) = scene.psa.tickets().remove(3);
    let all = lines(&made.description.blocks) + listed_in(&scene.psa.written());
    assert_eq!(all, 9, "none is listed twice");
}

#[tokio::test]
async fn what_is_older_and_came_late_makes_no_second_ticket_for_many() {
    let scene = capped().await;
    let events = storm(&scene, 10, 50).await;
    scene.psa.creates([Answer::Fine, Answer::Fine, Answer::Fine, Answer::StoredAndLost]);
    scene.work().await;
    let late = storm(&scene, 0, 1).await;
    scene.work().await;
    assert_eq!(scene.psa.tickets().len(), 4, "it waits for the outcome");
    scene.clock.advance(SETTLE);
    let before = scene.psa.calls().len();
    scene.work().await;
    assert_eq!(scene.psa.tickets().len(), 4);
    assert_eq!(outcomes(&scene, &late).await, [Outcome::RolledUp]);
    assert!(outcomes(&scene, &events[3..]).await.iter().all(|outcome| *outcome == Outcome::RolledUp));
    let calls = scene.psa.calls().len() - before;
    assert!(calls < 10, "{calls} calls: what was asked for once is looked for once");
}

#[tokio::test]
async fn what_was_lost_with_a_list_is_not_taken_for_listed_in_the_next() {
    let scene = capped().await;
    let events = storm(&scene, 0, 6).await;
    scene.psa.creates([
        Answer::Fine,
        Answer::Fine,
        Answer::Fine,
        Answer::Error(PsaErrorKind::OutcomeUnknown),
    ]);
    scene.work().await;
    assert_eq!(scene.psa.tickets().len(), 3, "the list was never stored");
    scene.clock.advance(SETTLE);
    // Of one of the three the PSA cannot say yet that it is not there, while the others are listed anew.
    scene.psa.finds([Answer::Fine, Answer::Error(PsaErrorKind::Unavailable)]);
    for _ in 0..4 {
        scene.work().await;
        scene.clock.advance(SignedDuration::from_mins(1));
    }
    assert_eq!(outcomes(&scene, &events[3..]).await, [Outcome::RolledUp; 3]);
    let (_, made) = scene.psa.tickets().remove(3);
    let all = lines(&made.description.blocks) + listed_in(&scene.psa.written());
    assert_eq!(all, 3, "each on a line of its own");
}

#[tokio::test]
async fn a_note_that_the_ticket_does_not_take_goes_onto_a_new_one() {
    let scene = capped().await;
    storm(&scene, 0, 5).await;
    scene.work().await;
    scene.psa.notes([Answer::Error(PsaErrorKind::Rejected { field: None })]);
    let more = storm(&scene, 5, 2).await;
    scene.work().await;
    assert_eq!(outcomes(&scene, &more).await, [Outcome::RolledUp; 2]);
    assert_eq!(scene.psa.tickets().len(), 5);
}

#[tokio::test]
async fn repeats_of_one_problem_are_no_storm() {
    let scene = capped().await;
    let mut events = Vec::new();
    for number in 0..20 {
        events.push(scene.event(&format!("e{number}"), "anna@x", 500 - number).await);
    }
    scene.work().await;
    let outcomes = outcomes(&scene, &events).await;
    assert_eq!(outcomes[0], Outcome::Created);
    assert!(outcomes[1..].iter().all(|outcome| *outcome == Outcome::Noted));
    assert_eq!(scene.psa.tickets().len(), 1);
}
