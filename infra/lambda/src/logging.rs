//! Log lines as JSON, one object each, for `CloudWatch` to search by member.

use tracing_subscriber::{EnvFilter, fmt};

/// What is logged where nobody says otherwise.
const FILTER: &str = "info";

/// Starts logging by a filter as in `RUST_LOG`. One that cannot be read is told of, and the usual one taken.
pub fn start(filter: Option<&str>) {
    let wanted = filter.unwrap_or(FILTER);
    let (filter, problem) = match wanted.parse::<EnvFilter>() {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(FILTER), Some(error)),
    };
    let lines = fmt().json().flatten_event(true).with_current_span(true).with_span_list(false);
    // CloudWatch has the time already, and reads ours all the same.
    let started = lines.with_env_filter(filter).with_ansi(false).log_internal_errors(false).try_init();
    if started.is_err() {
        tracing::debug!("Logging was started before");
    }
    if let Some(error) = problem {
        tracing::error!(%error, wanted, "The log filter cannot be read");
    }
}
