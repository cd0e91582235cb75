//! Everything that a tenant holds while it runs: its set-up, its tickets, its tokens, its switches.

mod opening;
mod tickets;
mod time;

use std::collections::HashMap;
use std::time::Instant;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value};

use crate::halopsa::access::Session;
use crate::halopsa::switches::Switches;
use crate::halopsa::tenant::Tenant;

pub use crate::time::{parse_date, unix_milliseconds};
pub use opening::OPENING;
pub use tickets::{StoredAction, StoredTicket, TicketStore};
pub use time::{NEVER, show};

/// A token that was issued.
pub struct Token {
    pub client_id: String,
    pub scopes: Vec<String>,
    pub expires: Instant,
}

/// When a person edits a licence that the API is about to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditMoment {
    /// Just before.
    BeforeWrite,
    /// Just after.
    AfterWrite,
}

/// An edit by a person.
pub struct LicenceEdit {
    pub licence: i64,
    pub moment: EditMoment,
    pub fields: Map<String, Value>,
}

/// What the tenant holds.
pub struct World {
    pub tenant: Tenant,
    pub switches: Switches,
    pub tickets: TicketStore,
    pub links: Vec<Map<String, Value>>,
    pub licence_changes: Vec<Value>,
    /// What people do to licences around the next write of each.
    pub licence_edits: Vec<LicenceEdit>,
    pub tokens: HashMap<String, Token>,
    random: SmallRng,
    pristine: Tenant,
    /// A ticket is being created.
    pub creating: bool,
    /// Raised by a reset, so that what is still on its way to the store from before is dropped.
    pub era: u64,
}

impl World {
    pub fn new(tenant: Tenant, switches: Switches, seed: u64) -> Self {
        Self {
            pristine: tenant.clone(),
            tenant,
            switches,
            tickets: TicketStore::default(),
            links: Vec::new(),
            licence_changes: Vec::new(),
            licence_edits: Vec::new(),
            tokens: HashMap::new(),
            random: SmallRng::seed_from_u64(seed),
            creating: false,
            era: 0,
        }
    }

    /// Back to the set-up of the start: no tickets, no links, no tokens.
    pub fn start_over(&mut self) {
        self.tenant = self.pristine.clone();
        self.tickets = TicketStore::default();
        self.links.clear();
        self.licence_changes.clear();
        self.licence_edits.clear();
        self.tokens.clear();
        self.era += 1;
    }

    /// The tenant's own time, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        unix_milliseconds() + self.switches.clock_offset_seconds * 1000
    }

    /// Who holds the token, if it is good.
    pub fn session(&self, token: &str) -> Option<Session> {
        let token = self.tokens.get(token).filter(|token| token.expires > Instant::now())?;
        let application = self.tenant.applications.iter().find(|app| app.client_id == token.client_id)?;
        if application.disabled || token.scopes.is_empty() {
            return None;
        }
        let agent = self.tenant.agents.iter().find(|agent| agent.id == application.agent_id)?;
        Some(Session {
            agent: agent.clone(),
            login_type: application.login_type,
            scopes: token.scopes.clone(),
            denial: self.switches.denial,
        })
    }

    /// Random bytes from the tenant's seed, in hexadecimal.
    pub fn random_hex(&mut self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.random.fill_bytes(&mut buffer);
        data_encoding::HEXLOWER.encode(&buffer)
    }
}
