//! HaloPSA: its tenants, its rules, its API.

mod access;
mod control;
mod http;
mod people;
mod psa;
mod schema;
mod switches;
mod tenant;
mod world;

pub use access::{Access, Agent, Application, Choice, LoginType, Rights};
pub use switches::{
    AgentMeShape, AgentShape, DateGranularity, DeletedRead, Denial, FloatIds, ForeignPriority,
    ListReferences, ListShape, ParallelCreates, PartialLicenceUpdate, ReferenceSearch, ReplyShape,
    ScopeMismatch, Switches,
};
pub use tenant::{
    Category, Client, CustomField, LookupValue, Outcome, Priority, Site, Sla, Status, Supplier, Team, Tenant,
    TicketType, User, Workflow,
};
pub use world::{EditMoment, StoredAction, StoredTicket};

use world::World;

/// What all requests to a Halo tenant share.
type Shared = crate::server::Shared<World>;

/// A Halo tenant that runs in this process, on a port of its own. The resource server is its base URL plus `/api`, the
/// authorisation server the same plus `/auth`.
pub type HaloSim = crate::server::Sim<World>;

/// What to start.
pub type HaloSimBuilder = crate::server::SimBuilder<World>;

impl HaloSim {
    /// The client id of the application that demo tenants have.
    pub const CLIENT_ID: &str = tenant::CLIENT_ID;
    /// Its secret.
    pub const CLIENT_SECRET: &str = tenant::CLIENT_SECRET;

    /// All tickets, deleted and not yet visible ones too, in the order of their numbers.
    pub fn tickets(&self) -> Vec<StoredTicket> {
        self.shared.world().tickets.all().cloned().collect()
    }

    /// One ticket.
    pub fn ticket(&self, id: i64) -> Option<StoredTicket> {
        self.shared.world().tickets.get(id).cloned()
    }

    /// How many tickets there are.
    pub fn ticket_count(&self) -> usize {
        self.shared.world().tickets.len()
    }

    /// How many tickets have each value of a text field (`third_party_id_string`, `summary`, `CFBridgeReference`, …).
    pub fn tickets_by(&self, field: &str) -> std::collections::BTreeMap<String, usize> {
        self.shared.world().tickets_by(field)
    }
}
