//! A seeded workload for PSA Bridge whose every outcome follows rules that are known beforehand, and the comparison with what happened.
//!
//! It exists so that "no event lost, none ticketed twice" can be counted from the outside: it talks to a running bridge
//! over HTTP only, and looks into the simulated PSAs to see which tickets there are. It shares no code with the bridge.
//!
//! - [`World`] is who there is, [`Plan`] what is sent; both together say what may become of each event, and what has to.
//!   Which of several things becomes of it depends on what waited together, so the rules hold whatever the timing.
//! - [`set_up`] does what vendor and partners do before the first event, [`Run`] sends and waits.
//! - [`compare`] holds what happened against what had to happen, [`report`] puts it into a table.

mod accounts;
mod allowed;
mod api;
mod choices;
mod compare;
mod difference;
#[cfg(test)]
mod doctored;
mod endings;
mod error;
mod events;
mod expectation;
mod feed;
mod fields;
mod generator;
mod life;
mod malformed;
mod organizations;
mod outcomes;
mod problems;
mod progress;
mod report;
mod run;
mod seats;
mod send;
mod set_up;
mod simulator;
mod simulators;
mod stored;
mod submissions;
mod technicians;
mod test_ticket;
mod texts;
mod told;
mod view;
mod world;
mod zone_directory;

pub use allowed::Kind;
pub use api::{Access, Api, Call, Caller, Reply};
pub use choices::{Choice, Choices, Field, Psa};
pub use compare::{Comparison, PsaCount, Tally, compare};
pub use difference::Difference;
pub use error::WorkloadError;
pub use events::Event;
pub use expectation::Expected;
pub use feed::feed;
pub use generator::Generator;
pub use life::Life;
pub use organizations::{Link, Organization, Registered};
pub use problems::Problem;
pub use progress::Progress;
pub use report::{Conditions, report};
pub use run::{Ran, Run};
pub use seats::SeatCount;
pub use send::Ledger;
pub use set_up::{Connected, Connections, set_up};
pub use simulator::Simulator;
pub use simulators::{SimulatorOptions, Simulators};
pub use submissions::{Plan, Submission};
pub use technicians::Handled;
pub use test_ticket::TestTicket;
pub use texts::Language;
pub use world::{
    DISTRIBUTOR, DISTRIBUTOR_AUTOTASK, DISTRIBUTOR_HALOPSA, Desk, DeskIndex, IDLE, IDLE_DESK, Partner,
    PartnerIndex, RESELLER, RESELLER_HALOPSA, SPECIALIST, SPECIALIST_AUTOTASK, SUB_RESELLER,
    SUB_RESELLER_HALOPSA, World,
};
