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

mod access;
mod control;
mod counts;
mod faults;
mod http;
mod rate_limit;
mod schema;
mod sim;
mod switches;
mod tenant;
mod world;

pub use access::{Access, Agent, Application, Choice, LoginType, Rights};
pub use counts::Counts;
pub use faults::{FaultKind, FaultRule, FaultSchedule, FaultTiming, Frequency, Outage};
pub use rate_limit::RateLimit;
pub use sim::{HaloSim, HaloSimBuilder, SimError};
pub use switches::{
    AgentMeShape, AgentShape, DateGranularity, DeletedRead, Denial, FloatIds, ForeignPriority,
    ListReferences, ListShape, ParallelCreates, PartialLicenceUpdate, ReferenceSearch, ReplyShape,
    ScopeMismatch, Switches,
};
pub use tenant::{
    Category, Client, CustomField, LookupValue, Outcome, Priority, Site, Sla, Status, Supplier, Team, Tenant,
    TicketType, User, Workflow,
};
pub use world::{StoredAction, StoredTicket};
