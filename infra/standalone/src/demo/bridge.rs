//! The bridge of the demonstration: `psa-bridge serve` in a process of its own, so that what it needs of the machine can be
//! told from what the simulated PSAs need.

use crate::config::{Settings, Synchronous};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use std::{error::Error, io, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A bridge in a process of its own, which ends with this one.
pub struct Bridge {
    child: Child,
}

impl Bridge {
    /// Starts it with these settings, and waits until it listens. The origin is that of the free port it took, where the
    /// settings name none.
    pub async fn start(settings: &Settings) -> Result<(Self, String), Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        // What the demonstration has is all there is.
        command.env_remove("PSA_BRIDGE_CONFIG");
        for (key, value) in environment(settings) {
            command.env(format!("PSA_BRIDGE__{key}"), value);
        }
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("the bridge has no output"))?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(url) = line.strip_prefix("listening on ") {
                return Ok((Self { child }, url.to_owned()));
            }
        }
        Err(format!("the bridge did not start: {}", child.wait().await?).into())
    }

    /// The most memory that it has had, in bytes; none where the system does not say.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    }

    /// Waits until it ends by itself, which it must not.
    pub async fn ended(&mut self) -> io::Error {
        match self.child.wait().await {
            Ok(status) => io::Error::other(format!("the bridge ended: {status}")),
            Err(error) => error,
        }
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) -> io::Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM)?;
        }
        self.child.wait().await.map(drop)
    }
}

/// What the demonstration changes of the settings, for [`Settings::load`] of another process.
fn environment(settings: &Settings) -> Vec<(&'static str, String)> {
    let Settings { server, data, egress, work, autotask, budget, schedule, log, .. } = settings;
    let synchronous = match data.synchronous {
        Synchronous::Full => "full",
        Synchronous::Normal => "normal",
    };
    let origins: Vec<&str> = egress.allow.iter().map(url::Url::as_str).collect();
    vec![
        ("SERVER__LISTEN", server.listen.to_string()),
        ("SERVER__PUBLIC_URL", server.public_url.clone()),
        ("DATA__FOLDER", data.folder.display().to_string()),
        ("DATA__SYNCHRONOUS", synchronous.to_owned()),
        ("EGRESS__ALLOW", origins.join(",")),
        ("WORK__SETTLE_SECONDS", work.settle_seconds.to_string()),
        ("WORK__BACKOFF_MILLISECONDS", work.backoff_milliseconds.to_string()),
        ("WORK__LONGEST_BACKOFF_SECONDS", work.longest_backoff_seconds.to_string()),
        ("WORK__THROTTLE_MILLISECONDS", work.throttle_milliseconds.to_string()),
        ("WORK__CANARY_FIRST_MILLISECONDS", work.canary_first_milliseconds.to_string()),
        ("WORK__CANARY_LONGEST_SECONDS", work.canary_longest_seconds.to_string()),
        ("WORK__MAX_FAILURES", work.max_failures.to_string()),
        ("AUTOTASK__INTEGRATION_CODE", autotask.integration_code.expose_secret().to_owned()),
        ("AUTOTASK__ZONE_URL", autotask.zone_url.clone()),
        ("BUDGET__HALOPSA__REQUESTS", budget.halopsa.requests.to_string()),
        ("BUDGET__HALOPSA__WINDOW_SECONDS", budget.halopsa.window_seconds.to_string()),
        ("BUDGET__HALOPSA__RESERVE", budget.halopsa.reserve.to_string()),
        ("BUDGET__AUTOTASK__REQUESTS", budget.autotask.requests.to_string()),
        ("BUDGET__AUTOTASK__WINDOW_SECONDS", budget.autotask.window_seconds.to_string()),
        ("BUDGET__AUTOTASK__RESERVE", budget.autotask.reserve.to_string()),
        ("SCHEDULE__SWEEP_MILLISECONDS", schedule.sweep_milliseconds.to_string()),
        ("SCHEDULE__RECENT_SECONDS", schedule.recent_seconds.to_string()),
        ("LOG__FILTER", log.filter.clone()),
    ]
}
