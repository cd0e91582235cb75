//! What the PSA shows: the count of today's period, and of the period that begins next, where it keeps them by period.

use super::settings::first_of_next_month;
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
        Self { today: plus(self.today), later: self.later.map(plus) }
    }
}
