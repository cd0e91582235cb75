//! A seeded workload for PSA Bridge whose every outcome is known beforehand, and the comparison with what happened.
//!
//! It exists so that "no event lost, none ticketed twice" can be counted from the outside: it talks to a running bridge
//! over HTTP only, and looks into the simulated PSAs to see which tickets there are. It shares no code with the bridge.
//!
//! - [`World`] is who there is, [`Plan`] what is sent; both together say what has to become of each event.
//! - [`set_up`] does what vendor and partners do before the first event, [`Run`] sends and waits.
//! - [`compare`] holds what happened against what had to happen, [`report`] puts it into a table.

mod api;
mod choices;
mod compare;
mod difference;
mod error;
mod events;
mod expectation;
mod feed;
mod generator;
mod malformed;
mod organizations;
mod outcomes;
mod progress;
mod report;
mod run;
mod send;
mod set_up;
mod simulator;
mod simulators;
mod stored;
mod submissions;
mod test_ticket;
mod texts;
mod tickets;
mod world;
mod zone_directory;

pub use api::{Access, Api, Call, Caller, Reply};
pub use choices::{Choice, Choices, Field, Psa};
pub use compare::{Comparison, compare};
pub use difference::Difference;
pub use error::WorkloadError;
pub use events::Event;
pub use expectation::Expected;
pub use feed::feed;
pub use generator::Generator;
pub use organizations::{Link, Organization, Registered};
pub use progress::Progress;
pub use report::{Conditions, report};
pub use run::{Ran, Run};
pub use send::Ledger;
pub use set_up::{Connected, Connections, set_up};
pub use simulator::Simulator;
pub use simulators::{SimulatorOptions, Simulators};
pub use submissions::{Plan, Submission};
pub use test_ticket::TestTicket;
pub use texts::Language;
pub use tickets::TicketCount;
pub use world::{
    DISTRIBUTOR, DISTRIBUTOR_AUTOTASK, DISTRIBUTOR_HALOPSA, Desk, DeskIndex, IDLE, IDLE_DESK, Partner,
    PartnerIndex, RESELLER, RESELLER_HALOPSA, SPECIALIST, SPECIALIST_AUTOTASK, SUB_RESELLER,
    SUB_RESELLER_HALOPSA, World,
};
