//! What is to be done with a line, given what the PSA shows. Pure.

use super::{Row, Rows, SeatCause, SeatEffective, SeatLine, SeatReason, SeatSettings, ToldSeats};
use jiff::civil::Date;
use psa_connector::LicenseId;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    let goal = line.goal(told);
    let Some(row) = differing(goal, settings.effective, rows) else { return Verdict::Equal };
    let change = Judged { there: row.count, here: goal, on: row.on };
    let is_confirmed = line.confirmed.as_ref().is_some_and(|wish| wish.from == row.count && wish.to == goal);
    if is_confirmed {
        let cause = if line.undoing(told).is_some() { SeatCause::Undone } else { SeatCause::Confirmed };
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
    let cause = match (was_moved, line.undoing(told)) {
        (true, _) => SeatCause::Repaired,
        (false, Some(_)) => SeatCause::Undone,
        (false, None) => SeatCause::Told,
    };
    Verdict::Write(change, cause)
}

/// The first row that is not as it has to be. A difference counts from its day on, so today's comes first: it moves the
/// later one along.
fn differing(goal: i64, effective: SeatEffective, rows: &Rows) -> Option<Row> {
    let today_is_wrong = match effective {
        SeatEffective::Today => rows.today.count != goal,
        SeatEffective::NextMonth => false,
        SeatEffective::IncreasesNow => rows.today.count < goal,
    };
    if today_is_wrong {
        return Some(rows.today);
    }
    rows.later.filter(|later| later.count != goal)
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
