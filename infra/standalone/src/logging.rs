//! Log lines: for people or for programs, to standard error, so that standard output stays what a command was asked for.

use crate::config::{Log, LogFormat};
use std::io::{IsTerminal, stderr};
use thiserror::Error;
use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

/// The log filter cannot be read.
#[derive(Debug, Error)]
#[error("log.filter: {0}")]
pub struct LogError(#[from] ParseError);

/// Starts logging. A second call changes nothing.
pub fn start(log: &Log) -> Result<(), LogError> {
    let filter: EnvFilter = log.filter.parse()?;
    let lines = fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr)
        // Where a line cannot be written, telling so on standard error would panic: whoever logs on a disk that is
        // full would lose the thread that wanted to say just that.
        .log_internal_errors(false);
    let started = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("Logging was started before");
    }
    Ok(())
}
