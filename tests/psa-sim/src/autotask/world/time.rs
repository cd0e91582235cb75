//! Autotask's times: UTC everywhere, days as the midnight that begins them.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The length of a day.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// The time as Autotask writes it.
pub fn show_time(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds)
        .map(|time| time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}

/// The midnight that began the day.
pub fn day_of(milliseconds: i64) -> i64 {
    milliseconds.div_euclid(DAY) * DAY
}

/// The same day so many months later, or the last day of a month that is too short for it.
pub fn months_after(day: i64, months: i32) -> i64 {
    let later = Timestamp::from_millisecond(day)
        .and_then(|time| time.to_zoned(TimeZone::UTC).checked_add(Span::new().months(months)));
    later.map_or(day, |zoned| zoned.timestamp().as_millisecond())
}

/// The day as it stands in ticket numbers: `20260604`.
pub fn compact_day(milliseconds: i64) -> String {
    show_time(milliseconds).chars().take(10).filter(char::is_ascii_digit).collect()
}
