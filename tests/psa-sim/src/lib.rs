//! Simulators of HaloPSA and Autotask, as strict as the real ones, with faults on demand.
//!
//! They exist so that the bridge can be tested against PSAs that refuse, stumble and forget in the ways that real
//! tenants were seen to. They share no code with the connectors: what both agree on, they agree on over HTTP.
//!
//! ```no_run
//! # async fn example() -> Result<(), psa_sim::SimError> {
//! use psa_sim::{AutotaskSim, FaultSchedule, HaloSim};
//! let halo = HaloSim::builder().faults(FaultSchedule::default_faults(7)).start().await?;
//! println!("Halo: {}  its control page: {}/", halo.base_url(), halo.control_url());
//! let autotask = AutotaskSim::builder().start().await?;
//! println!("Autotask: {}  its control page: {}/", autotask.base_url(), autotask.control_url());
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
    DateGranularity, DeletedRead, Denial, EditMoment, FloatIds, ForeignPriority, HaloSim, HaloSimBuilder,
    ListReferences, ListShape, LoginType, LookupValue, Outcome, ParallelCreates, PartialLicenceUpdate,
    Priority, ReferenceSearch, ReplyShape, Rights, ScopeMismatch, Site, Sla, Status, StoredAction,
    StoredTicket, Supplier, Switches, Team, Tenant, TicketType, User, Workflow,
};
pub use rate_limit::RateLimit;
pub use server::{Sim, SimBuilder, SimError};
