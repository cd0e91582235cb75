//! A simulator of HaloPSA, as strict as the real one, with faults on demand.
//!
//! It exists so that the bridge can be tested against a PSA that refuses, stumbles and forgets in the ways that real
//! Halo tenants were seen to. It shares no code with the connector: what both agree on, they agree on over HTTP.
//!
//! ```no_run
//! # async fn example() -> Result<(), psa_sim::SimError> {
//! use psa_sim::{FaultSchedule, HaloSim};
//! let sim = HaloSim::builder().faults(FaultSchedule::default_faults(7)).start().await?;
//! println!("Halo: {}  its control page: {}/", sim.base_url(), sim.control_url());
//! sim.stop().await;
//! # Ok(())
//! # }
//! ```

pub mod autotask;
mod control;
mod counts;
mod faults;
mod halopsa;
mod rate_limit;
mod server;
mod switch;
mod time;

pub use autotask::{
    AutotaskSim, AutotaskSimBuilder, StoredTicket as AutotaskTicket, Switches as AutotaskSwitches,
    Tenant as AutotaskTenant,
};
pub use counts::Counts;
pub use faults::{FaultKind, FaultRule, FaultSchedule, FaultTiming, Frequency, Outage};
pub use halopsa::{
    Access, Agent, AgentMeShape, AgentShape, Application, Category, Choice, Client, CustomField,
    DateGranularity, DeletedRead, Denial, FloatIds, ForeignPriority, HaloSim, HaloSimBuilder, ListReferences,
    ListShape, LoginType, LookupValue, Outcome, ParallelCreates, PartialLicenceUpdate, Priority,
    ReferenceSearch, ReplyShape, Rights, ScopeMismatch, Site, Sla, Status, StoredAction, StoredTicket,
    Supplier, Switches, Team, Tenant, TicketType, User, Workflow,
};
pub use rate_limit::RateLimit;
pub use server::{Sim, SimBuilder, SimError};
