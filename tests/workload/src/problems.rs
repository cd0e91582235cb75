//! What events are about, and when each problem broke and was mended, as the pipelines tell it. All that may become of an
//! event follows from this.

use crate::events::{Event, MAIN_APP_TOKEN};
use jiff::Timestamp;
use std::collections::HashMap;

/// What an event is about: of which organisation, and which trouble of which account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    /// Whose.
    pub organization: String,
    /// The trouble and the account, or the pipeline's own key of what belongs together.
    pub about: Vec<String>,
}

impl Problem {
    /// The problem of an account; a recovery's type shares its problem with the failure's.
    pub fn of(organization: &str, event_type: &str, account: Option<&str>, dedup_key: Option<&str>) -> Self {
        let is_pair = event_type.starts_with(MAIN_APP_TOKEN);
        let trouble = if is_pair { MAIN_APP_TOKEN } else { event_type };
        let about = match dedup_key {
            Some(key) => vec![key.to_owned()],
            None => vec![trouble.to_owned(), account.unwrap_or_default().to_owned()],
        };
        Self { organization: organization.to_owned(), about }
    }
}

/// When a problem broke, and when it was mended.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Times of failures, in order.
    failures: Vec<Timestamp>,
    /// Times of recoveries, in order.
    recoveries: Vec<Timestamp>,
}

/// The problems of the events that reach one desk.
pub type Histories<'a> = HashMap<&'a Problem, History>;

/// The histories that these events make.
pub fn histories<'a>(events: impl Iterator<Item = &'a Event>) -> Histories<'a> {
    let mut histories = Histories::new();
    for event in events {
        let history = histories.entry(&event.problem).or_default();
        if event.resolves { history.recoveries.push(event.time) } else { history.failures.push(event.time) }
    }
    for history in histories.values_mut() {
        history.failures.sort_unstable();
        history.recoveries.sort_unstable();
    }
    histories
}

impl History {
    /// Failures in all.
    pub fn failures(&self) -> usize {
        self.failures.len()
    }

    /// Failures no later than that.
    pub fn failures_until(&self, time: Timestamp) -> usize {
        self.failures.partition_point(|failure| *failure <= time)
    }

    /// Failures after that.
    pub fn failures_after(&self, time: Timestamp) -> usize {
        self.failures.len() - self.failures_until(time)
    }

    /// Recoveries no earlier than that.
    pub fn recoveries_from(&self, time: Timestamp) -> usize {
        self.recoveries.len() - self.recoveries_before(time)
    }

    /// Recoveries before that.
    pub fn recoveries_before(&self, time: Timestamp) -> usize {
        self.recoveries.partition_point(|recovery| *recovery < time)
    }

    /// Whether it is still there after all: its latest failure has no recovery.
    pub fn is_open(&self) -> bool {
        self.failures.last() > self.recoveries.last()
    }

    /// When it broke for the last time.
    pub fn last_failure(&self) -> Option<Timestamp> {
        self.failures.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::constant(1_800_000_000 + second, 0)
    }

    #[test]
    fn a_recovery_shares_its_problem_and_other_accounts_do_not() {
        let of = |event_type, account| Problem::of("org-01", event_type, account, None);
        assert_eq!(of("auth.main_app_token.failed", None), of("auth.main_app_token.resolved", None));
        assert_ne!(of("backup.email.failed", Some("a")), of("backup.email.failed", Some("b")));
        assert_eq!(
            Problem::of("org-01", "backup.email.failed", Some("a"), Some("k")),
            Problem::of("org-01", "archive.auth_failed", None, Some("k"))
        );
        assert_ne!(
            Problem::of("org-01", "archive.auth_failed", None, Some("k")),
            Problem::of("org-02", "archive.auth_failed", None, Some("k"))
        );
    }

    #[test]
    fn a_recovery_at_the_time_of_a_failure_ends_it() {
        let mut history = History { failures: vec![at(1), at(5)], recoveries: vec![at(3), at(5)] };
        assert!(!history.is_open());
        assert_eq!((history.recoveries_from(at(5)), history.recoveries_before(at(5))), (1, 1));
        assert_eq!((history.failures_until(at(1)), history.failures_after(at(1))), (1, 1));
        history.failures.push(at(6));
        assert!(history.is_open());
        assert!(!History::default().is_open());
    }
}
