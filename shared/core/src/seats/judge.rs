//! What is to be done with a line, given what the PSA shows. Pure.

use super::{Row, Rows, SeatCause, SeatEffective, SeatLine, SeatReason, SeatSettings, ToldSeats};
use jiff::civil::Date;
use psa_connector::LicenseId;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the PSA has the count.
    Equal,
    /// To write it.
    Write(Judged, SeatCause),
    /// To ask a person.
    Wait(Judged, SeatReason),
}

/// The change that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What the PSA shows.
    pub there: i64,
    /// What it is to have.
    pub here: i64,
    /// From which day on.
    pub on: Date,
}

/// Judges a line by what was read from that licence.
pub fn judge(
    line: &SeatLine,
    told: &ToldSeats,
    settings: &SeatSettings,
    license: &LicenseId,
    rows: &Rows,
) -> Verdict {
    let undoing = line.undoing(told, license);
    let goal = |row: &Row| line.goal(told, license, row.on);
    let effective = rows.effective(settings.effective);
    if effective == SeatEffective::NextMonth && rows.later.is_none() && undoing.is_none() {
        // The contract ends before a change would count.
        let on = Rows::later_day(rows.today.on);
        let change = Judged { there: rows.today.count, here: line.goal(told, license, on), on };
        return Verdict::Wait(change, SeatReason::LicenseMissing);
    }
    let is_taken_back = undoing.is_some_and(|undone| undone.from <= rows.today.on);
    let Some(row) = differing(goal, effective, is_taken_back, rows) else { return Verdict::Equal };
    let change = Judged { there: row.count, here: goal(&row), on: row.on };
    let is_confirmed = line
        .confirmed
        .as_ref()
        .is_some_and(|wish| wish.license == *license && wish.from == change.there && wish.to == change.here);
    if is_confirmed {
        let cause = if undoing.is_some() { SeatCause::Undone } else { SeatCause::Confirmed };
        return Verdict::Write(change, cause);
    }
    if line.unclear.as_ref() == Some(license) {
        return Verdict::Wait(change, SeatReason::AmbiguousAfterLostAnswer);
    }
    let agreed = line.agreed.as_ref().filter(|agreed| agreed.license == *license);
    let was_moved = agreed.is_some_and(|agreed| agreed.rows.expected_on(row.on) != row.count);
    if was_moved && !settings.repair_drift {
        return Verdict::Wait(change, SeatReason::MovedByHand);
    }
    if let Some(reason) = guard(change, settings.max_drop_percent) {
        return Verdict::Wait(change, reason);
    }
    let cause = match (was_moved, undoing) {
        (true, _) => SeatCause::Repaired,
        (false, Some(_)) => SeatCause::Undone,
        (false, None) => SeatCause::Told,
    };
    Verdict::Write(change, cause)
}

/// The first row that is not as it has to be. A difference counts from its day on, so today's comes first: it moves the
/// later one along. What a person took back from a day on is so from that day on, whatever the settings choose.
fn differing(
    goal: impl Fn(&Row) -> i64,
    effective: SeatEffective,
    is_taken_back: bool,
    rows: &Rows,
) -> Option<Row> {
    let today = rows.today;
    let today_is_wrong = match effective {
        _ if is_taken_back => today.count != goal(&today),
        SeatEffective::Today => today.count != goal(&today),
        SeatEffective::NextMonth => false,
        SeatEffective::IncreasesNow => today.count < goal(&today),
    };
    if today_is_wrong {
        return Some(today);
    }
    rows.later.filter(|later| later.count != goal(later))
}

/// The row that a change would count in, or did: what is shown of a count that is as it has to be.
pub(crate) fn counting(
    line: &SeatLine,
    told: &ToldSeats,
    settings: &SeatSettings,
    license: &LicenseId,
    rows: &Rows,
) -> Judged {
    let judged = |row: Row| Judged { there: row.count, here: line.goal(told, license, row.on), on: row.on };
    let today = judged(rows.today);
    let is_later = match rows.effective(settings.effective) {
        SeatEffective::Today => false,
        SeatEffective::NextMonth => true,
        SeatEffective::IncreasesNow => today.there != today.here,
    };
    rows.later.filter(|_| is_later).map_or(today, judged)
}

fn guard(change: Judged, max_drop_percent: u8) -> Option<SeatReason> {
    let drop = change.there.saturating_sub(change.here);
    if drop <= 0 {
        return None;
    }
    if change.here == 0 {
        return Some(SeatReason::ToZero);
    }
    let (drop, there) = (i128::from(drop), i128::from(change.there));
    (drop * 100 > there * i128::from(max_drop_percent)).then_some(SeatReason::BigDrop)
}

#[cfg(test)]
mod tests;
