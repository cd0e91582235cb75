//! Log lines as JSON, one object each, for `CloudWatch` to search by member.

use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging by a filter such as `info` or `warn,psa_bridge_core=debug`: levels, by target. One that cannot be read is
/// told of, and `info` taken.
pub fn start(filter: Option<&str>) {
    let usual = || Targets::new().with_default(Level::INFO);
    let (filter, problem) = match filter.map(str::parse::<Targets>) {
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (usual(), Some(error)),
        None => (usual(), None),
    };
    // CloudWatch has the time already, and reads ours all the same.
    let lines = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    let lines = lines.with_ansi(false).log_internal_errors(false).with_filter(filter);
    if tracing_subscriber::registry().with(lines).try_init().is_err() {
        tracing::debug!("Logging was started before");
    }
    if let Some(error) = problem {
        tracing::error!(%error, "The log filter cannot be read");
    }
}
