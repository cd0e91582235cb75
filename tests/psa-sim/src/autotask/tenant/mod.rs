//! How an Autotask tenant is set up: customers, picklists, categories, contracts, users. Tests change what they like.

mod access;
mod demo;
mod picklists;
mod rows;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use access::{ApiUser, EntityRights, Right};
pub use demo::{INTEGRATION_CODE, SECRET, USERNAME};
pub use rows::{Record, Row};

/// A tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    /// Its name, which the API never shows.
    pub name: String,
    /// The name of its zone.
    pub zone_name: String,
    /// The number of its database, `ci`.
    pub database: i64,
    /// Where people use Autotask in a browser.
    pub web_url: String,
    /// Users of the API.
    pub api_users: Vec<ApiUser>,
    /// Companies by id; 0 is the MSP itself.
    pub companies: BTreeMap<i64, Company>,
    /// Contacts by id.
    pub contacts: BTreeMap<i64, Contact>,
    /// Company locations by id.
    pub locations: BTreeMap<i64, Location>,
    /// Picklists by entity and field, as `Tickets.status`.
    pub picklists: BTreeMap<String, Vec<PicklistValue>>,
    /// Ticket categories by id. The picklist `Tickets.ticketCategory` follows from them.
    pub categories: BTreeMap<i64, Category>,
    /// User-defined fields of tickets.
    pub user_defined_fields: Vec<UserDefinedField>,
    /// People, and API users, by id.
    pub resources: BTreeMap<i64, Resource>,
    /// Work types, and other codes, by id.
    pub billing_codes: BTreeMap<i64, BillingCode>,
    /// Services by id.
    pub services: BTreeMap<i64, Service>,
    /// Contracts by id.
    pub contracts: BTreeMap<i64, Contract>,
    /// Services of contracts, with their units, by id.
    pub contract_services: BTreeMap<i64, ContractService>,
    /// What the tenant's workflow rules do to tickets.
    pub workflow_rules: Vec<WorkflowRule>,
    /// The status that means that a ticket is done.
    pub complete_status: i64,
}

/// A company.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Company {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
    /// The picklist value: 1 is a customer.
    pub company_type: i64,
    /// The company that it belongs to.
    pub parent: Option<i64>,
}

/// A contact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: i64,
    /// Its company.
    pub company: i64,
    /// Its first name.
    pub first_name: String,
    /// Its last name.
    pub last_name: String,
    /// Its address.
    pub email: String,
    /// Whether it is active; the API writes 0 and 1.
    pub active: bool,
}

/// A location of a company.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Location {
    /// Its id.
    pub id: i64,
    /// Its company.
    pub company: i64,
    /// Its name.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
}

/// A value of a picklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PicklistValue {
    /// The number that records hold; metadata writes it as a text.
    pub value: i64,
    /// What people see.
    pub label: String,
    /// The value of the parent picklist that it goes with.
    pub parent: Option<i64>,
    /// Whether it can still be chosen.
    pub active: bool,
    /// Whether it is Autotask's own.
    pub system: bool,
    /// Whether it is the default.
    pub default: bool,
}

/// A ticket category.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
    /// Whether only the API can use it.
    pub api_only: bool,
    /// Whether tickets fall to it that name none.
    pub global_default: bool,
    /// What it fills in, by the ticket's field.
    pub defaults: BTreeMap<String, Value>,
    /// Fields that it requires, of the ticket or user-defined. No metadata shows them.
    pub required: Vec<String>,
    /// The due date that it gives, in hours from the creation. No metadata shows it.
    pub due_in_hours: Option<i64>,
}

/// A user-defined field of tickets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserDefinedField {
    /// Its name, by which it is written.
    pub name: String,
    /// `String`, `Integer`, `Date`, `List`.
    pub kind: String,
    /// Whether every ticket needs it.
    pub required: bool,
    /// The longest text.
    pub length: usize,
    /// What it can be, if it is a list.
    pub values: Vec<PicklistValue>,
}

/// One of the MSP's people, or an API user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resource {
    /// Its id.
    pub id: i64,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Whether it is active.
    pub active: bool,
    /// The roles that it holds.
    pub roles: Vec<i64>,
}

/// A code; those with use type 1 are work types.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BillingCode {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
    /// What it is used for; 1 is "general allocation code", the work types.
    pub use_type: i64,
}

/// A service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
    /// What a unit costs a customer.
    pub unit_price: f64,
}

/// A contract. Dates are the midnight (UTC) of their day, in milliseconds since 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contract {
    /// Its id.
    pub id: i64,
    /// The company.
    pub company: i64,
    /// Its name.
    pub name: String,
    /// The picklist value; 7 is a recurring service.
    pub contract_type: i64,
    /// 1 is active, 0 is not.
    pub status: i64,
    /// The first day.
    pub start: i64,
    /// The last day.
    pub end: i64,
    /// How many months a period has.
    pub months_in_period: i32,
}

/// A service of a contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContractService {
    /// Its id.
    pub id: i64,
    /// The contract.
    pub contract: i64,
    /// The service.
    pub service: i64,
    /// The price that was agreed on.
    pub unit_price: f64,
    /// How many units when: one row for each billing period, or part of one.
    pub units: Vec<Units>,
}

/// How many units there are in a period, or in a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// The row's id.
    pub id: i64,
    /// The first day.
    pub start: i64,
    /// The last day.
    pub end: i64,
    /// How many.
    pub units: i64,
    /// Whether it was approved and posted, and can't be changed any more.
    pub posted: bool,
}

/// A workflow rule: what becomes of a ticket that was created, or changed, in a certain way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkflowRule {
    /// Whether it acts when a ticket is created.
    pub on_create: bool,
    /// Whether it acts when a ticket is changed by the API.
    pub on_update: bool,
    /// The fields of the ticket that it wants to see so.
    pub when: BTreeMap<String, Value>,
    /// The fields that it sets.
    pub set: BTreeMap<String, Value>,
}

impl Tenant {
    /// The values of a picklist of an entity.
    pub fn picklist(&self, entity: &str, field: &str) -> Vec<PicklistValue> {
        if field == "ticketCategory" {
            return self.categories.values().map(Category::as_value).collect();
        }
        self.picklists.get(&format!("{entity}.{field}")).cloned().unwrap_or_default()
    }

    /// Adds a company; returns its id.
    pub fn add_company(&mut self, name: &str) -> i64 {
        let id = self.companies.keys().next_back().map_or(0, |last| last + 1);
        let company = Company { id, name: name.to_owned(), active: true, company_type: 1, parent: None };
        self.companies.insert(id, company);
        id
    }

    /// Whether something of the one company may stand in a ticket of the other: the same one, or its parent.
    pub(super) fn belongs(&self, owner: i64, company: i64) -> bool {
        owner == company || self.companies.get(&company).is_some_and(|company| company.parent == Some(owner))
    }

    /// The category that a ticket falls to that names none.
    pub(super) fn default_category(&self, user: &ApiUser) -> Option<i64> {
        let global = || self.categories.values().find(|category| category.global_default);
        user.default_category.or_else(|| global().map(|category| category.id))
    }
}

impl Category {
    fn as_value(&self) -> PicklistValue {
        PicklistValue {
            value: self.id,
            label: self.name.clone(),
            parent: None,
            active: self.active,
            system: self.id < 100,
            default: self.global_default,
        }
    }
}
