//! The pace of the demonstration: what takes minutes in production takes seconds here. Nothing is left out; the budget
//! is kept, and a lost reply is settled only once what the simulators store must have become visible.
//!
//! A run of many thousand events is one of load: the PSAs bear more then, their faults are no more than in a run of a few
//! thousand, and cost less time, so that the time that it takes is the bridge's.

use crate::config::{Budget, Settings, Synchronous};
use psa_bridge_workload::Simulators;
use psa_sim::{AutotaskSim, FaultSchedule, FaultTiming, RateLimit};
use std::error::Error;

/// Requests in one window, for the bridge's budget and the simulators' limit alike: a budget that is not kept shows.
const REQUESTS: u32 = 1_500;
const WINDOW_SECONDS: u32 = 10;
/// The most events of a run at the usual pace.
const USUAL_EVENTS: u32 = 2_000;
/// At least this share of requests is struck by each fault.
const SMALLEST_SHARE: f64 = 0.002;

/// The pace of a run.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many times as many events it has as the longest run at the usual pace; 1 for those.
    factor: u32,
}

impl Pace {
    /// The pace of a run of so many events, or of one without end.
    pub fn of(events: Option<u32>) -> Self {
        Self { factor: events.map_or(1, |events| events.div_ceil(USUAL_EVENTS)).max(1) }
    }

    fn is_load(self) -> bool {
        self.factor > 1
    }

    fn requests(self) -> u32 {
        REQUESTS.saturating_mul(self.factor)
    }

    /// The simulators' limit.
    pub fn rate_limit(self) -> RateLimit {
        RateLimit {
            requests: usize::try_from(self.requests()).unwrap_or(usize::MAX),
            window_seconds: WINDOW_SECONDS.into(),
            retry_after: true,
        }
    }

    /// Every fault that the simulators know.
    pub fn faults(self, seed: u64) -> FaultSchedule {
        let mut schedule = FaultSchedule::default_faults(seed);
        if self.is_load() {
            schedule = schedule.thinned(self.factor, SMALLEST_SHARE).with_timing(FaultTiming {
                latency_ms: 20,
                retry_after_seconds: 0,
                ..FaultTiming::default()
            });
        }
        schedule
    }

    /// Shortens every wait, and lets the bridge out to the simulators.
    pub fn quicken(self, settings: &mut Settings, simulators: &Simulators) -> Result<(), Box<dyn Error>> {
        if self.is_load() {
            simulators.hasten();
        }
        settings.egress.allow =
            simulators.origins().iter().map(|origin| origin.parse()).collect::<Result<_, _>>()?;
        // The machine itself may be busy, so a second more than what the simulators promise.
        settings.work.settle_seconds = u32::try_from(simulators.settle_bound().as_secs())?.saturating_add(2);
        settings.work.backoff_milliseconds = 100;
        settings.work.longest_backoff_seconds = 2;
        settings.work.throttle_milliseconds = if self.is_load() { 20 } else { 200 };
        settings.work.canary_first_milliseconds = 100;
        settings.work.canary_longest_seconds = 2;
        // One of four creates is struck by a fault that makes no ticket; so many in a row are none by chance.
        settings.work.max_failures = 30;
        settings.autotask.integration_code = AutotaskSim::INTEGRATION_CODE.into();
        settings.autotask.zone_url = simulators.zone_url();
        let requests = self.requests();
        let budget = Budget { requests, window_seconds: WINDOW_SECONDS, reserve: requests / 10 };
        settings.budget.halopsa = budget;
        settings.budget.autotask = budget;
        settings.schedule.sweep_milliseconds = 250;
        settings.schedule.recent_seconds = if self.is_load() { 120 } else { 20 };
        // Nobody cuts the power of a demonstration.
        settings.data.synchronous = Synchronous::Normal;
        Ok(())
    }
}

/// The budgets, in words.
pub fn budget(settings: &Settings) -> String {
    let budget = settings.budget.halopsa;
    format!(
        "{} requests in {} s a tenant, {} of them for people",
        budget.requests, budget.window_seconds, budget.reserve
    )
}
