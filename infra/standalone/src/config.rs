//! The configuration: one commented file with the defaults, another of the operator's, and the environment, in this
//! order. Read and checked once, at the start, so that nothing is found wrong later.

use config::{Config, Environment, File, FileFormat};
use jiff::SignedDuration;
use psa_bridge_core::{
    budget::{BudgetPlan, BudgetPlans},
    connection::CanaryPlan,
    usecases::{backfill::BackfillPlan, work::WorkPlan},
};
use psa_connector::{AutotaskOptions, ConnectorOptions, TransportOptions};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;
use url::Url;

mod telling;

pub use telling::{MailSettings, MailWay, WebhookSettings};

/// The file with every key, its default and what it is for.
pub const DEFAULTS: &str = include_str!("../psa-bridge.toml");

/// What is wrong with the configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("the configuration cannot be read: {0}")]
    Unreadable(#[from] config::ConfigError),
    /// A value is out of bounds.
    #[error("configuration: {key} {problem}")]
    Invalid {
        /// Which.
        key: &'static str,
        /// What to do.
        problem: String,
    },
}

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: Server,
    pub data: Data,
    pub vault: VaultSettings,
    pub auth: Auth,
    pub egress: Egress,
    pub work: Work,
    pub autotask: AutotaskSettings,
    pub budget: Budgets,
    pub schedule: Schedule,
    pub mail: MailSettings,
    pub webhook: WebhookSettings,
    pub log: Log,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: SocketAddr,
    pub public_url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub folder: PathBuf,
    pub synchronous: Synchronous,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    Full,
    Normal,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultSettings {
    pub key_file: String,
    /// From the environment alone.
    pub key: Option<SecretString>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    pub issuer: String,
    pub audience: String,
    pub partner_claim: String,
    pub jwks_file: String,
    pub local_key_file: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Egress {
    pub allow: Vec<Url>,
    pub timeout_seconds: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    pub workers: usize,
    pub slice_seconds: u32,
    pub settle_seconds: u32,
    pub backoff_milliseconds: u32,
    pub longest_backoff_seconds: u32,
    pub throttle_milliseconds: u32,
    pub canary_first_milliseconds: u32,
    pub canary_longest_seconds: u32,
    pub max_refusals: u32,
    pub max_failures: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutotaskSettings {
    pub integration_code: SecretString,
    pub zone_url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    pub halopsa: Budget,
    pub autotask: Budget,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    pub requests: u32,
    pub window_seconds: u32,
    pub reserve: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    pub sweep_milliseconds: u32,
    pub recent_seconds: u32,
    pub retention_days: u32,
    pub audit_retention_days: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Settings {
    /// Reads defaults, the operator's file and the environment, and checks what they come to.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut sources = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = file {
            sources = sources.add_source(File::from(path).format(FileFormat::Toml));
        }
        let environment = Environment::with_prefix("PSA_BRIDGE")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("egress.allow");
        let settings: Self = sources.add_source(environment).build()?.try_deserialize()?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let at_least_one = [
            ("work.workers", self.work.workers as u64),
            ("work.slice_seconds", self.work.slice_seconds.into()),
            ("work.backoff_milliseconds", self.work.backoff_milliseconds.into()),
            ("work.longest_backoff_seconds", self.work.longest_backoff_seconds.into()),
            ("work.throttle_milliseconds", self.work.throttle_milliseconds.into()),
            ("work.canary_first_milliseconds", self.work.canary_first_milliseconds.into()),
            ("work.canary_longest_seconds", self.work.canary_longest_seconds.into()),
            ("work.max_refusals", self.work.max_refusals.into()),
            ("work.max_failures", self.work.max_failures.into()),
            ("budget.halopsa.window_seconds", self.budget.halopsa.window_seconds.into()),
            ("budget.autotask.window_seconds", self.budget.autotask.window_seconds.into()),
            ("schedule.sweep_milliseconds", self.schedule.sweep_milliseconds.into()),
            ("schedule.recent_seconds", self.schedule.recent_seconds.into()),
            ("schedule.audit_retention_days", self.schedule.audit_retention_days.into()),
            ("mail.timeout_seconds", self.mail.timeout_seconds.into()),
            ("webhook.timeout_seconds", self.webhook.timeout_seconds.into()),
        ];
        if let Some((key, _)) = at_least_one.into_iter().find(|(_, value)| *value == 0) {
            return Err(ConfigError::Invalid { key, problem: "must be at least 1".to_owned() });
        }
        // What is in flight is waited for at the end, and leases outlast it: both reckon with this much.
        if !(1..=30).contains(&self.egress.timeout_seconds) {
            let problem = "must be from 1 to 30".to_owned();
            return Err(ConfigError::Invalid { key: "egress.timeout_seconds", problem });
        }
        let reserves = [
            ("budget.halopsa.reserve", self.budget.halopsa),
            ("budget.autotask.reserve", self.budget.autotask),
        ];
        if let Some((key, _)) = reserves.into_iter().find(|(_, budget)| budget.reserve >= budget.requests) {
            let problem =
                "must be less than the requests of the same section, or workers get nothing".to_owned();
            return Err(ConfigError::Invalid { key, problem });
        }
        if self.schedule.retention_days < 3 {
            let problem =
                "must be at least 3: events of the last 48 hours become tickets on confirm".to_owned();
            return Err(ConfigError::Invalid { key: "schedule.retention_days", problem });
        }
        let empty = [("auth.issuer", &self.auth.issuer), ("auth.audience", &self.auth.audience)]
            .into_iter()
            .find(|(_, value)| value.trim().is_empty());
        if let Some((key, _)) = empty {
            return Err(ConfigError::Invalid { key, problem: "must not be empty".to_owned() });
        }
        self.mail.check()?;
        self.webhook.check(&self.egress.allow)
    }

    /// The worker's limits and intervals.
    pub fn work_plan(&self) -> WorkPlan {
        let work = &self.work;
        WorkPlan {
            slice: seconds(work.slice_seconds),
            max_refusals: work.max_refusals,
            max_failures: work.max_failures,
            backoff: milliseconds(work.backoff_milliseconds),
            longest_backoff: seconds(work.longest_backoff_seconds),
            throttle: milliseconds(work.throttle_milliseconds),
            canary: CanaryPlan {
                first: milliseconds(work.canary_first_milliseconds),
                longest: seconds(work.canary_longest_seconds),
            },
            ..WorkPlan::default()
        }
    }

    /// How connectors behave.
    pub fn connector_options(&self) -> ConnectorOptions {
        let settle = u64::from(self.work.settle_seconds);
        let settle_time = (settle > 0).then(|| Duration::from_secs(settle));
        let mut autotask = AutotaskOptions::default();
        let code = self.autotask.integration_code.expose_secret().trim();
        autotask.integration_code = (!code.is_empty()).then(|| code.into());
        if !self.autotask.zone_url.is_empty() {
            self.autotask.zone_url.clone_into(&mut autotask.url);
        }
        ConnectorOptions { settle_time, autotask, ..ConnectorOptions::default() }
    }

    /// How long a PSA may take to answer.
    pub fn transport_options(&self) -> TransportOptions {
        let timeout = Duration::from_secs(self.egress.timeout_seconds.into());
        let usual = TransportOptions::default();
        TransportOptions { timeout, connect_timeout: usual.connect_timeout.min(timeout), ..usual }
    }

    /// How far the schedule looks back.
    pub fn backfill_plan(&self) -> BackfillPlan {
        let days = |days: u32| SignedDuration::from_hours(24 * i64::from(days));
        BackfillPlan {
            retention: days(self.schedule.retention_days),
            audit_retention: days(self.schedule.audit_retention_days),
            ..BackfillPlan::default()
        }
    }

    /// What the tenants of each PSA bear.
    pub fn budget_plans(&self) -> BudgetPlans {
        BudgetPlans { halopsa: self.budget.halopsa.plan(), autotask: self.budget.autotask.plan() }
    }

    /// How others reach the API.
    pub fn public_url(&self) -> String {
        if self.server.public_url.is_empty() {
            return format!("http://{}", self.server.listen);
        }
        self.server.public_url.trim_end_matches('/').to_owned()
    }

    /// Whether the files that the operator named are there. Those that are made at the first start need not be.
    pub fn check_files(&self) -> Result<(), ConfigError> {
        let named = [
            ("vault.key_file", &self.vault.key_file),
            ("auth.jwks_file", &self.auth.jwks_file),
            ("auth.local_key_file", &self.auth.local_key_file),
        ];
        match named.into_iter().find(|(_, path)| !path.is_empty() && !Path::new(path).is_file()) {
            Some((key, path)) => {
                Err(ConfigError::Invalid { key, problem: format!("names {path}, which is no file") })
            }
            None => Ok(()),
        }
    }

    /// A file in the data folder, unless the operator named another.
    pub fn file(&self, named: &str, default: &str) -> PathBuf {
        if named.is_empty() { self.data.folder.join(default) } else { PathBuf::from(named) }
    }
}

impl Budget {
    fn plan(&self) -> BudgetPlan {
        BudgetPlan { requests: self.requests, window: seconds(self.window_seconds), reserve: self.reserve }
    }
}

fn seconds(value: u32) -> SignedDuration {
    SignedDuration::from_secs(value.into())
}

fn milliseconds(value: u32) -> SignedDuration {
    SignedDuration::from_millis(value.into())
}
