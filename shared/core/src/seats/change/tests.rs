use super::*;
use crate::{
    ids::EventId,
    seats::{Row, Rows, SeatCause},
};
use jiff::civil::date;
use psa_connector::{ClientId, LicenseId, LicenseRef};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_352_000 + seconds).unwrap()
}

fn told(count: u32) -> ToldSeats {
    ToldSeats {
        organization: "acme".parse().unwrap(),
        product: "mail".to_owned(),
        count,
        event: EventId::derive("test", &count.to_string()),
        time: at(0),
        since: EventId::derive("test", &count.to_string()),
    }
}

fn line() -> SeatLine {
    SeatLine::new("con_1".parse().unwrap(), "msp".parse().unwrap(), &told(0), Some(at(0)))
}

fn looked(today: i64, later: i64) -> Looked {
    let rows = Rows {
        today: Row { on: date(2026, 3, 1), count: today },
        later: Some(Row { on: date(2026, 4, 1), count: later }),
        by_period: true,
    };
    Looked { at: at(0), client: ClientId::new("3"), license: LicenseId::new("7"), rows }
}

fn attempt(expected: i64, target: i64) -> SeatAttempt {
    SeatAttempt {
        started_at: at(1),
        generation: 1,
        read: looked(expected, expected - 1),
        expected,
        target,
        effective: date(2026, 3, 1),
        cause: SeatCause::Told,
        by: None,
        event: told(12).event,
        before: None,
    }
}

fn started() -> LineChange {
    LineChange::Started { attempt: attempt(10, 12), look_at: at(181) }
}

/// Makes the changes as a worker does that has heard every bell.
fn after(changes: impl IntoIterator<Item = LineChange>) -> SeatLine {
    let mut line = line();
    for change in changes {
        let heard = line.bells;
        line.apply(change, &told(12), heard, at(2)).unwrap();
    }
    line
}

fn ends() -> Vec<LineChange> {
    vec![
        LineChange::Written { restored: Vec::new() },
        LineChange::Found { restored: Vec::new() },
        LineChange::NotWritten { due_at: at(20) },
        LineChange::Moved { due_at: at(20) },
        LineChange::Ambiguous { there: 11, next: Some(at(900)) },
    ]
}

#[test]
fn an_attempt_is_ended_once_and_no_second_begins_before() {
    for end in ends() {
        let mut ended = after([started(), end.clone()]);
        assert_eq!(ended.attempt, None, "{end:?}");
        let again = ended.apply(end.clone(), &told(12), 0, at(3));
        assert_eq!(again, Err(IllegalSeatChange::NothingUnderWay), "{end:?}");
    }
    let by = || "ann".to_owned();
    let compared = LineChange::Compared { seen: None, wait: None, next: None };
    let rested = LineChange::Rested { why: SeatRest::Off, next: None };
    let confirmed = LineChange::Confirmed { from: 10, to: 12, by: by() };
    for change in [started(), compared, rested, confirmed] {
        let refused = after([started()]).apply(change.clone(), &told(12), 0, at(3));
        assert_eq!(refused, Err(IllegalSeatChange::UnderWay), "{change:?}");
    }
}

#[test]
fn a_difference_that_was_written_moves_what_comes_after_it_along() {
    let line = after([started(), LineChange::Written { restored: Vec::new() }]);
    assert_eq!(line.agreed.unwrap().rows, looked(12, 11).rows);
    let later = SeatAttempt { effective: date(2026, 4, 1), ..attempt(10, 12) };
    let start = LineChange::Started { attempt: later, look_at: at(181) };
    let line = after([start, LineChange::Written { restored: Vec::new() }]);
    assert_eq!(line.agreed.unwrap().rows, looked(10, 11).rows);
}

#[test]
fn what_waits_is_not_agreed_to() {
    let equal = LineChange::Compared { seen: Some(looked(12, 12)), wait: None, next: None };
    let wait = |since| SeatWait {
        reason: SeatReason::MovedByHand,
        since,
        there: Some(13),
        here: 12,
        on: None,
        detail: None,
    };
    let moved =
        |since| LineChange::Compared { seen: Some(looked(13, 13)), wait: Some(wait(since)), next: None };
    let line = after([equal, moved(at(5)), moved(at(6))]);
    assert_eq!(line.agreed.unwrap().rows, looked(12, 12).rows);
    assert_eq!(line.seen.unwrap().rows, looked(13, 13).rows);
    assert_eq!(line.waits.unwrap().since, at(5), "since it began");
}

#[test]
fn what_was_lost_makes_every_later_write_a_whole_one() {
    let lost = vec!["notes".to_owned()];
    let line = after([started(), LineChange::Written { restored: lost }]);
    assert!(line.in_full);
    let line = after([started(), LineChange::Found { restored: Vec::new() }]);
    assert!(!line.in_full);
}

#[test]
fn a_wish_that_came_while_it_was_worked_is_not_forgotten() {
    let mut line = line();
    let heard = line.bells;
    line.apply(LineChange::Asked { by: "ann".to_owned() }, &told(12), heard, at(1)).unwrap();
    let compared = LineChange::Compared { seen: Some(looked(12, 12)), wait: None, next: Some(at(900)) };
    line.apply(compared.clone(), &told(12), heard, at(2)).unwrap();
    assert_eq!((line.asked.as_deref(), line.due_at), (Some("ann"), Some(at(2))));
    let heard = line.bells;
    line.apply(compared, &told(12), heard, at(3)).unwrap();
    assert_eq!((line.asked, line.due_at), (None, Some(at(900))));
}

#[test]
fn what_a_lost_answer_left_unclear_stays_so_whatever_else_is_waited_for() {
    let ambiguous = || [started(), LineChange::Ambiguous { there: 13, next: None }];
    let wait = SeatWait {
        reason: SeatReason::LicenseShared,
        since: at(5),
        there: None,
        here: 12,
        on: None,
        detail: None,
    };
    for meanwhile in [
        LineChange::Refused { reason: SeatReason::PermissionMissing, here: 12, detail: None, next: None },
        LineChange::Rested { why: SeatRest::Off, next: None },
        LineChange::Compared { seen: None, wait: Some(wait), next: None },
    ] {
        let line = after(ambiguous().into_iter().chain([meanwhile.clone()]));
        assert_eq!(line.unclear, Some(LicenseId::new("7")), "{meanwhile:?}");
    }
    let equal = LineChange::Compared { seen: Some(looked(12, 12)), wait: None, next: None };
    assert_eq!(after(ambiguous().into_iter().chain([equal])).unclear, None);
    let written = [started(), LineChange::Written { restored: Vec::new() }];
    assert_eq!(after(ambiguous().into_iter().chain(written)).unclear, None);
}

#[test]
fn nothing_begins_that_was_judged_by_what_is_no_longer_so() {
    let mut line = line();
    let heard = line.bells;
    line.ring(at(1));
    let before = line.clone();
    let begun = line.apply(started(), &told(12), heard, at(2));
    assert_eq!(begun, Err(IllegalSeatChange::Overtaken));
    assert_eq!(line, before, "it stays due");
    assert_eq!(line.due_at, Some(at(0)));
}

fn place() -> LicenseRef {
    LicenseRef { client: ClientId::new("3"), license: LicenseId::new("7") }
}

fn undo(line: &mut SeatLine, told: &ToldSeats, to: i64, now: Timestamp) -> Result<(), IllegalSeatChange> {
    let change = LineChange::Undone { to, place: Some(place()), by: "ann".to_owned() };
    line.apply(change, told, 0, now).map(drop)
}

/// Twelve were told: today's row went from ten to twelve and took the later one from nine to eleven, which then went to
/// twelve, too.
fn raised() -> [LineChange; 4] {
    let later = SeatAttempt { read: looked(12, 11), effective: date(2026, 4, 1), ..attempt(11, 12) };
    let written = || LineChange::Written { restored: Vec::new() };
    [started(), written(), LineChange::Started { attempt: later, look_at: at(181) }, written()]
}

#[test]
fn of_a_pair_of_changes_just_the_last_is_taken_back() {
    let license = LicenseId::new("7");
    let days = [date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 20)];
    let goals = |line: &SeatLine| days.map(|day| line.goal(&told(12), &license, day));
    let mut both = after(raised());
    undo(&mut both, &told(12), 12, at(5)).unwrap();
    assert_eq!(goals(&both), [12, 12, 11, 11]);
    let wish = both.confirmed.unwrap();
    assert_eq!((wish.from, wish.to), (12, 11));
    let mut first = after(raised().into_iter().take(2));
    undo(&mut first, &told(12), 12, at(5)).unwrap();
    assert_eq!(goals(&first), [10, 10, 9, 9], "what was scheduled before stays");
    // Once its day is past, it is taken back from today on.
    let mut later = after(raised());
    undo(&mut later, &told(12), 12, at(40 * 86_400)).unwrap();
    let undone = later.undone.unwrap();
    assert_eq!((undone.from, undone.rows.today.count), (date(2026, 4, 10), 11));
}

#[test]
fn what_is_not_the_last_change_any_more_is_not_taken_back() {
    let mapped = after(raised());
    let nothing = Err(IllegalSeatChange::NothingToUndo);
    let elsewhere = |license: &str| Some(LicenseRef { license: LicenseId::new(license), ..place() });
    let another_client = Some(LicenseRef { client: ClientId::new("4"), ..place() });
    for place in [None, elsewhere("8"), another_client] {
        let change = LineChange::Undone { to: 12, place: place.clone(), by: "ann".to_owned() };
        let mut line = mapped.clone();
        assert_eq!(line.apply(change, &told(12), 0, at(5)).map(drop), nothing, "mapped onto {place:?}");
        assert_eq!(line, mapped);
    }
    assert_eq!(undo(&mut mapped.clone(), &told(12), 11, at(5)), nothing, "another change");
    assert_eq!(undo(&mut mapped.clone(), &told(13), 12, at(5)), nothing, "another count was told");
    assert_eq!(undo(&mut after([]), &told(12), 12, at(5)), nothing, "none was made");
    // Compared with another licence since.
    let seen = Looked { license: LicenseId::new("8"), ..looked(12, 12) };
    let compared = LineChange::Compared { seen: Some(seen), wait: None, next: None };
    let mut moved = after(raised().into_iter().chain([compared]));
    assert_eq!(undo(&mut moved, &told(12), 12, at(5)), nothing);
}

#[test]
fn an_undo_lasts_until_another_count_is_told_and_is_of_its_licence_alone() {
    let (license, day) = (LicenseId::new("7"), date(2026, 4, 1));
    let mut line = after(raised());
    undo(&mut line, &told(12), 12, at(5)).unwrap();
    let event = |name: &str| EventId::derive("test", name);
    let again = ToldSeats { event: event("again"), time: at(6), since: event("again"), ..told(12) };
    let again = again.after(Some(&told(12))).unwrap();
    assert_eq!(line.goal(&again, &license, day), 11, "the same count");
    assert_eq!(line.goal(&again, &LicenseId::new("8"), day), 12, "another licence");
    let other = ToldSeats { time: at(7), ..told(9) }.after(Some(&again)).unwrap();
    assert_eq!(line.goal(&other, &license, day), 9);
    let back = ToldSeats { event: event("back"), time: at(8), since: event("back"), ..told(12) };
    let back = back.after(Some(&other)).unwrap();
    assert_eq!(line.goal(&back, &license, day), 12, "told anew");
}

#[test]
fn a_confirmation_is_of_the_licence_that_was_shown() {
    let wait = |license: &str| LineChange::Compared {
        seen: Some(Looked { license: LicenseId::new(license), ..looked(99, 99) }),
        wait: Some(SeatWait {
            reason: SeatReason::BigDrop,
            since: at(5),
            there: Some(99),
            here: 12,
            on: Some(date(2026, 3, 1)),
            detail: None,
        }),
        next: None,
    };
    let confirmed = LineChange::Confirmed { from: 99, to: 12, by: "ann".to_owned() };
    let line = after([wait("8"), confirmed]);
    assert_eq!(line.confirmed.unwrap().license, LicenseId::new("8"));
}

#[test]
fn what_is_read_too_soon_after_a_write_says_nothing() {
    let license = LicenseId::new("7");
    let settle = jiff::SignedDuration::from_secs(180);
    let line = after([started(), LineChange::Written { restored: Vec::new() }]);
    let unsettled = |rows: &Rows, seconds| line.unsettled(&license, rows, settle, at(seconds));
    assert_eq!(unsettled(&looked(10, 9).rows, 3), Some(at(182)), "as before the write");
    assert_eq!(unsettled(&looked(12, 9).rows, 3), Some(at(182)), "in part");
    assert_eq!(unsettled(&looked(12, 11).rows, 3), None, "as it was written");
    assert_eq!(unsettled(&looked(10, 9).rows, 182), None, "settled");
    let other = LicenseId::new("8");
    assert_eq!(line.unsettled(&other, &looked(10, 9).rows, settle, at(3)), None);
}

#[test]
fn a_change_whose_outcome_cannot_be_told_stays_open_and_is_asked_about() {
    let cannot = |reason| LineChange::CannotTell { at: at(900), detail: "no number".to_owned(), reason };
    let silent = after([started(), cannot(None)]);
    assert_eq!((silent.waits.is_none(), silent.failures, silent.due_at), (true, 1, Some(at(900))));
    let line = after([started(), cannot(None), cannot(Some(SeatReason::OutcomeUnreadable))]);
    assert!(line.attempt.is_some());
    let waits = line.waits.unwrap();
    assert_eq!((waits.reason, waits.detail.as_deref()), (SeatReason::OutcomeUnreadable, Some("no number")));
    for end in [LineChange::NotWritten { due_at: at(20) }, LineChange::Found { restored: Vec::new() }] {
        let line = after([started(), cannot(Some(SeatReason::OutcomeUnreadable)), end.clone()]);
        assert_eq!((line.attempt, line.waits), (None, None), "{end:?}");
    }
}

#[test]
fn what_is_known_of_a_change_that_went_with_its_licence_is_kept() {
    let gone = |detail: &str| LineChange::Refused {
        reason: SeatReason::LicenseMissing,
        here: 12,
        detail: Some(detail.to_owned()),
        next: None,
    };
    let line = after([started(), gone("10 to 12 was sent"), gone("no such licence")]);
    assert_eq!(line.waits.unwrap().detail.as_deref(), Some("10 to 12 was sent"));
}
