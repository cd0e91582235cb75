//! Halo's times: milliseconds, no zone, and a date of 1899 for "never".

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What Halo writes for a date that is not set.
pub const NEVER: &str = "1899-12-30T00:00:00";

/// The time as Halo writes it, without a zone.
pub fn show(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(time) => time.to_zoned(TimeZone::UTC).datetime().strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        Err(_) => NEVER.to_owned(),
    }
}
