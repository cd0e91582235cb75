//! A partner's choices for seat counts.

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A partner's choices for seat counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeatSettings {
    /// When counts are written to the PSA.
    pub mode: SeatMode,
    /// From when on a change counts, where the PSA keeps counts by period (Autotask).
    pub effective: SeatEffective,
    /// The product whose seats are counted. Needed only where the vendor tells counts of several: a licence takes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// A drop of more than this share waits for a person. Percent of what the PSA shows; a drop to zero always waits.
    #[schema(minimum = 0, maximum = 100)]
    pub max_drop_percent: u8,
    /// Whether a count that was changed by hand in the PSA is set right without asking.
    pub repair_drift: bool,
}

impl Default for SeatSettings {
    fn default() -> Self {
        Self {
            mode: SeatMode::Off,
            effective: SeatEffective::Today,
            product: None,
            max_drop_percent: 20,
            repair_drift: false,
        }
    }
}

/// When counts are written to the PSA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatMode {
    /// Never by itself: they are shown beside each other, and a person may have them written.
    #[default]
    Off,
    /// As soon as the vendor tells a count; and they are compared daily.
    AtOnce,
    /// Once a day, when they are compared.
    Daily,
}

/// From when on a change counts, where the PSA keeps counts by period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatEffective {
    /// From the day on which it is written (UTC).
    #[default]
    Today,
    /// From the first of the month after.
    NextMonth,
    /// More seats from today on, fewer from the first of the next month on.
    IncreasesNow,
}

/// The first day of the month after that of `today`; `today` itself at the end of the calendar.
pub(super) fn first_of_next_month(today: Date) -> Date {
    today.first_of_month().checked_add(1.month()).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_first_of_the_next_month_follows_the_calendar() {
        for (today, expected) in [
            (date(2026, 1, 1), date(2026, 2, 1)),
            (date(2026, 1, 31), date(2026, 2, 1)),
            (date(2028, 2, 29), date(2028, 3, 1)),
            (date(2026, 12, 31), date(2027, 1, 1)),
            (Date::MAX, Date::MAX),
        ] {
            assert_eq!(first_of_next_month(today), expected, "{today}");
        }
    }
}
