//! Halo's times: milliseconds, no zone, and a date of 1899 for "never".

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// What Halo writes for a date that is not set.
pub const NEVER: &str = "1899-12-30T00:00:00";

/// Now, in milliseconds since 1970.
pub fn unix_milliseconds() -> i64 {
    Timestamp::now().as_millisecond()
}

/// The time as Halo writes it, without a zone.
pub fn show(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(time) => time.to_zoned(TimeZone::UTC).datetime().strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        Err(_) => NEVER.to_owned(),
    }
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
