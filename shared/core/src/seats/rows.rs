//! What the PSA shows: the count of today's period, and of the period that begins next, where it keeps them by period.

use super::{SeatEffective, settings::first_of_next_month};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A count as the PSA shows it for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Row {
    /// The day; its period is what was read.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// The count.
    pub count: i64,
}

/// What was read at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rows {
    /// Of the day on which it was read.
    pub today: Row,
    /// Of the first of the next month; none where the PSA keeps one count for all time, or where the contract ends before.
    pub later: Option<Row>,
    /// Whether the PSA keeps a count for each billing period, so that a change counts from a day on.
    pub by_period: bool,
}

impl Rows {
    /// The day whose row comes after today's.
    pub fn later_day(today: Date) -> Date {
        first_of_next_month(today)
    }

    /// What is to be expected on a day after what is known here, if nobody changes anything.
    pub fn expected_on(&self, day: Date) -> i64 {
        self.later.filter(|later| later.on <= day).unwrap_or(self.today).count
    }

    /// What is there once a difference was added from that day on.
    #[must_use]
    pub fn plus(self, difference: i64, from: Date) -> Self {
        let plus = |row: Row| Row {
            count: if row.on >= from { row.count.saturating_add(difference) } else { row.count },
            ..row
        };
        Self { today: plus(self.today), later: self.later.map(plus), ..self }
    }

    /// What is to be expected here on another day, if nobody changes anything.
    #[must_use]
    pub fn as_of(self, day: Date) -> Self {
        let row = |on: Date| Row { on, count: self.expected_on(on) };
        Self { today: row(day), later: self.by_period.then(|| row(Self::later_day(day))), ..self }
    }

    /// Whether what is shown here is what was to be expected after what is known there.
    pub fn is_as_expected(&self, known: &Self) -> bool {
        let is_so = |row: Row| known.expected_on(row.on) == row.count;
        is_so(self.today) && self.later.is_none_or(is_so)
    }

    /// From when on a change counts here: where the PSA has no periods, at once.
    pub fn effective(&self, chosen: SeatEffective) -> SeatEffective {
        if self.by_period { chosen } else { SeatEffective::Today }
    }
}
