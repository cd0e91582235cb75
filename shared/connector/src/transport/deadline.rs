//! The time by which requests have to be over, for hosts that end a process at a moment that is known beforehand.

use jiff::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// No answer worth having comes within less.
const SHORTEST: Duration = Duration::from_secs(1);

/// The time by which requests have to be over. Clones share it, and it can be moved at any time; requests that left
/// before are not held to what is set after.
#[derive(Clone, Debug)]
pub struct Deadline(Arc<AtomicI64>);

impl Default for Deadline {
    /// None.
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(i64::MAX)))
    }
}

impl Deadline {
    /// From now on requests have to be over by then.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.as_millisecond(), Ordering::SeqCst);
    }

    /// How long a request that leaves at `now` may take, if it may take so long at most; none where it is better not
    /// sent.
    pub(super) fn limit(&self, most: Duration, now: Timestamp) -> Option<Duration> {
        let left = self.0.load(Ordering::SeqCst).saturating_sub(now.as_millisecond());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        (left >= SHORTEST).then_some(left.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn without_one_a_request_may_take_as_long_as_any() {
        let most = Duration::from_secs(30);
        assert_eq!(Deadline::default().limit(most, Timestamp::now()), Some(most));
    }

    #[test]
    fn what_is_left_bounds_a_request() {
        let (deadline, now) = (Deadline::default(), Timestamp::UNIX_EPOCH);
        deadline.clone().set(now + SignedDuration::from_secs(10));
        let limit =
            |after: i64| deadline.limit(Duration::from_secs(4), now + SignedDuration::from_millis(after));
        assert_eq!(limit(0), Some(Duration::from_secs(4)));
        assert_eq!(limit(7_000), Some(Duration::from_secs(3)));
        assert_eq!(limit(9_001), None);
        assert_eq!(limit(60_000), None);
    }
}
