//! The pace of the demonstration: what takes minutes in production takes seconds here. Nothing is left out; the budget
//! is kept, and a lost reply is settled only once what the simulators store must have become visible.

use crate::config::{Budget, Settings, Synchronous};
use psa_bridge_workload::Simulators;
use psa_sim::{AutotaskSim, RateLimit};
use std::error::Error;

/// Requests in one window, for the bridge's budget and the simulators' limit alike: a budget that is not kept shows.
const REQUESTS: u32 = 1_500;
const WINDOW_SECONDS: u32 = 10;

/// The simulators' limit.
pub const RATE_LIMIT: RateLimit =
    RateLimit { requests: REQUESTS as usize, window_seconds: WINDOW_SECONDS as u64, retry_after: true };

/// Shortens every wait, and lets the bridge out to the simulators.
pub fn quicken(settings: &mut Settings, simulators: &Simulators) -> Result<(), Box<dyn Error>> {
    settings.egress.allow =
        simulators.origins().iter().map(|origin| origin.parse()).collect::<Result<_, _>>()?;
    // The machine itself may be busy, so a second more than what the simulators promise.
    settings.work.settle_seconds = u32::try_from(simulators.settle_bound().as_secs())?.saturating_add(2);
    settings.work.backoff_milliseconds = 100;
    settings.work.longest_backoff_seconds = 2;
    settings.work.throttle_milliseconds = 200;
    settings.work.canary_first_milliseconds = 100;
    settings.work.canary_longest_seconds = 2;
    // One of four creates is struck by a fault that makes no ticket; so many in a row are none by chance.
    settings.work.max_failures = 30;
    settings.autotask.integration_code = AutotaskSim::INTEGRATION_CODE.into();
    settings.autotask.zone_url = simulators.zone_url();
    let budget = Budget { requests: REQUESTS, window_seconds: WINDOW_SECONDS, reserve: REQUESTS / 10 };
    settings.budget.halopsa = budget;
    settings.budget.autotask = budget;
    settings.schedule.sweep_milliseconds = 250;
    settings.schedule.recent_seconds = 20;
    // Nobody cuts the power of a demonstration.
    settings.data.synchronous = Synchronous::Normal;
    Ok(())
}

/// The budgets, in words.
pub fn budget(settings: &Settings) -> String {
    let budget = settings.budget.halopsa;
    format!(
        "{} requests in {} s a tenant, {} of them for people",
        budget.requests, budget.window_seconds, budget.reserve
    )
}
