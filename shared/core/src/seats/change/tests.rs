use super::*;
use crate::{
    ids::EventId,
    seats::{Row, Rows, SeatCause},
};
use jiff::civil::date;
use psa_connector::{ClientId, LicenseId};

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
