//! What goes wrong between a client and a PSA, on demand or by a seeded schedule.
//!
//! Observed by others: 429 with and without `Retry-After`, 504 from the gateway after the work was done, 500. A cut
//! connection, a maintenance page and a late commit are what any service on the Internet does now and then.

mod injector;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use injector::Injector;

/// A way for a request to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer takes long; otherwise all is well.
    Latency,
    /// 429 with `Retry-After`.
    TooManyRequests,
    /// 429 without.
    TooManyRequestsBare,
    /// 500; nothing was stored.
    ServerError,
    /// 200 with a maintenance page instead of JSON; nothing was stored.
    Maintenance,
    /// The connection is cut before anything is done.
    Reset,
    /// 504, but the record was stored.
    GatewayTimeoutAfterStore,
    /// The connection is cut, but the record was stored.
    ResetAfterStore,
    /// 504 or a cut connection, and the record is stored only some time later.
    LateCommit,
    /// The record is stored and answered for, but lists and searches show it only some time later.
    LateVisibility,
}

/// The point of a request at which a fault strikes. At most one fault strikes at each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Slows the request down; the others can strike too.
    Delay,
    /// Instead of the work.
    Before,
    /// When a record has been accepted and would be stored.
    Store,
    /// After a record was stored.
    Visibility,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Latency,
        Self::TooManyRequests,
        Self::TooManyRequestsBare,
        Self::ServerError,
        Self::Maintenance,
        Self::Reset,
        Self::GatewayTimeoutAfterStore,
        Self::ResetAfterStore,
        Self::LateCommit,
        Self::LateVisibility,
    ];

    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::Latency => Stage::Delay,
            Self::TooManyRequests
            | Self::TooManyRequestsBare
            | Self::ServerError
            | Self::Maintenance
            | Self::Reset => Stage::Before,
            Self::GatewayTimeoutAfterStore | Self::ResetAfterStore | Self::LateCommit => Stage::Store,
            Self::LateVisibility => Stage::Visibility,
        }
    }
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// The next so many requests that it can apply to.
    Next(u32),
    /// This share of the requests that it can apply to: exactly so in every hundred to one endpoint.
    Probability(f64),
}

/// A fault, how often, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What happens.
    pub kind: FaultKind,
    /// How often.
    #[serde(flatten)]
    pub frequency: Frequency,
    /// Only at this endpoint. For Halo the first part of the path: `tickets`, `token`, `client`. For Autotask all of
    /// it but ids: `tickets`, `tickets/query`, `tickets/notes`, `zoneinformation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Only with this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

impl FaultRule {
    /// The fault at the next so many requests.
    pub fn next(kind: FaultKind, requests: u32) -> Self {
        Self { kind, frequency: Frequency::Next(requests), endpoint: None, method: None }
    }

    /// The fault at this share of requests.
    pub fn share(kind: FaultKind, probability: f64) -> Self {
        Self { kind, frequency: Frequency::Probability(probability), endpoint: None, method: None }
    }

    /// Only at this method and endpoint.
    #[must_use]
    pub fn at(mut self, method: &str, endpoint: &str) -> Self {
        self.method = Some(method.to_owned());
        self.endpoint = Some(endpoint.to_owned());
        self
    }
}

/// How long faults take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultTiming {
    /// What [`FaultKind::Latency`] adds, in milliseconds.
    pub latency_ms: u64,
    /// How long after the lost reply a late commit comes, in milliseconds.
    pub late_commit_ms: u64,
    /// How long after it was stored a record becomes visible to lists, in milliseconds.
    pub late_visibility_ms: u64,
    /// What `Retry-After` says, in seconds.
    pub retry_after_seconds: u64,
}

impl Default for FaultTiming {
    fn default() -> Self {
        Self { latency_ms: 150, late_commit_ms: 800, late_visibility_ms: 800, retry_after_seconds: 1 }
    }
}

/// The faults of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultSchedule {
    /// Where the shuffling starts.
    pub seed: u64,
    /// What strikes, in no order.
    pub rules: Vec<FaultRule>,
    /// How long it takes.
    pub timing: FaultTiming,
}

/// The share of requests that each fault strikes by default.
const DEFAULT_SHARE: f64 = 0.06;
/// The same for creates, of which more than a quarter never get as far as being stored.
const DEFAULT_SHARE_OF_STORED: f64 = 0.09;

impl FaultSchedule {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every fault, each at 5 % or more of the requests that it can apply to; those about storing at 5 % or more of
    /// all creates.
    pub fn default_faults(seed: u64) -> Self {
        let share = |kind: FaultKind| match kind.stage() {
            Stage::Delay | Stage::Before => DEFAULT_SHARE,
            Stage::Store | Stage::Visibility => DEFAULT_SHARE_OF_STORED,
        };
        let rules = FaultKind::ALL.map(|kind| FaultRule::share(kind, share(kind))).into();
        Self { seed, rules, timing: FaultTiming::default() }
    }

    /// The same with other durations.
    #[must_use]
    pub fn with_timing(mut self, timing: FaultTiming) -> Self {
        self.timing = timing;
        self
    }

    /// The same with every share divided, but none made smaller than `smallest`: for runs of many requests.
    #[must_use]
    pub fn thinned(mut self, divisor: u32, smallest: f64) -> Self {
        for rule in &mut self.rules {
            if let Frequency::Probability(share) = &mut rule.frequency {
                *share = (*share / f64::from(divisor.max(1))).max(smallest.min(*share));
            }
        }
        self
    }

    /// From the start of a create, the longest until what it stores (if it stores at all) is visible to lists.
    ///
    /// `create_ms` is how long creating a record takes (a switch of the simulator). A client whose settle time exceeds this
    /// never takes "not there" for an answer too early. Scheduling on a busy machine comes on top.
    pub fn settle_bound(&self, create_ms: u64) -> Duration {
        let FaultTiming { latency_ms, late_commit_ms, late_visibility_ms, .. } = self.timing;
        Duration::from_millis(latency_ms + create_ms + late_commit_ms + late_visibility_ms)
    }
}

/// The PSA is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outage {
    /// It is not.
    #[default]
    None,
    /// Everything answers 503.
    Unavailable,
    /// Everything answers 200 with a maintenance page.
    Html,
    /// No connection can be made, and those that exist are cut.
    Refused,
}
