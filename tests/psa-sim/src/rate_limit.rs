//! The limit on requests. Sources disagree on the numbers, so they are configuration.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// So many requests in any window of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Requests.
    pub requests: usize,
    /// Length of the window in seconds.
    pub window_seconds: u64,
    /// Whether the refusal says when to come back.
    pub retry_after: bool,
}

impl Default for RateLimit {
    /// 700 requests in a rolling 5 minutes, the number most often given for Halo.
    fn default() -> Self {
        Self { requests: 700, window_seconds: 300, retry_after: true }
    }
}

/// Counts requests against a limit.
pub struct Limiter {
    pub limit: Option<RateLimit>,
    recent: VecDeque<Instant>,
}

impl Limiter {
    pub fn new(limit: Option<RateLimit>) -> Self {
        Self { limit, recent: VecDeque::new() }
    }

    /// Takes one request from the window, or says after how many seconds the next is free.
    pub fn take(&mut self, now: Instant) -> Result<(), u64> {
        let Some(limit) = self.limit else { return Ok(()) };
        let window = Duration::from_secs(limit.window_seconds);
        if self.used(now) < limit.requests {
            self.recent.push_back(now);
            return Ok(());
        }
        let oldest =
            self.recent.front().map_or(window, |first| window.saturating_sub(now.duration_since(*first)));
        Err(oldest.as_secs() + 1)
    }

    /// How many requests the window holds.
    pub fn used(&mut self, now: Instant) -> usize {
        let window = Duration::from_secs(self.limit.map_or(0, |limit| limit.window_seconds));
        while self.recent.front().is_some_and(|first| now.duration_since(*first) >= window) {
            self.recent.pop_front();
        }
        self.recent.len()
    }

    pub fn forget(&mut self) {
        self.recent.clear();
    }
}
