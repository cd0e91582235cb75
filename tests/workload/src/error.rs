//! Why the workload itself could not go on. What the bridge got wrong is no error but a difference.

use psa_sim::SimError;
use thiserror::Error;

/// Why the workload could not go on.
#[derive(Debug, Error)]
pub enum WorkloadError {
    /// No HTTP client could be made.
    #[error("no HTTP client: {0}")]
    Client(#[source] reqwest::Error),
    /// The bridge did not answer for as long as the workload is patient.
    #[error("{call}: the bridge gave no usable answer for {seconds} s; the last was: {last}")]
    NoAnswer {
        /// Method and path.
        call: String,
        /// How long it was tried.
        seconds: u64,
        /// What came last.
        last: String,
    },
    /// The bridge answered what the workload cannot go on with.
    #[error("{call}: the bridge answered {status}: {body}")]
    Refused {
        /// Method and path.
        call: String,
        /// The HTTP status.
        status: u16,
        /// The answer.
        body: String,
    },
    /// An answer lacks what it must have.
    #[error("{call}: the answer lacks {what}: {body}")]
    Shape {
        /// Method and path.
        call: String,
        /// What is missing.
        what: &'static str,
        /// The answer.
        body: String,
    },
    /// A step of the set-up kept failing.
    #[error("{step} failed {tries} times; the last time: {last}")]
    Step {
        /// Which.
        step: String,
        /// How often it was tried.
        tries: u32,
        /// What came last.
        last: String,
    },
    /// Nobody can ask for the zones of Autotask tenants.
    #[error("the zone directory could not listen: {0}")]
    Directory(#[source] std::io::Error),
    /// A simulator did not start.
    #[error(transparent)]
    Simulator(#[from] SimError),
}
