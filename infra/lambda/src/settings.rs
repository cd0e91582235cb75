//! The limits and intervals of the functions, from the environment. Keys and defaults are those of the one-process host,
//! but for what the home itself bounds.

use crate::env::{Env, EnvError, error};
use jiff::SignedDuration;
use psa_bridge_aws::{PAGE, TOGETHER};
use psa_bridge_core::{
    budget::{BudgetPlan, BudgetPlans},
    connection::CanaryPlan,
    notice::NoticePolicy,
    usecases::{backfill::BackfillPlan, notify::RetryPlan, work::WorkPlan},
};
use psa_connector::{AutotaskOptions, ConnectorOptions, EgressPolicy, TransportOptions};
use std::time::Duration;
use url::Url;

/// How long a PSA may take to answer, in seconds: less than on one machine, since it is paid for.
const PSA_TIMEOUT: u32 = 20;
/// Of a worker's lease beyond the end of its function: for clocks that differ.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// How long a PSA may take to answer.
pub fn psa_timeout(env: &Env) -> Result<Duration, EnvError> {
    let seconds: u32 = env.value("EGRESS__TIMEOUT_SECONDS", PSA_TIMEOUT)?;
    if !(1..=30).contains(&seconds) {
        return Err(error("EGRESS__TIMEOUT_SECONDS", "must be from 1 to 30"));
    }
    Ok(Duration::from_secs(seconds.into()))
}

/// The limits of requests to PSAs.
pub fn transport_options(env: &Env) -> Result<TransportOptions, EnvError> {
    let (timeout, usual) = (psa_timeout(env)?, TransportOptions::default());
    Ok(TransportOptions { timeout, connect_timeout: usual.connect_timeout.min(timeout), ..usual })
}

/// Where requests may go: the public internet, and the exceptions that the operator lists.
pub fn egress(env: &Env) -> Result<EgressPolicy, EnvError> {
    const KEY: &str = "EGRESS__ALLOW";
    env.list(KEY).into_iter().try_fold(EgressPolicy::public_only(), |policy, origin| {
        let url: Url = origin.parse().map_err(|_| error(KEY, "lists what is no origin"))?;
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        policy.allow_origin(&format!("{host}:{port}")).map_err(|denied| error(KEY, denied.to_string()))
    })
}

/// How connectors behave.
pub fn connector_options(env: &Env) -> Result<ConnectorOptions, EnvError> {
    let settle: u32 = env.value("WORK__SETTLE_SECONDS", 0)?;
    let settle_time = (settle > 0).then(|| Duration::from_secs(settle.into()));
    let integration_code = env.optional("AUTOTASK__INTEGRATION_CODE").map(Into::into);
    let mut autotask = AutotaskOptions { integration_code, ..AutotaskOptions::default() };
    if let Some(url) = env.optional("AUTOTASK__ZONE_URL") {
        url.clone_into(&mut autotask.url);
    }
    Ok(ConnectorOptions { settle_time, autotask, ..ConnectorOptions::default() })
}

/// What the tenants of each PSA bear.
pub fn budget_plans(env: &Env) -> Result<BudgetPlans, EnvError> {
    let plan = |psa: &str, requests: u32, window: u32, reserve: u32| {
        let key = |name: &str| format!("BUDGET__{psa}__{name}");
        let plan = BudgetPlan {
            requests: env.value(&key("REQUESTS"), requests)?,
            window: seconds(at_least_one(env, &key("WINDOW_SECONDS"), window)?),
            reserve: env.value(&key("RESERVE"), reserve)?,
        };
        if plan.reserve >= plan.requests {
            return Err(error(&key("RESERVE"), "must be less than the requests, or workers get nothing"));
        }
        Ok(plan)
    };
    Ok(BudgetPlans {
        halopsa: plan("HALOPSA", 450, 300, 50)?,
        autotask: plan("AUTOTASK", 5_000, 3_600, 500)?,
    })
}

/// The worker's limits and intervals. Its slice is what its function's time leaves.
pub fn work_plan(env: &Env) -> Result<WorkPlan, EnvError> {
    let usual = WorkPlan::default();
    let longest_call = SignedDuration::try_from(psa_timeout(env)?).unwrap_or(usual.slice);
    Ok(WorkPlan {
        slice: SignedDuration::from_mins(15),
        // A function does not outlive its deadline, and so neither does a call.
        lease_margin: longest_call + crate::time::TO_FINISH + SKEW,
        max_refusals: at_least_one(env, "WORK__MAX_REFUSALS", usual.max_refusals)?,
        max_failures: at_least_one(env, "WORK__MAX_FAILURES", usual.max_failures)?,
        backoff: milliseconds(at_least_one(env, "WORK__BACKOFF_MILLISECONDS", 10_000)?),
        longest_backoff: seconds(at_least_one(env, "WORK__LONGEST_BACKOFF_SECONDS", 600)?),
        throttle: milliseconds(at_least_one(env, "WORK__THROTTLE_MILLISECONDS", 30_000)?),
        canary: CanaryPlan {
            first: milliseconds(at_least_one(env, "WORK__CANARY_FIRST_MILLISECONDS", 30_000)?),
            longest: seconds(at_least_one(env, "WORK__CANARY_LONGEST_SECONDS", 900)?),
        },
        // As many deliveries as one transaction keeps.
        page: PAGE,
        storm_page: PAGE,
        together: TOGETHER,
        ..usual
    })
}

/// How far the schedule looks back.
pub fn backfill_plan(env: &Env) -> Result<BackfillPlan, EnvError> {
    let retention: u32 = env.value("SCHEDULE__RETENTION_DAYS", 90)?;
    if retention < 3 {
        let problem = "must be at least 3: events of the last 48 hours become tickets on confirm";
        return Err(error("SCHEDULE__RETENTION_DAYS", problem));
    }
    Ok(BackfillPlan {
        retention: days(retention),
        audit_retention: days(at_least_one(env, "SCHEDULE__AUDIT_RETENTION_DAYS", 730)?),
        ..BackfillPlan::default()
    })
}

/// What is told, and after how long.
pub fn notice_policy(env: &Env) -> Result<NoticePolicy, EnvError> {
    Ok(NoticePolicy {
        webhook: env.value("AWS__TELLS_VENDOR", true)?,
        outage: seconds(env.value("MAIL__OUTAGE_SECONDS", 60)?),
        budget: minutes(env.value("MAIL__BUDGET_MINUTES", 60)?),
        settings: minutes(env.value("MAIL__SETTINGS_MINUTES", 60)?),
    })
}

/// Until when a mail is tried, and how often.
pub fn mail_retries(env: &Env) -> Result<RetryPlan, EnvError> {
    Ok(RetryPlan { give_up_after: hours(env.value("MAIL__GIVE_UP_HOURS", 24)?), ..RetryPlan::mail() })
}

/// Until when an event for the vendor is tried, and how often.
pub fn event_retries(env: &Env) -> Result<RetryPlan, EnvError> {
    Ok(RetryPlan { give_up_after: hours(env.value("WEBHOOK__GIVE_UP_HOURS", 72)?), ..RetryPlan::webhook() })
}

fn at_least_one(env: &Env, key: &str, default: u32) -> Result<u32, EnvError> {
    match env.value(key, default)? {
        0 => Err(error(key, "must be at least 1")),
        value => Ok(value),
    }
}

fn milliseconds(value: u32) -> SignedDuration {
    SignedDuration::from_millis(value.into())
}

fn seconds(value: u32) -> SignedDuration {
    SignedDuration::from_secs(value.into())
}

fn minutes(value: u32) -> SignedDuration {
    SignedDuration::from_mins(value.into())
}

fn hours(value: u32) -> SignedDuration {
    SignedDuration::from_hours(value.into())
}

fn days(value: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::of(pairs.iter().map(|(key, value)| (format!("PSA_BRIDGE__{key}"), (*value).to_owned())))
    }

    #[test]
    fn an_empty_environment_has_the_defaults_of_the_other_home() {
        let env = Env::default();
        let (work, usual) = (work_plan(&env).unwrap(), WorkPlan::default());
        assert_eq!((work.backoff, work.longest_backoff), (usual.backoff, usual.longest_backoff));
        assert_eq!((work.throttle, work.canary), (usual.throttle, usual.canary));
        assert_eq!(backfill_plan(&env).unwrap(), BackfillPlan::default());
        assert_eq!(budget_plans(&env).unwrap().halopsa.requests, 450);
        assert!(connector_options(&env).unwrap().settle_time.is_none());
    }

    #[test]
    fn a_lease_outlasts_the_longest_call() {
        let plan = work_plan(&env(&[("EGRESS__TIMEOUT_SECONDS", "30")])).unwrap();
        assert!(plan.lease_margin > SignedDuration::from_secs(30) + crate::time::TO_FINISH);
    }

    #[test]
    fn values_out_of_bounds_are_told_by_their_key() {
        for (key, value) in [("EGRESS__TIMEOUT_SECONDS", "31"), ("WORK__MAX_FAILURES", "0")] {
            assert_eq!(work_plan(&env(&[(key, value)])).unwrap_err().key, key);
        }
        assert!(budget_plans(&env(&[("BUDGET__HALOPSA__RESERVE", "450")])).is_err());
        assert!(backfill_plan(&env(&[("SCHEDULE__RETENTION_DAYS", "2")])).is_err());
    }

    #[test]
    fn nothing_inside_is_reached_unless_it_is_listed() {
        let simulator: Url = "http://127.0.0.1:9000/api".parse().unwrap();
        assert!(egress(&Env::default()).unwrap().check(&simulator).is_err());
        let listed =
            egress(&env(&[("EGRESS__ALLOW", "http://127.0.0.1:9000, http://127.0.0.1:9001")])).unwrap();
        assert!(listed.check(&simulator).is_ok());
        assert!(listed.check(&"http://127.0.0.1:9002/".parse().unwrap()).is_err());
        assert!(egress(&env(&[("EGRESS__ALLOW", "nowhere")])).is_err());
    }
}
