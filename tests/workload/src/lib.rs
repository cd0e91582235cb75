//! A seeded workload for PSA Bridge whose every outcome is known beforehand, and the comparison with what happened.
//!
//! It exists so that "no event lost, none ticketed twice" can be counted from the outside: it talks to a running bridge
//! over HTTP only, and looks into the simulated PSAs to see which tickets there are. It shares no code with the bridge.
//!
//! - [`World`] is who there is, [`Plan`] what is sent; both together say what has to become of each event.
//! - [`set_up`] does what vendor and partners do before the first event, [`Run`] sends and waits.
//! - [`compare`] holds what happened against what had to happen, [`report`] puts it into a table.

mod api;
mod compare;
mod difference;
mod error;
mod events;
mod expectation;
mod feed;
mod generator;
mod malformed;
mod outcomes;
mod progress;
mod report;
mod run;
mod send;
mod set_up;
mod simulators;
mod submissions;
mod texts;
mod tickets;
mod world;

pub use api::{Access, Api, Call, Caller, Reply};
pub use compare::{Comparison, compare};
pub use difference::Difference;
pub use error::WorkloadError;
pub use events::Event;
pub use expectation::Expected;
pub use feed::feed;
pub use generator::Generator;
pub use progress::Progress;
pub use report::{Conditions, report};
pub use run::{Ran, Run};
pub use send::Ledger;
pub use set_up::{Connections, set_up};
pub use simulators::{SimulatorOptions, Simulators};
pub use submissions::{Plan, Submission};
pub use texts::Language;
pub use tickets::TicketCount;
pub use world::{
    Choices, DISTRIBUTOR, IDLE, Link, Organization, Partner, PartnerIndex, RESELLER, Registered,
    SUB_RESELLER, Share, World,
};
