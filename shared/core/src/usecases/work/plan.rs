//! The limits and intervals of a worker.

use crate::connection::CanaryPlan;
use jiff::SignedDuration;

/// The limits and intervals of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkPlan {
    /// How long a worker works at a stretch before it lets others have a turn.
    pub slice: SignedDuration,
    /// How long past its deadline a worker's lease lasts: longer than any call it may have begun just before.
    pub lease_margin: SignedDuration,
    /// Refusals of one ticket by the PSA before it ends as refused.
    pub max_refusals: u32,
    /// Attempts at one ticket over which the PSA failed, and made none, before it ends as failed. More than refusals:
    /// a refusal will be the same again, a failure may not.
    pub max_failures: u32,
    /// Failing calls in a row before the connection itself is put to the test.
    pub max_failing_calls: u32,
    /// The wait before a second attempt; doubled each time.
    pub backoff: SignedDuration,
    /// The longest wait between attempts.
    pub longest_backoff: SignedDuration,
    /// The wait after a rate limit that names none.
    pub throttle: SignedDuration,
    /// How often to look whether an outage is over.
    pub canary: CanaryPlan,
    /// Deliveries read at a time.
    pub page: usize,
    /// The same in a storm, and so the most that the ticket that stands for many, or one note on it, lists: as many as a
    /// PSA's ticket holds the lines of.
    pub storm_page: usize,
    /// Outcomes that are written together at most: what the store takes in one step.
    pub together: usize,
}

impl Default for WorkPlan {
    fn default() -> Self {
        Self {
            slice: SignedDuration::from_secs(45),
            lease_margin: SignedDuration::from_secs(150),
            max_refusals: 3,
            max_failures: 8,
            max_failing_calls: 3,
            backoff: SignedDuration::from_secs(10),
            longest_backoff: SignedDuration::from_mins(10),
            throttle: SignedDuration::from_secs(30),
            canary: CanaryPlan {
                first: SignedDuration::from_secs(30),
                longest: SignedDuration::from_mins(15),
            },
            page: 10,
            storm_page: 50,
            together: usize::MAX,
        }
    }
}

impl WorkPlan {
    /// The wait after so many attempts.
    pub fn backoff_after(&self, attempts: u32) -> SignedDuration {
        let factor = 1_i32.checked_shl(attempts.saturating_sub(1).min(20)).unwrap_or(i32::MAX);
        self.backoff.checked_mul(factor).map_or(self.longest_backoff, |wait| wait.min(self.longest_backoff))
    }
}
