//! Times as PSAs take them: milliseconds since 1970, with or without a zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Now, in milliseconds since 1970.
pub fn unix_milliseconds() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Reads a date or a time, with or without a zone, as the tenant's own time; a zone other than UTC is applied.
pub fn parse_date(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    let civil = text.parse::<DateTime>().ok().or_else(|| text.parse::<Date>().ok().map(DateTime::from))?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}
