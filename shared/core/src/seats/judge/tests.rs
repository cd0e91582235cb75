use super::*;
use crate::{
    ids::EventId,
    seats::{Confirmed, Looked, Undone},
};
use jiff::{Timestamp, civil::date};
use psa_connector::ClientId;

const TODAY: Date = date(2026, 5, 10);
const NEXT: Date = date(2026, 6, 1);

fn told(count: u32) -> ToldSeats {
    ToldSeats {
        organization: "acme".parse().unwrap(),
        product: "mail".to_owned(),
        count,
        event: EventId::derive("test", &count.to_string()),
        time: Timestamp::UNIX_EPOCH,
        since: EventId::derive("test", &count.to_string()),
    }
}

fn line() -> SeatLine {
    SeatLine::new("con_1".parse().unwrap(), "msp".parse().unwrap(), &told(0), None)
}

fn license() -> LicenseId {
    LicenseId::new("7")
}

fn rows(today: i64, later: Option<i64>) -> Rows {
    let later = later.map(|count| Row { on: NEXT, count });
    Rows { today: Row { on: TODAY, count: today }, later, by_period: true }
}

fn agreed(rows: Rows) -> SeatLine {
    let looked = Looked { at: Timestamp::UNIX_EPOCH, client: ClientId::new("3"), license: license(), rows };
    SeatLine { agreed: Some(looked), ..line() }
}

fn settings(effective: SeatEffective) -> SeatSettings {
    SeatSettings { effective, ..SeatSettings::default() }
}

fn judged(line: &SeatLine, count: u32, effective: SeatEffective, shown: Rows) -> Verdict {
    judge(line, &told(count), &settings(effective), &license(), &shown)
}

fn write(there: i64, here: i64, on: Date, cause: SeatCause) -> Verdict {
    Verdict::Write(Judged { there, here, on }, cause)
}

fn wait(there: i64, here: i64, on: Date, reason: SeatReason) -> Verdict {
    Verdict::Wait(Judged { there, here, on }, reason)
}

#[test]
fn each_choice_of_the_effective_date_writes_the_row_that_it_means() {
    use SeatEffective::{IncreasesNow, NextMonth, Today};
    for (effective, count, shown, expected) in [
        (Today, 10, rows(10, None), None),
        (Today, 12, rows(10, None), Some((10, TODAY))),
        (Today, 10, rows(10, Some(10)), None),
        (Today, 12, rows(10, Some(10)), Some((10, TODAY))),
        // A change that was scheduled before would undo it next month.
        (Today, 10, rows(10, Some(9)), Some((9, NEXT))),
        (NextMonth, 12, rows(10, Some(10)), Some((10, NEXT))),
        (NextMonth, 12, rows(10, Some(12)), None),
        (IncreasesNow, 12, rows(10, Some(10)), Some((10, TODAY))),
        (IncreasesNow, 12, rows(12, Some(12)), None),
        (IncreasesNow, 9, rows(10, Some(10)), Some((10, NEXT))),
        (IncreasesNow, 9, rows(10, Some(9)), None),
        // More seats again after fewer were scheduled.
        (IncreasesNow, 12, rows(10, Some(9)), Some((10, TODAY))),
        (IncreasesNow, 12, rows(12, Some(11)), Some((11, NEXT))),
        // The contract ends with the month: fewer seats would have counted after it.
        (IncreasesNow, 9, rows(10, None), None),
        (IncreasesNow, 12, rows(10, None), Some((10, TODAY))),
    ] {
        let found = judged(&line(), count, effective, shown);
        let expected = expected
            .map_or(Verdict::Equal, |(there, on)| write(there, i64::from(count), on, SeatCause::Told));
        assert_eq!(found, expected, "{effective:?} {count} {shown:?}");
    }
}

#[test]
fn a_drop_beyond_the_share_or_to_zero_waits() {
    for (there, here, expected) in [
        (100, 80, write(100, 80, TODAY, SeatCause::Told)),
        (100, 79, wait(100, 79, TODAY, SeatReason::BigDrop)),
        (5, 4, write(5, 4, TODAY, SeatCause::Told)),
        (4, 3, wait(4, 3, TODAY, SeatReason::BigDrop)),
        (1, 0, wait(1, 0, TODAY, SeatReason::ToZero)),
        (100, 0, wait(100, 0, TODAY, SeatReason::ToZero)),
        (0, 5000, write(0, 5000, TODAY, SeatCause::Told)),
        (i64::MAX, 1, wait(i64::MAX, 1, TODAY, SeatReason::BigDrop)),
        (-3, 0, write(-3, 0, TODAY, SeatCause::Told)),
    ] {
        let here = u32::try_from(here).unwrap();
        assert_eq!(judged(&line(), here, SeatEffective::Today, rows(there, None)), expected);
    }
}

#[test]
fn a_guard_of_a_hundred_percent_still_stops_at_zero() {
    let all = SeatSettings { max_drop_percent: 100, ..SeatSettings::default() };
    let verdict = |count| judge(&line(), &told(count), &all, &license(), &rows(100, None));
    assert_eq!(verdict(1), write(100, 1, TODAY, SeatCause::Told));
    assert_eq!(verdict(0), wait(100, 0, TODAY, SeatReason::ToZero));
}

#[test]
fn a_count_moved_by_hand_waits_or_is_repaired_as_the_settings_say() {
    let line = agreed(rows(10, None));
    let found = judged(&line, 10, SeatEffective::Today, rows(11, None));
    assert_eq!(found, wait(11, 10, TODAY, SeatReason::MovedByHand));
    let repairing = SeatSettings { repair_drift: true, ..SeatSettings::default() };
    let found = judge(&line, &told(10), &repairing, &license(), &rows(11, None));
    assert_eq!(found, write(11, 10, TODAY, SeatCause::Repaired));
    let found = judge(&line, &told(10), &repairing, &license(), &rows(20, None));
    assert_eq!(found, wait(20, 10, TODAY, SeatReason::BigDrop), "repairing is guarded too");
    // Moved to what it has to be: nothing to do.
    assert_eq!(judged(&line, 12, SeatEffective::Today, rows(12, None)), Verdict::Equal);
    // Another licence is compared with nothing.
    let other = LicenseId::new("8");
    let found = judge(&line, &told(10), &SeatSettings::default(), &other, &rows(11, None));
    assert_eq!(found, write(11, 10, TODAY, SeatCause::Told));
}

#[test]
fn a_month_that_turned_is_no_hand() {
    // Agreed in April: ten now, nine from May on.
    let april = Rows {
        today: Row { on: date(2026, 4, 20), count: 10 },
        later: Some(Row { on: date(2026, 5, 1), count: 9 }),
        by_period: true,
    };
    let found = judged(&agreed(april), 12, SeatEffective::Today, rows(9, Some(9)));
    assert_eq!(found, write(9, 12, TODAY, SeatCause::Told));
}

#[test]
fn a_confirmation_counts_for_just_the_counts_that_were_shown() {
    let confirmed = |from, to| SeatLine {
        confirmed: Some(Confirmed { license: license(), from, to, by: "ann".to_owned() }),
        ..agreed(rows(100, None))
    };
    let verdict =
        |line: &SeatLine, count, there| judged(line, count, SeatEffective::Today, rows(there, None));
    assert_eq!(verdict(&confirmed(100, 0), 0, 100), write(100, 0, TODAY, SeatCause::Confirmed));
    assert_eq!(verdict(&confirmed(100, 0), 0, 101), wait(101, 0, TODAY, SeatReason::MovedByHand));
    assert_eq!(verdict(&confirmed(100, 0), 3, 100), wait(100, 3, TODAY, SeatReason::BigDrop));
}

#[test]
fn what_a_lost_answer_left_unclear_waits_whatever_the_settings() {
    let line = SeatLine { unclear: Some(license()), ..line() };
    let repairing = SeatSettings { repair_drift: true, ..SeatSettings::default() };
    let verdict = |there| judge(&line, &told(12), &repairing, &license(), &rows(there, None));
    assert_eq!(verdict(13), wait(13, 12, TODAY, SeatReason::AmbiguousAfterLostAnswer));
    assert_eq!(verdict(12), Verdict::Equal);
    let elsewhere = judge(&line, &told(12), &repairing, &LicenseId::new("8"), &rows(13, None));
    assert_eq!(elsewhere, write(13, 12, TODAY, SeatCause::Told), "another licence is not unclear");
}

/// Of a change of ten to twelve from that day on, taken back.
fn undone(from: Date, rows: Rows) -> SeatLine {
    let undone = Undone { license: license(), from, rows, over: told(12).since, by: "ann".to_owned() };
    SeatLine { undone: Some(undone), ..line() }
}

#[test]
fn what_is_taken_back_is_so_from_its_day_on_whatever_the_settings() {
    use SeatEffective::{IncreasesNow, NextMonth, Today};
    for effective in [Today, NextMonth, IncreasesNow] {
        let today = undone(TODAY, rows(10, Some(9)));
        let found = judged(&today, 12, effective, rows(12, Some(11)));
        assert_eq!(found, write(12, 10, TODAY, SeatCause::Undone), "{effective:?}");
        assert_eq!(judged(&today, 12, effective, rows(10, Some(9))), Verdict::Equal, "{effective:?}");
        let later = undone(NEXT, rows(12, Some(11)));
        let found = judged(&later, 12, effective, rows(12, Some(12)));
        assert_eq!(found, write(12, 11, NEXT, SeatCause::Undone), "{effective:?}");
        assert_eq!(judged(&later, 12, effective, rows(12, Some(11))), Verdict::Equal, "{effective:?}");
    }
    let other = judge(
        &undone(TODAY, rows(10, None)),
        &told(12),
        &settings(Today),
        &LicenseId::new("8"),
        &rows(10, None),
    );
    assert_eq!(other, write(10, 12, TODAY, SeatCause::Told), "another licence is none of it");
}

#[test]
fn a_contract_that_ends_before_a_change_would_count_waits_and_a_licence_never_does() {
    let next_month = |shown| judged(&line(), 12, SeatEffective::NextMonth, shown);
    assert_eq!(next_month(rows(10, None)), wait(10, 12, NEXT, SeatReason::LicenseMissing));
    let licence = Rows { by_period: false, ..rows(10, None) };
    assert_eq!(next_month(licence), write(10, 12, TODAY, SeatCause::Told));
}

#[test]
fn a_confirmation_of_another_licence_confirms_nothing() {
    let wish = Confirmed { license: LicenseId::new("8"), from: 100, to: 0, by: "ann".to_owned() };
    let line = SeatLine { confirmed: Some(wish), ..line() };
    let found = judged(&line, 0, SeatEffective::Today, rows(100, None));
    assert_eq!(found, wait(100, 0, TODAY, SeatReason::ToZero));
}
