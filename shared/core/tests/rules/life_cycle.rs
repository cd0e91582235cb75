//! The life of a problem's ticket: what is to be done with an event, and what is remembered.

use crate::at;
use jiff::SignedDuration;
use psa_bridge_core::{
    delivery::NotePurpose,
    ids::Fingerprint,
    life_cycle::{
        FingerprintRecord, LifeCycle, Relapse, Repeats, Resolve, StormRecord,
        moves::{Move, Situation},
    },
    reason::Reason,
};
use psa_connector::{Capabilities, ClientId, TicketId, TicketState};
use std::num::NonZeroU32;

fn ticket() -> TicketId {
    TicketId::new("T-1")
}

fn nothing_known() -> FingerprintRecord {
    FingerprintRecord::new(Fingerprint::new("12", "backup.email", None, None))
}

/// A ticket that was made for a failure of second 100.
fn open() -> FingerprintRecord {
    let mut record = nothing_known();
    record.created(ticket(), false, at(100));
    record
}

/// The same, closed by the bridge for a recovery of second 200.
fn closed() -> FingerprintRecord {
    let mut record = open();
    record.resolved(at(200));
    record.closed(at(210));
    record
}

fn listed() -> FingerprintRecord {
    let mut record = nothing_known();
    record.rolled_up(ticket(), at(100));
    record
}

fn capabilities() -> Capabilities {
    Capabilities { touched: true, ..psa_connector::integrations().remove(0).capabilities }
}

struct Case {
    record: FingerprintRecord,
    choices: LifeCycle,
    capabilities: Capabilities,
    resolves: bool,
    resolve_waits: bool,
    fallback: bool,
    event_time: i64,
    now: i64,
}

impl Case {
    fn trigger(record: FingerprintRecord, event_time: i64) -> Self {
        Self {
            record,
            choices: LifeCycle::default(),
            capabilities: capabilities(),
            resolves: false,
            resolve_waits: false,
            fallback: false,
            event_time,
            now: 1_000,
        }
    }

    fn resolve(record: FingerprintRecord, event_time: i64) -> Self {
        Self { resolves: true, ..Self::trigger(record, event_time) }
    }

    fn ask<T>(&self, question: impl Fn(Situation<'_>) -> T) -> T {
        question(Situation {
            event_time: at(self.event_time),
            resolves: self.resolves,
            resolve_waits: self.resolve_waits,
            fallback: self.fallback,
            record: &self.record,
            choices: &self.choices,
            capabilities: &self.capabilities,
            now: at(self.now),
        })
    }

    fn first(&self) -> Move {
        self.ask(|situation| situation.first())
    }

    fn after(&self, state: &TicketState, nobody_touched: bool) -> Move {
        self.ask(|situation| situation.after_look(state, nobody_touched))
    }
}

fn note(purpose: NotePurpose) -> Move {
    Move::Note { ticket: ticket(), purpose }
}

fn create() -> Move {
    Move::Create { link: None }
}

fn create_linking() -> Move {
    Move::Create { link: Some(ticket()) }
}

#[test]
fn the_first_failure_makes_a_ticket_without_asking_anything() {
    assert_eq!(Case::trigger(nothing_known(), 100).first(), create());
}

#[test]
fn a_repeat_is_a_note_on_the_open_ticket() {
    let case = Case::trigger(open(), 150);
    assert_eq!(case.first(), Move::Look(ticket()));
    assert_eq!(case.after(&TicketState::Open, false), note(NotePurpose::Repeat));
    let each = Case { choices: LifeCycle { repeats: Repeats::NewTicket, ..LifeCycle::default() }, ..case };
    assert_eq!(each.first(), create_linking(), "a ticket each time, where the settings ask for it");
    let without =
        Case { capabilities: Capabilities { notes: false, ..capabilities() }, ..Case::trigger(open(), 150) };
    assert_eq!(without.first(), create_linking(), "and where the PSA takes no notes");
}

#[test]
fn what_people_did_to_the_ticket_is_respected() {
    let case = Case::trigger(open(), 150);
    let other = TicketId::new("T-2");
    assert_eq!(case.after(&TicketState::Merged(other.clone()), false), Move::Look(other));
    assert_eq!(case.after(&TicketState::Closed, false), create_linking(), "a person's close is not undone");
    assert_eq!(case.after(&TicketState::Deleted, false), create());
    let resolve = Case::resolve(open(), 150);
    for gone in [TicketState::Closed, TicketState::Deleted] {
        assert_eq!(resolve.after(&gone, false), Move::End(Reason::NothingToResolve));
    }
}

#[test]
fn a_recovery_closes_only_what_nobody_has_touched() {
    let case = Case::resolve(open(), 200);
    assert_eq!(case.first(), Move::Look(ticket()));
    assert_eq!(case.after(&TicketState::Open, true), note(NotePurpose::ResolveAndClose));
    assert_eq!(case.after(&TicketState::Open, false), note(NotePurpose::Resolve));

    let note_only = LifeCycle { resolve: Resolve::Note, ..LifeCycle::default() };
    let case = Case { choices: note_only, ..Case::resolve(open(), 200) };
    assert_eq!(case.after(&TicketState::Open, true), note(NotePurpose::Resolve));

    let blind = Capabilities { touched: false, ..capabilities() };
    let case = Case { capabilities: blind, ..Case::resolve(open(), 200) };
    assert_eq!(case.after(&TicketState::Open, true), note(NotePurpose::Resolve), "unknown counts as touched");

    let mut merged = open();
    merged.merged_into(ticket());
    let case = Case::resolve(merged, 200);
    assert_eq!(
        case.after(&TicketState::Open, true),
        note(NotePurpose::Resolve),
        "others are on that ticket too"
    );
}

#[test]
fn recoveries_can_be_ignored() {
    let ignore = LifeCycle { resolve: Resolve::Ignore, ..LifeCycle::default() };
    assert_eq!(
        Case { choices: ignore, ..Case::resolve(open(), 200) }.first(),
        Move::End(Reason::ResolveIgnored)
    );
    let waits = Case { choices: ignore, resolve_waits: true, ..Case::trigger(nothing_known(), 100) };
    assert_eq!(waits.first(), create(), "a recovery that is ignored saves no ticket");
}

#[test]
fn a_relapse_opens_again_what_the_bridge_closed_within_the_window() {
    let case = Case::trigger(closed(), 300);
    assert_eq!(case.first(), Move::Look(ticket()));
    assert_eq!(case.after(&TicketState::Closed, false), note(NotePurpose::Relapse));
    assert_eq!(
        case.after(&TicketState::Open, false),
        note(NotePurpose::Repeat),
        "a person opened it meanwhile"
    );
    let window = SignedDuration::from_hours(72).as_secs();
    assert_eq!(Case { now: 210 + window, ..Case::trigger(closed(), 300) }.first(), Move::Look(ticket()));
    assert_eq!(Case { now: 211 + window, ..Case::trigger(closed(), 300) }.first(), create_linking());

    let anew = LifeCycle { relapse: Relapse::NewTicket, ..LifeCycle::default() };
    assert_eq!(Case { choices: anew, ..Case::trigger(closed(), 300) }.first(), create_linking());
    let cannot = Capabilities { reopen: false, ..capabilities() };
    assert_eq!(Case { capabilities: cannot, ..Case::trigger(closed(), 300) }.first(), create_linking());
}

#[test]
fn what_comes_late_undoes_nothing_that_is_newer() {
    for late in [150, 200] {
        assert_eq!(Case::trigger(closed(), late).first(), Move::End(Reason::AlreadyResolved), "{late}");
        assert_eq!(Case::resolve(closed(), late).first(), Move::End(Reason::AlreadyResolved), "{late}");
    }
    assert_eq!(Case::resolve(open(), 99).first(), Move::End(Reason::Superseded));
    assert_eq!(Case::resolve(open(), 100).first(), Move::Look(ticket()), "at the same time, it is over");
    assert_eq!(Case::resolve(nothing_known(), 50).first(), Move::End(Reason::NothingToResolve));
}

#[test]
fn a_failure_and_its_recovery_that_both_wait_need_no_ticket() {
    let waits = |record| Case { resolve_waits: true, ..Case::trigger(record, 300) };
    assert_eq!(waits(nothing_known()).first(), Move::End(Reason::ResolvedWhileWaiting));
    assert_eq!(
        waits(closed()).after(&TicketState::Closed, false),
        Move::End(Reason::ResolvedWhileWaiting),
        "nor a closed ticket that is opened for it"
    );
    assert_eq!(
        waits(open()).after(&TicketState::Closed, false),
        create_linking(),
        "the ticket that the bridge believes to be open is what the recovery will close"
    );
    assert_eq!(waits(open()).after(&TicketState::Open, false), note(NotePurpose::Repeat));

    let mut waived = nothing_known();
    waived.waived(at(300));
    assert_eq!(Case::resolve(waived.clone(), 300).first(), Move::End(Reason::ResolvedWhileWaiting));
    waived.resolved(at(310));
    assert_eq!(Case::resolve(waived, 320).first(), Move::End(Reason::NothingToResolve), "told once");
}

#[test]
fn what_the_ticket_did_not_take_gets_a_ticket_of_its_own() {
    assert_eq!(Case { fallback: true, ..Case::trigger(open(), 150) }.first(), create_linking());
}

#[test]
fn what_is_listed_with_many_is_listed_again_and_its_recovery_too() {
    assert_eq!(Case::trigger(listed(), 150).first(), create_linking(), "the storm decides where it goes");
    let resolve = Case::resolve(listed(), 150);
    assert_eq!(resolve.first(), Move::Look(ticket()));
    assert_eq!(resolve.after(&TicketState::Open, true), Move::List(ticket()), "never closed for one of many");
    let waits = Case { resolve_waits: true, ..Case::trigger(listed(), 150) };
    assert_eq!(waits.first(), Move::End(Reason::ResolvedWhileWaiting));
}

#[test]
fn so_many_tickets_an_hour_and_no_more() {
    let cap = NonZeroU32::new(2);
    let mut storm = StormRecord::new("org-1".parse().unwrap());
    assert!(!storm.is_capped(cap, at(0)));
    storm.created(at(0));
    storm.created(at(1));
    assert!(storm.is_capped(cap, at(2)));
    assert!(!storm.is_capped(None, at(2)), "no cap");
    let next_hour = at(3_600);
    assert!(!storm.is_capped(cap, next_hour), "another hour");
    storm.created(next_hour);
    assert_eq!(storm.created, 1);
}

#[test]
fn one_ticket_stands_for_many_for_a_day() {
    let (client, other) = (ClientId::new("57"), ClientId::new("58"));
    let mut storm = StormRecord::new("org-1".parse().unwrap());
    storm.listed(&ticket(), &client, 10, at(0));
    storm.listed(&ticket(), &client, 5, at(60));
    let roll_up = storm.roll_up_of(&client, at(60)).unwrap();
    assert_eq!((roll_up.listed, roll_up.created_at), (15, at(0)));
    assert_eq!(storm.roll_up_of(&other, at(60)), None, "the organisation was mapped onto another client");
    assert_eq!(storm.roll_up_of(&client, at(24 * 3_600)), None);
    storm.listed(&TicketId::new("T-2"), &client, 1, at(90_000));
    assert_eq!(storm.roll_up.unwrap().listed, 1);
}
