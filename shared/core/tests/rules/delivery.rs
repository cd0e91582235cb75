//! The state machine of deliveries.

use crate::{at, event, partner};
use proptest::prelude::*;
use psa_bridge_core::{
    delivery::{
        Attempt, Change, Counts, Delivery, DeliveryState, Happened, MAX_TIMELINE, NotePurpose, Noted,
        Outcome, Request, StatusChange,
    },
    ids::Fingerprint,
    reason::Reason,
};
use psa_connector::{ClientId, TicketId};

fn new_delivery(ended: Option<Reason>) -> Delivery {
    Delivery::new(&event(None), "con_a".parse().unwrap(), partner("msp"), ended, at(0), at(1))
}

fn attempt(started: i64) -> Attempt {
    asking(started, Request::CreateTicket)
}

fn asking(started: i64, request: Request) -> Attempt {
    Attempt {
        started_at: at(started),
        generation: 1,
        fence: 1,
        client: client(),
        fingerprint: fingerprint(),
        request,
    }
}

fn client() -> ClientId {
    ClientId::new("12")
}

fn fingerprint() -> Fingerprint {
    Fingerprint::new("12", "backup.email", None, None)
}

fn note(purpose: NotePurpose) -> Request {
    Request::AddNote { ticket: ticket(), purpose }
}

const PURPOSES: [NotePurpose; 4] =
    [NotePurpose::Repeat, NotePurpose::Resolve, NotePurpose::ResolveAndClose, NotePurpose::Relapse];

fn all_requests() -> Vec<Request> {
    let lead = event(None).id;
    let mut requests = vec![
        Request::CreateTicket,
        Request::RollUp { lead: lead.clone(), ticket: None },
        Request::RollUp { lead, ticket: Some(ticket()) },
    ];
    requests.extend(PURPOSES.map(note));
    requests
}

fn ticket() -> TicketId {
    TicketId::new("T-1")
}

/// One change of each kind, with every way a try counts and every reason to end.
fn all_changes() -> Vec<Change> {
    let mut changes = vec![
        Change::AttemptStarted(attempt(5)),
        Change::TicketCreated(ticket()),
        Change::TicketFound(ticket()),
        Change::NoteAdded,
        Change::NoteFound,
        Change::NoteRefused { detail: "no outcome".into() },
        Change::StatusChanged,
        Change::StatusRefused { detail: "no right".into() },
        Change::RolledUp(ticket()),
        Change::OutcomeUnknown { look_at: at(180), detail: "timeout".into() },
        Change::LookAgain { due_at: at(190), detail: "search failed".into() },
        Change::NotFound { due_at: at(200) },
        Change::Retried { by: "ann".into() },
        Change::Rerouted,
    ];
    for counts in [Counts::Refusal, Counts::Failure, Counts::Nothing] {
        changes.push(Change::TryAgain { due_at: at(210), counts, detail: "again".into() });
    }
    changes.extend(Reason::ALL.iter().map(|reason| Change::Ended { reason: *reason, detail: None }));
    changes
}

fn all_states() -> Vec<DeliveryState> {
    let done = DeliveryState::Done { ticket: ticket(), client: client(), outcome: Outcome::Created };
    let mut states = vec![DeliveryState::Waiting, done];
    for request in all_requests() {
        states.push(DeliveryState::Attempting(asking(5, request.clone())));
        states.push(DeliveryState::Settling(asking(5, request)));
    }
    states.extend(Reason::ALL.iter().map(|reason| DeliveryState::Ended { reason: *reason }));
    states
}

fn in_state(state: DeliveryState) -> Delivery {
    Delivery { state, ..new_delivery(None) }
}

/// The table: where each change leads from each state; nowhere, where it is not legal.
fn leads_to(state: &DeliveryState, change: &Change) -> Option<&'static str> {
    let retryable = [Reason::PsaRefused, Reason::PsaFailed, Reason::ClientMissing, Reason::NoteRefused];
    let request = match state {
        DeliveryState::Attempting(attempt) | DeliveryState::Settling(attempt) => Some(&attempt.request),
        _ => None,
    };
    let noted = request.and_then(|request| match request {
        // What has a status to be changed goes on; the rest is done.
        Request::AddNote { purpose, .. } if purpose.status_change().is_some() => Some("waiting"),
        Request::AddNote { .. } => Some("done"),
        _ => None,
    });
    match (name(state), change) {
        ("waiting", Change::AttemptStarted(_)) => Some("attempting"),
        ("attempting", Change::TicketCreated(_)) | ("settling", Change::TicketFound(_)) => {
            (request == Some(&Request::CreateTicket)).then_some("done")
        }
        ("attempting", Change::NoteAdded) | ("settling", Change::NoteFound) => noted,
        ("attempting", Change::NoteRefused { .. }) => noted.map(|_| "waiting"),
        ("attempting" | "settling", Change::RolledUp(_)) => {
            matches!(request, Some(Request::RollUp { .. })).then_some("done")
        }
        ("attempting", Change::OutcomeUnknown { .. }) | ("settling", Change::LookAgain { .. }) => {
            Some("settling")
        }
        ("waiting" | "attempting", Change::TryAgain { .. }) | ("settling", Change::NotFound { .. }) => {
            Some("waiting")
        }
        ("waiting" | "attempting" | "settling", Change::Ended { .. }) => Some("ended"),
        ("ended", Change::Retried { .. }) => retryable
            .iter()
            .any(|reason| *state == DeliveryState::Ended { reason: *reason })
            .then_some("waiting"),
        ("ended", Change::Rerouted) => {
            (*state == DeliveryState::Ended { reason: Reason::Unmapped }).then_some("waiting")
        }
        _ => None,
    }
}

fn name(state: &DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Attempting(_) => "attempting",
        DeliveryState::Settling(_) => "settling",
        DeliveryState::Done { .. } => "done",
        DeliveryState::Ended { .. } => "ended",
    }
}

#[test]
fn every_state_takes_the_changes_of_the_table_and_no_other() {
    for state in all_states() {
        for change in all_changes() {
            let before = in_state(state.clone());
            let mut after = before.clone();
            let result = after.apply(change.clone(), at(300));
            if let Some(expected) = leads_to(&state, &change) {
                result.unwrap();
                assert_eq!(name(&after.state), expected, "{change:?} from {state:?}");
                assert_eq!(after.version, before.version + 1, "a change counts");
                assert_eq!(after.timeline.len(), before.timeline.len() + 1, "a change has its line");
                assert_eq!(after.timeline.last().unwrap().at, at(300));
            } else {
                let illegal = result.unwrap_err();
                assert_eq!((*illegal.state, *illegal.change), (state.clone(), change.clone()));
                assert_eq!(after, before, "{change:?} from {state:?} leaves all as it was");
            }
        }
    }
}

#[test]
fn a_delivery_begins_waiting_or_ended_with_its_lines() {
    let waiting = new_delivery(None);
    assert_eq!(
        (waiting.state.clone(), waiting.due_at, waiting.accepted_at),
        (DeliveryState::Waiting, at(1), at(0))
    );
    assert!(waiting.is_unfinished());
    let ended = new_delivery(Some(Reason::FlowOff));
    assert_eq!(ended.state, DeliveryState::Ended { reason: Reason::FlowOff });
    let lines: Vec<_> = ended.timeline.iter().map(|entry| (entry.what, entry.reason)).collect();
    assert_eq!(lines, [(Happened::Accepted, None), (Happened::Ended, Some(Reason::FlowOff))]);
}

#[test]
fn a_lost_reply_is_searched_from_the_first_attempt_whose_outcome_was_unknown() {
    let mut delivery = new_delivery(None);
    for (started, change) in [
        (10, Change::TryAgain { due_at: at(11), counts: Counts::Nothing, detail: "429".into() }),
        (20, Change::OutcomeUnknown { look_at: at(200), detail: "timeout".into() }),
    ] {
        delivery.apply(Change::AttemptStarted(attempt(started)), at(started)).unwrap();
        delivery.apply(change, at(started + 1)).unwrap();
    }
    assert_eq!((delivery.search_since, delivery.due_at), (Some(at(20)), at(200)));
    delivery.apply(Change::NotFound { due_at: at(201) }, at(200)).unwrap();
    delivery.apply(Change::AttemptStarted(attempt(210)), at(210)).unwrap();
    delivery.apply(Change::OutcomeUnknown { look_at: at(400), detail: "timeout".into() }, at(211)).unwrap();
    assert_eq!(delivery.search_since, Some(at(20)), "a ticket of the first attempt may still turn up");
}

#[test]
fn a_try_counts_against_its_own_limit_and_starting_over_clears_both() {
    let mut delivery = new_delivery(None);
    for counts in [Counts::Refusal, Counts::Failure, Counts::Failure, Counts::Nothing] {
        delivery.apply(Change::AttemptStarted(attempt(1)), at(1)).unwrap();
        delivery.apply(Change::TryAgain { due_at: at(9), counts, detail: "x".into() }, at(2)).unwrap();
    }
    assert_eq!((delivery.refusals, delivery.failures, delivery.due_at), (1, 2, at(9)));
    delivery.apply(Change::Ended { reason: Reason::PsaFailed, detail: None }, at(3)).unwrap();
    delivery.apply(Change::Retried { by: "ann".into() }, at(50)).unwrap();
    assert_eq!((delivery.refusals, delivery.failures, delivery.due_at), (0, 0, at(50)));
}

#[test]
fn a_note_is_followed_by_the_change_of_status_that_it_speaks_of() {
    let table = [
        (NotePurpose::Repeat, None, Outcome::Noted),
        (NotePurpose::Resolve, None, Outcome::ResolveNoted),
        (NotePurpose::ResolveAndClose, Some(StatusChange::Close), Outcome::Resolved),
        (NotePurpose::Relapse, Some(StatusChange::Reopen), Outcome::Reopened),
    ];
    for (purpose, change, outcome) in table {
        let mut delivery = new_delivery(None);
        delivery.apply(Change::AttemptStarted(asking(5, note(purpose))), at(5)).unwrap();
        delivery.apply(Change::NoteAdded, at(6)).unwrap();
        if let Some(change) = change {
            let noted = Noted { ticket: ticket(), client: client(), fingerprint: fingerprint(), change };
            assert_eq!(delivery.noted, Some(noted), "{purpose:?}");
            let second = Change::AttemptStarted(attempt(7));
            delivery.apply(second, at(7)).expect_err("a second note, or a ticket, while the status is open");
            delivery.apply(Change::StatusChanged, at(8)).unwrap();
        }
        let done = DeliveryState::Done { ticket: ticket(), client: client(), outcome };
        assert_eq!(delivery.state, done, "{purpose:?}");
        assert_eq!(delivery.timeline.last().unwrap().reason, Some(outcome.reason()));
    }
}

#[test]
fn a_refused_note_or_reopening_leads_to_a_ticket_of_its_own() {
    let mut refused = new_delivery(None);
    refused.apply(Change::AttemptStarted(asking(5, note(NotePurpose::Repeat))), at(5)).unwrap();
    refused.apply(Change::NoteRefused { detail: "no outcome".into() }, at(6)).unwrap();
    let mut not_reopened = new_delivery(None);
    not_reopened.apply(Change::AttemptStarted(asking(5, note(NotePurpose::Relapse))), at(5)).unwrap();
    not_reopened.apply(Change::NoteAdded, at(6)).unwrap();
    not_reopened.apply(Change::StatusRefused { detail: "closed for good".into() }, at(6)).unwrap();
    for delivery in [refused, not_reopened] {
        assert_eq!(
            (&delivery.state, delivery.fallback, &delivery.noted),
            (&DeliveryState::Waiting, true, &None)
        );
        assert_eq!(delivery.due_at, at(6), "at once");
    }
}

#[test]
fn a_ticket_that_does_not_close_is_left_open_and_told() {
    let mut delivery = new_delivery(None);
    delivery.apply(Change::AttemptStarted(asking(5, note(NotePurpose::ResolveAndClose))), at(5)).unwrap();
    delivery.apply(Change::NoteAdded, at(6)).unwrap();
    delivery.apply(Change::StatusRefused { detail: "a task is open".into() }, at(7)).unwrap();
    assert!(matches!(delivery.state, DeliveryState::Done { outcome: Outcome::ResolveNoted, .. }));
    let last = delivery.timeline.last().unwrap();
    assert_eq!((last.what, last.detail.as_deref()), (Happened::TicketLeftOpen, Some("a task is open")));
}

fn any_change() -> impl Strategy<Value = Change> {
    let mut changes = all_changes();
    changes.extend(all_requests().into_iter().map(|request| Change::AttemptStarted(asking(5, request))));
    proptest::sample::select(changes)
}

proptest! {
    #[test]
    fn no_sequence_breaks_the_promises(changes in prop::collection::vec(any_change(), 0..200)) {
        let mut delivery = new_delivery(None);
        let mut tickets = 0;
        let (mut made, first_line) = (0_u64, delivery.timeline[0].clone());
        for (second, change) in (2..).zip(changes) {
            let before = delivery.clone();
            if delivery.apply(change.clone(), at(second)).is_err() {
                prop_assert_eq!(&delivery, &before);
                continue;
            }
            made += 1;
            let (from, to) = (name(&before.state), name(&delivery.state));
            prop_assert_ne!(from, "done", "a ticket is final, yet {:?} left it", change);
            if to == "done" {
                tickets += 1;
                let of_a_note = before.noted.is_some();
                prop_assert!(from == "attempting" || from == "settling" || of_a_note, "it comes of an attempt");
            }
            if to == "attempting" {
                prop_assert_eq!(from, "waiting", "no attempt begins while another is open");
            }
            let noted = delivery.noted.is_some();
            if from == "attempting" && to == "waiting" && !noted {
                let nothing_stored = matches!(change, Change::TryAgain { .. } | Change::NoteRefused { .. });
                prop_assert!(nothing_stored, "only when nothing was stored");
            }
            if from == "settling" && to == "waiting" && !noted {
                prop_assert!(matches!(change, Change::NotFound { .. }), "only when there is nothing");
            }
            prop_assert!(!noted || to == "waiting", "a status that is still to be changed waits");
            prop_assert_eq!(delivery.open_attempt().is_some(), to == "attempting" || to == "settling");
            prop_assert_eq!(delivery.is_unfinished(), to != "done" && to != "ended");
            prop_assert!(delivery.timeline.len() <= MAX_TIMELINE);
            prop_assert_eq!(&delivery.timeline[0], &first_line, "the first line is kept");
            prop_assert_eq!(delivery.timeline.last().unwrap().at, at(second), "and so is the latest");
        }
        prop_assert!(tickets <= 1, "one event makes at most one ticket");
        prop_assert_eq!(delivery.version, made);
    }
}
