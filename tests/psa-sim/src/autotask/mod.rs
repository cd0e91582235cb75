//! Autotask: its tenants, its rules, its API.
//!
//! Names are those of Autotask's REST API, so this module is to be used with its name: `autotask::Switches`.

mod control;
mod http;
mod people;
mod psa;
mod schema;
mod switches;
mod tenant;
mod world;

pub use schema::Entity;
pub use switches::{
    AccessShape, Denial, ErrorReport, ItemIdShape, MissingItem, RefusalStatus, Switches, TextForNumber,
    Unwelcome, WrongIntegrationCode,
};
pub use tenant::{
    ApiUser, BillingCode, Category, Company, Contact, Contract, ContractService, EntityRights, Location,
    PicklistValue, Record, Resource, Right, Service, Tenant, Units, UserDefinedField, WorkflowRule,
};
pub use world::{Adjusted, StoredTicket};

use std::collections::BTreeMap;

use world::World;

use crate::time::unix_milliseconds;

/// What all requests to an Autotask tenant share.
type Shared = crate::server::Shared<World>;

/// An Autotask tenant that runs in this process. Zone look-up and the API are at its base URL plus `/ATServicesRest`,
/// the zone that the tenant can move to is at another port.
pub type AutotaskSim = crate::server::Sim<World>;

/// What to start.
pub type AutotaskSimBuilder = crate::server::SimBuilder<World>;

impl AutotaskSim {
    /// The user name of the API user that demo tenants have.
    pub const USERNAME: &str = tenant::USERNAME;
    /// Its secret.
    pub const SECRET: &str = tenant::SECRET;
    /// The tracking identifier of the integration that it was created for.
    pub const INTEGRATION_CODE: &str = tenant::INTEGRATION_CODE;

    /// The root of the API in the zone that the tenant lives in, as the zone look-up tells it.
    pub fn zone_url(&self) -> String {
        self.shared.world().zone_url()
    }

    /// All tickets, deleted and not yet visible ones too, in the order of their ids.
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

    /// How many tickets have each value of a text field (`externalID`, `title`, a user-defined field, …).
    pub fn tickets_by(&self, field: &str) -> BTreeMap<String, usize> {
        self.shared.world().tickets.count_by(field)
    }

    /// The notes of a ticket.
    pub fn notes(&self, ticket: i64) -> Vec<Record> {
        let world = self.shared.world();
        world.notes.values().filter(|note| note.number("ticketID") == Some(ticket)).cloned().collect()
    }

    /// All notes, by their ticket.
    pub fn all_notes(&self) -> BTreeMap<i64, Vec<Record>> {
        let mut notes: BTreeMap<i64, Vec<Record>> = BTreeMap::new();
        for note in self.shared.world().notes.values() {
            notes.entry(note.number("ticketID").unwrap_or(0)).or_default().push(note.clone());
        }
        notes
    }

    /// How many units a service of a contract has today.
    pub fn units_today(&self, contract_service: i64) -> Option<i64> {
        self.shared.world().tenant.units_on(contract_service, unix_milliseconds())
    }
}
