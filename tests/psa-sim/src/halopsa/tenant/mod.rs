//! What is set up in a Halo tenant before the first ticket: clients, ticket types, SLAs, licences, agents, applications.

mod demo;

pub use demo::{CLIENT_ID, CLIENT_SECRET};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::halopsa::access::{Agent, Application, LoginType, Rights};

/// A customer of the MSP ("Area" in Halo's schema).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Client {
    /// Halo's number of it.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Stopped by the MSP.
    pub inactive: bool,
}

/// A site of a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Site {
    /// Halo's number of it.
    pub id: i64,
    /// The client it belongs to.
    pub client_id: i64,
    /// Its name.
    pub name: String,
}

/// An end user at a site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Halo's number of it.
    pub id: i64,
    /// The client it belongs to.
    pub client_id: i64,
    /// The site it belongs to.
    pub site_id: i64,
    /// Its name; every client has a "General User".
    pub name: String,
    /// Its e-mail address.
    pub email: String,
}

/// A supplier.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Supplier {
    /// Halo's number of it.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A priority of an SLA ("Policy"); the number means something within its SLA only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Priority {
    /// The policy's own id, a GUID.
    pub guid: String,
    /// The number that tickets carry.
    pub priority_id: i64,
    /// Its name.
    pub name: String,
    /// Hours until an answer is due.
    pub response_hours: f64,
    /// Hours until a fix is due.
    pub fix_hours: f64,
    /// Not offered to people.
    pub hidden: bool,
}

/// A service level agreement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sla {
    /// Halo's number of it.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its priorities.
    pub priorities: Vec<Priority>,
}

/// A state of a ticket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Halo's number of it.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether a ticket in it counts as closed.
    pub closed: bool,
}

/// A ticket type (`RequestType`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TicketType {
    /// Halo's number of it.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The SLA of its tickets, unless they name one.
    pub default_sla: i64,
    /// The priority of its tickets, unless they name one.
    pub default_priority: i64,
    /// The status that its tickets begin with.
    pub initial_status: i64,
    /// The team that its tickets go to.
    pub default_team: String,
    /// The workflow that its tickets follow; 0 for none.
    pub workflow_id: i64,
    /// Whether agents may create tickets of it.
    pub can_create: bool,
    /// Out of use.
    pub inactive: bool,
    /// What agents must fill in: names of ticket fields, or of custom fields.
    pub mandatory: Vec<String>,
}

/// A team of agents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Team {
    /// Halo's number of it.
    pub id: i64,
    /// Its name, by which tickets refer to it.
    pub name: String,
}

/// A category of tickets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Category {
    /// Halo's number of it.
    pub id: i64,
    /// Which of the four category fields it is for.
    pub type_id: i64,
    /// Its levels, joined by `>`.
    pub value: String,
}

/// An entry of one of Halo's numbered lists (12 impact, 22 source, 27 urgency).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LookupValue {
    /// The list.
    pub lookup_id: i64,
    /// The entry's number.
    pub id: i64,
    /// The entry's name.
    pub name: String,
}

/// An outcome: what an agent can do to a ticket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// Halo's number of it; 7 is the built-in private note.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether what it writes is hidden from the end user.
    pub hidden_from_user: bool,
    /// The status that it moves a ticket to; 0 for none.
    pub new_status: i64,
}

/// A workflow: which outcomes may be run on its tickets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Workflow {
    /// Halo's number of it.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The outcomes of its steps.
    pub outcomes: Vec<i64>,
}

/// A custom field of tickets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomField {
    /// Halo's number of it.
    pub id: i64,
    /// Its name, which begins with `CF`.
    pub name: String,
    /// What people read.
    pub label: String,
    /// For a single-select field, the only values it takes.
    pub values: Vec<String>,
}

/// A tenant, with all that is set up in it.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The tenant's name, as the token endpoint wants it.
    pub name: String,
    /// The customers.
    pub clients: BTreeMap<i64, Client>,
    /// Their sites.
    pub sites: BTreeMap<i64, Site>,
    /// Their users.
    pub users: BTreeMap<i64, User>,
    /// The suppliers.
    pub suppliers: Vec<Supplier>,
    /// The ticket types, the default one first.
    pub ticket_types: Vec<TicketType>,
    /// The SLAs, the default one first.
    pub slas: Vec<Sla>,
    /// The statuses.
    pub statuses: Vec<Status>,
    /// The teams, the default one first.
    pub teams: Vec<Team>,
    /// The categories.
    pub categories: Vec<Category>,
    /// The numbered lists.
    pub lookups: Vec<LookupValue>,
    /// The outcomes.
    pub outcomes: Vec<Outcome>,
    /// The workflows.
    pub workflows: Vec<Workflow>,
    /// The custom fields of tickets.
    pub custom_fields: Vec<CustomField>,
    /// The software licences by id, with the members of `Licence_List`.
    pub licences: BTreeMap<i64, Map<String, Value>>,
    /// The agents.
    pub agents: Vec<Agent>,
    /// The API applications.
    pub applications: Vec<Application>,
}

impl Tenant {
    /// A tenant in which nothing is set up but what every Halo has: statuses, an SLA, a ticket type, the private note.
    pub fn bare(name: &str) -> Self {
        let mut tenant = Self::empty(name);
        tenant.statuses = demo::statuses();
        tenant.slas = vec![demo::standard_sla()];
        tenant.teams = vec![Team { id: 1, name: "1st Line Support".to_owned() }];
        tenant.ticket_types = vec![demo::ticket_type(1, "Incident")];
        tenant.outcomes =
            vec![Outcome { id: 7, name: "Private Note".to_owned(), hidden_from_user: true, new_status: 0 }];
        tenant.lookups = demo::lookups();
        tenant
    }

    fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            clients: BTreeMap::new(),
            sites: BTreeMap::new(),
            users: BTreeMap::new(),
            suppliers: Vec::new(),
            ticket_types: Vec::new(),
            slas: Vec::new(),
            statuses: Vec::new(),
            teams: Vec::new(),
            categories: Vec::new(),
            lookups: Vec::new(),
            outcomes: Vec::new(),
            workflows: Vec::new(),
            custom_fields: Vec::new(),
            licences: BTreeMap::new(),
            agents: Vec::new(),
            applications: Vec::new(),
        }
    }

    /// Adds a client with a main site and its General User; returns its id.
    pub fn add_client(&mut self, name: &str) -> i64 {
        let id = next_id(&self.clients, 1);
        self.clients.insert(id, Client { id, name: name.to_owned(), inactive: false });
        let site_id = next_id(&self.sites, 100);
        self.sites.insert(site_id, Site { id: site_id, client_id: id, name: "Main".to_owned() });
        self.add_user(id, site_id, "General User", "");
        id
    }

    /// Adds a user; returns its id.
    pub fn add_user(&mut self, client_id: i64, site_id: i64, name: &str, email: &str) -> i64 {
        let id = next_id(&self.users, 1000);
        self.users
            .insert(id, User { id, client_id, site_id, name: name.to_owned(), email: email.to_owned() });
        id
    }

    /// Adds a software licence with more than thirty fields that people filled in; returns its id.
    pub fn add_edited_licence(&mut self, client_id: i64, name: &str, count: i64) -> i64 {
        let id = self.add_licence(client_id, name, count);
        let edited = json!({
            "site_id": 21, "purchase_price": 2.15, "price": 3.95, "monthly_price": 3.95, "monthly_cost": 2.15,
            "start_date": "2026-01-01T00:00:00", "end_date": "2027-12-31T00:00:00", "manufacturer": "Backup Vendor Inc",
            "vendor": "10", "supplier_id": 10, "distributor": "Distributor GmbH", "notes": "Price agreed until 2027",
            "licence_client_name": "Acme", "name_extra": "per mailbox", "tenant_id": "4d1c0f3e", "tenant_name": "acme.example",
            "billing_cycle": "Monthly", "term_duration": "Annual", "status": "Active", "autorenew": true,
            "requested_quantity": 30, "requested_quantity_date": "2026-06-01T00:00:00", "product_sku": "BV-M365",
            "vendor_product_sku": "M365-SEAT", "third_party_product": "Backup", "third_party_productid": "backup",
            "third_party_productname": "M365 backup", "offerid": "OFFER-7", "thirdparty_client_id": "C-77",
            "third_party_client_name": "Acme & Sons", "snowid": "SN-1", "parent_id": 501, "item_id": 88,
            "external_link_id": 12, "allow_licence_update": true, "azure_connection_id": 5, "snow_client_id": 9,
            "licence_roles": [{ "id": 1, "name": "Owner" }]
        });
        if let (Some(licence), Value::Object(edited)) = (self.licences.get_mut(&id), edited) {
            licence.extend(edited);
        }
        id
    }

    /// Adds a software licence; returns its id.
    pub fn add_licence(&mut self, client_id: i64, name: &str, count: i64) -> i64 {
        let id = next_id(&self.licences, 500);
        let fields = json!({
            "id": id, "type": 1, "name": name, "count": count, "client_id": client_id, "site_id": 0,
            "purchase_price": 2.5, "price": 4.0, "manufacturer": "", "vendor": "", "supplier_id": 0, "notes": "",
            "billing_cycle": "Monthly", "term_duration": "Monthly", "status": "Active", "autorenew": true,
            "is_active": true, "deleted": false, "start_date": "2026-01-01T00:00:00",
            "end_date": "1901-01-01T00:00:00", "licences_in_use": 0, "product_sku": "", "third_party_productid": ""
        });
        if let Value::Object(fields) = fields {
            self.licences.insert(id, fields);
        }
        id
    }

    /// Adds an API-only agent with these rights, and an application that acts as it; returns the application's
    /// credentials: client id and secret.
    pub fn add_application(&mut self, name: &str, scopes: &[&str], rights: Rights) -> (String, String) {
        let number = self.applications.len() + 1;
        let agent_id = self.agents.iter().map(|agent| agent.id).max().unwrap_or(0) + 1;
        self.agents.push(Agent { id: agent_id, name: name.to_owned(), rights });
        let client_id = format!("00000000-0000-4000-8000-{number:012}");
        let client_secret =
            format!("11111111-0000-4000-8000-{number:012}-22222222-0000-4000-8000-{number:012}");
        self.applications.push(Application {
            client_id: client_id.clone(),
            client_secret: client_secret.clone(),
            login_type: LoginType::Agent,
            agent_id,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            disabled: false,
        });
        (client_id, client_secret)
    }

    pub(crate) fn ticket_type(&self, id: i64) -> Option<&TicketType> {
        self.ticket_types.iter().find(|kind| kind.id == id)
    }

    pub(crate) fn sla(&self, id: i64) -> Option<&Sla> {
        self.slas.iter().find(|sla| sla.id == id)
    }

    pub(crate) fn status(&self, id: i64) -> Option<&Status> {
        self.statuses.iter().find(|status| status.id == id)
    }

    pub(crate) fn agent_name(&self, id: i64) -> &str {
        self.agents.iter().find(|agent| agent.id == id).map_or("Unassigned", |agent| &agent.name)
    }

    pub(crate) fn client_name(&self, id: i64) -> &str {
        self.clients.get(&id).map_or("", |client| &client.name)
    }

    pub(crate) fn general_user(&self, client_id: i64, site_id: Option<i64>) -> Option<&User> {
        self.users.values().find(|user| {
            user.client_id == client_id
                && site_id.is_none_or(|site| site == user.site_id)
                && user.name == "General User"
        })
    }

    /// Whether a ticket of this type may get this outcome.
    pub(crate) fn outcome_runs_on(&self, outcome: i64, ticket_type: i64) -> bool {
        let workflow = self.ticket_type(ticket_type).map_or(0, |kind| kind.workflow_id);
        self.workflows
            .iter()
            .find(|flow| flow.id == workflow)
            .is_none_or(|flow| flow.outcomes.contains(&outcome))
    }
}

pub(crate) fn next_id<T>(records: &BTreeMap<i64, T>, first: i64) -> i64 {
    records.last_key_value().map_or(first, |(id, _)| id + 1)
}
