//! When to try again, and after how long.

use crate::clock::Random;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use std::time::Duration;

/// A PSA that asks for more patience than this is not waited for: the caller has better things to do.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);

const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The wait before the try after `tries` of them: doubling, half of it by chance, so that callers who failed together
/// do not come back together.
pub(super) fn backoff(tries: u32, random: &dyn Random) -> Duration {
    let full = FIRST_WAIT.saturating_mul(1 << tries.saturating_sub(1).min(6)).min(LONGEST_WAIT);
    let half = full / 2;
    half + Duration::from_millis(random.below(u64::try_from(half.as_millis()).unwrap_or(u64::MAX) + 1))
}

/// What a `Retry-After` header asks for, seconds or a date (RFC 9110, 10.2.3); nothing where it says neither.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[test]
    fn waits_double_and_stay_short() {
        for (tries, least, most) in [(1, 250, 500), (2, 500, 1000), (3, 1000, 2000), (30, 5000, 10_000)] {
            let wait = backoff(tries, &SystemRandom).as_millis();
            assert!((least..=most).contains(&wait), "{tries} tries: {wait} ms");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        let now: Timestamp = "2026-10-01T12:00:00Z".parse().unwrap();
        for (value, expected) in [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("Thu, 01 Oct 2026 12:00:30 GMT", Some(30)),
            ("Thu, 01 Oct 2026 11:59:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
