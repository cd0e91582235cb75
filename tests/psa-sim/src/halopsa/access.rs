//! Who may do what: the scopes of the application, cut down to the rights of the agent that it acts as.
//!
//! Source: Halo's guide on API applications ("scope of the application and permissions of the agent"), and what
//! others observed live: a token without a scope is issued and then good for nothing.

use serde::{Deserialize, Serialize};

use crate::halopsa::switches::Denial;
use crate::server::Reply;

/// What a set of endpoints may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Not at all.
    None,
    /// Reading only.
    Read,
    /// Reading and changing.
    #[default]
    Modify,
}

/// Everything, or what was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Everything.
    #[default]
    All,
    /// Only these ids.
    Only(Vec<i64>),
}

impl Choice {
    /// Whether the id is among the chosen.
    pub fn contains(&self, id: i64) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }
}

/// The rights of an agent, as its role in Halo gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rights {
    /// Tickets access level.
    pub tickets: Access,
    /// Customers access level: clients, sites, users.
    pub customers: Access,
    /// Suppliers access level.
    pub suppliers: Access,
    /// Software licensing access level.
    pub software_licensing: Access,
    /// "Can add new Tickets".
    pub can_add_tickets: bool,
    /// "Can edit Tickets not assigned to them".
    pub can_edit_tickets_of_others: bool,
    /// "Can edit closed Tickets".
    pub can_edit_closed_tickets: bool,
    /// The ticket types the agent may use.
    pub ticket_types: Choice,
    /// The clients the agent sees.
    pub clients: Choice,
    /// The outcomes the agent may run.
    pub outcomes: Choice,
}

impl Default for Rights {
    fn default() -> Self {
        Self {
            tickets: Access::Modify,
            customers: Access::Modify,
            suppliers: Access::Modify,
            software_licensing: Access::Modify,
            can_add_tickets: true,
            can_edit_tickets_of_others: true,
            can_edit_closed_tickets: true,
            ticket_types: Choice::All,
            clients: Choice::All,
            outcomes: Choice::All,
        }
    }
}

/// A member of the MSP's staff, or an API-only agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Agent {
    /// Halo's number of it.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub rights: Rights,
}

/// How an application of Halo signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginType {
    /// As an agent; the one that works.
    Agent,
    /// As nobody in particular: every module answers 403.
    None,
}

/// An application of Halo's API page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Application {
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// How it signs in.
    pub login_type: LoginType,
    /// The agent that it acts as.
    pub agent_id: i64,
    /// The scopes that it may ask for.
    pub scopes: Vec<String>,
    /// Switched off: its credentials are refused.
    pub disabled: bool,
}

/// A group of endpoints with a right of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    Tickets,
    Customers,
    Suppliers,
    SoftwareLicensing,
}

impl Module {
    fn scope(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Customers => "customers",
            Self::Suppliers => "suppliers",
            Self::SoftwareLicensing => "softwarelicensing",
        }
    }
}

/// What a call wants to do in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    List,
    Detail,
    Write,
}

/// Who is calling, and with which scopes.
#[derive(Clone, Debug)]
pub struct Session {
    pub agent: Agent,
    pub login_type: LoginType,
    pub scopes: Vec<String>,
    pub denial: Denial,
}

/// Whether a permitted list shows what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Full,
    Nothing,
}

const SCOPE_OBJECTS: &[&str] = &[
    "tickets",
    "calendar",
    "customers",
    "crm",
    "timesheets",
    "contracts",
    "suppliers",
    "items",
    "projects",
    "sales",
    "quotes",
    "sos",
    "pos",
    "invoices",
    "reporting",
    "software",
    "softwarelicensing",
    "kb",
    "assets",
    "teams",
    "agents",
    "distributionlists",
];

/// Whether Halo knows the scope. There is no scope for actions, for one.
pub fn scope_exists(scope: &str) -> bool {
    match scope {
        "all" | "all:standard" | "admin" | "access:chat" | "access:adpasswordreset" | "all:teams" => true,
        other => other
            .strip_prefix("read:")
            .or_else(|| other.strip_prefix("edit:"))
            .is_some_and(|object| SCOPE_OBJECTS.contains(&object)),
    }
}

/// Whether the scopes that were granted to an application cover the one that is asked for.
pub fn scope_covers(granted: &[String], asked: &str) -> bool {
    granted.iter().any(|scope| {
        scope == asked
            || scope == "all"
            || (scope == "all:standard" && asked != "all" && asked != "admin")
            || (scope.strip_prefix("edit:").is_some()
                && scope.strip_prefix("edit:") == asked.strip_prefix("read:"))
    })
}

impl Session {
    /// Whether the call may go on, and what it sees.
    pub fn enter(&self, module: Module, purpose: Purpose) -> Result<Sight, Reply> {
        let needed = if purpose == Purpose::Write { Access::Modify } else { Access::Read };
        if self.login_type != LoginType::Agent {
            return Err(Reply::forbidden());
        }
        if self.granted_by_scope(module) < needed {
            return Err(self.denied(purpose));
        }
        let rights = &self.agent.rights;
        let level = match module {
            Module::Tickets => rights.tickets,
            Module::Customers => rights.customers,
            Module::Suppliers => rights.suppliers,
            Module::SoftwareLicensing => rights.software_licensing,
        };
        match (level >= needed, self.denial, purpose) {
            (true, _, _) | (_, Denial::UnauthorizedOnDetail, Purpose::List) => Ok(Sight::Full),
            (_, Denial::EmptyList, Purpose::List) => Ok(Sight::Nothing),
            _ => Err(self.denied(purpose)),
        }
    }

    fn denied(&self, purpose: Purpose) -> Reply {
        match (self.denial, purpose) {
            (Denial::UnauthorizedOnDetail, Purpose::Detail) => Reply::unauthorized(),
            _ => Reply::forbidden(),
        }
    }

    /// The answer to a record that the agent may not see.
    pub fn hidden(&self) -> Reply {
        match self.denial {
            Denial::UnauthorizedOnDetail => Reply::unauthorized(),
            Denial::Empty403 => Reply::forbidden(),
            Denial::EmptyList => Reply::not_found(),
        }
    }

    fn granted_by_scope(&self, module: Module) -> Access {
        let object = module.scope();
        self.scopes
            .iter()
            .map(|scope| match scope.split_once(':') {
                None if scope == "all" => Access::Modify,
                Some(("all", "standard")) => Access::Modify,
                Some(("edit", name)) if name == object => Access::Modify,
                Some(("read", name)) if name == object => Access::Read,
                _ => Access::None,
            })
            .max()
            .unwrap_or(Access::None)
    }
}
