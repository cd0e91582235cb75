//! What happened so far, for tests and for the page.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::faults::FaultKind;

/// Requests and faults since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests by method, endpoint and outcome: `POST /tickets 201`; the outcome `reset` is a connection that was cut.
    pub requests: BTreeMap<String, u64>,
    /// Faults that were injected.
    pub faults: BTreeMap<FaultKind, u64>,
    /// Requests that the rate limit refused.
    pub rate_limited: u64,
    /// Requests that were refused because too many were on their way.
    pub thread_limited: u64,
    /// Creates that failed because another one was on its way.
    pub parallel_creates: u64,
    /// Tickets that were stored after their request had ended.
    pub late_commits: u64,
}

impl Counts {
    /// All requests, whatever became of them.
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }

    /// Requests whose line (`POST /tickets 201`) begins with the text.
    pub fn requests_to(&self, prefix: &str) -> u64 {
        let matching = self.requests.iter().filter(|(line, _)| line.starts_with(prefix));
        matching.map(|(_, count)| count).sum()
    }

    /// Requests to anything about invoices, whether there is such an endpoint or not: nothing has business there.
    pub fn requests_about_invoices(&self) -> u64 {
        let about = self.requests.iter().filter(|(line, _)| line.contains("invoice"));
        about.map(|(_, count)| count).sum()
    }

    /// How often a fault was injected.
    pub fn injected(&self, kind: FaultKind) -> u64 {
        self.faults.get(&kind).copied().unwrap_or(0)
    }

    pub(crate) fn request(&mut self, method: &str, segments: &[String], outcome: &str) {
        let mut endpoint = String::new();
        for segment in segments {
            endpoint.push('/');
            let is_id = segment.parse::<f64>().is_ok() || segment.len() >= 32;
            endpoint.push_str(if is_id { "{id}" } else { segment });
        }
        *self.requests.entry(format!("{method} {endpoint} {outcome}")).or_default() += 1;
    }

    pub(crate) fn fault(&mut self, kind: FaultKind) {
        *self.faults.entry(kind).or_default() += 1;
    }
}
