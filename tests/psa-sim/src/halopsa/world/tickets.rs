//! The tickets of a tenant, with the indices that keep lists fast at a hundred thousand of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde::Serialize;
use serde_json::{Map, Value};

/// A ticket as the tenant keeps it. Times are the tenant's own, in milliseconds since 1970.
#[derive(Clone, Debug, Serialize)]
pub struct StoredTicket {
    /// Halo's number of it.
    pub id: i64,
    /// Its title.
    pub summary: String,
    /// The client.
    pub client_id: i64,
    /// The client's site.
    pub site_id: i64,
    /// The user at the client.
    pub user_id: i64,
    /// The ticket type.
    pub tickettype_id: i64,
    /// The status.
    pub status_id: i64,
    /// The SLA.
    pub sla_id: i64,
    /// The priority, a number within the SLA.
    pub priority_id: i64,
    /// The agent; 0 for nobody.
    pub agent_id: i64,
    /// The team.
    pub team: String,
    /// Where it came from (list 22); 0 is "Manual".
    pub source: i64,
    /// When it was created.
    pub created: i64,
    /// When anything of it last changed.
    pub updated: i64,
    /// When it was closed.
    pub closed: Option<i64>,
    /// Whether Halo says that it has been closed.
    pub has_been_closed: bool,
    /// Deleted; Halo keeps it.
    pub deleted: bool,
    /// The ticket that it was merged into.
    pub merged_into: Option<i64>,
    /// How often it was given to another agent.
    pub reassigned: i64,
    /// Every other member of the posted object that Halo knows.
    pub fields: Map<String, Value>,
    /// What was done to it, the opening first.
    pub actions: Vec<StoredAction>,
    /// Lists show it only from then on.
    #[serde(skip)]
    pub visible_from: Option<Instant>,
}

/// Something that was done to a ticket.
#[derive(Clone, Debug, Serialize)]
pub struct StoredAction {
    /// Its number, which begins anew in every ticket.
    pub id: i64,
    /// What was done.
    pub outcome_id: i64,
    /// The outcome's name.
    pub outcome: String,
    /// Who did it.
    pub who: String,
    /// The agent who did it; 0 for the system.
    pub who_agent_id: i64,
    /// When.
    pub created: i64,
    /// Whether the system wrote it.
    pub system: bool,
    /// Every other member of the posted object that Halo knows: `note`, `note_html`, `hiddenfromuser`, …
    pub fields: Map<String, Value>,
    /// Lists show it only from then on.
    #[serde(skip)]
    pub visible_from: Option<Instant>,
}

impl StoredTicket {
    /// A text member: of the posted object, or the title.
    pub fn text(&self, field: &str) -> Option<&str> {
        match field {
            "summary" => Some(&self.summary),
            "team" => Some(&self.team),
            other => self.fields.get(other).and_then(Value::as_str),
        }
    }

    /// The value of a custom field, by name or number.
    pub fn custom_field(&self, name_or_id: &str) -> Option<&Value> {
        let rows = self.fields.get("customfields")?.as_array()?;
        let row = rows.iter().find(|row| {
            row["name"].as_str() == Some(name_or_id)
                || row["id"].as_i64().is_some_and(|id| id.to_string() == name_or_id)
        })?;
        row.get("value")
    }

    pub(crate) fn visible(&self, now: Instant) -> bool {
        self.visible_from.is_none_or(|from| from <= now)
    }
}

/// The tickets, by number, by time, and by client and time.
#[derive(Default)]
pub struct TicketStore {
    by_id: BTreeMap<i64, StoredTicket>,
    by_time: BTreeSet<(i64, i64)>,
    by_client: BTreeMap<i64, BTreeSet<(i64, i64)>>,
    /// The number of the last ticket ever.
    last_id: i64,
}

/// The number of a tenant's first ticket.
const FIRST_TICKET: i64 = 2001;

impl TicketStore {
    /// The number that the next ticket gets.
    pub fn take_id(&mut self) -> i64 {
        self.last_id = (self.last_id + 1).max(FIRST_TICKET);
        self.last_id
    }

    pub fn insert(&mut self, ticket: StoredTicket) {
        self.last_id = self.last_id.max(ticket.id);
        self.by_time.insert((ticket.created, ticket.id));
        self.by_client.entry(ticket.client_id).or_default().insert((ticket.created, ticket.id));
        self.by_id.insert(ticket.id, ticket);
    }

    pub fn get(&self, id: i64) -> Option<&StoredTicket> {
        self.by_id.get(&id)
    }

    /// Changes a ticket, and keeps the indices right.
    pub fn change<T>(&mut self, id: i64, change: impl FnOnce(&mut StoredTicket) -> T) -> Option<T> {
        let ticket = self.by_id.get_mut(&id)?;
        let before = (ticket.client_id, ticket.created);
        let result = change(ticket);
        let after = (ticket.client_id, ticket.created);
        if before != after {
            self.by_time.remove(&(before.1, id));
            self.by_time.insert((after.1, id));
            if let Some(index) = self.by_client.get_mut(&before.0) {
                index.remove(&(before.1, id));
            }
            self.by_client.entry(after.0).or_default().insert((after.1, id));
        }
        Some(result)
    }

    pub fn all(&self) -> impl Iterator<Item = &StoredTicket> {
        self.by_id.values()
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The newest first, of one client or of all, created between the two times.
    pub fn newest_first(
        &self,
        client: Option<i64>,
        from: i64,
        until: i64,
    ) -> Box<dyn Iterator<Item = &StoredTicket> + '_> {
        let index = match client {
            Some(client) => self.by_client.get(&client),
            None => Some(&self.by_time),
        };
        match index {
            Some(index) if from <= until => {
                let range = index.range((from, i64::MIN)..=(until, i64::MAX)).rev();
                Box::new(range.filter_map(|(_, id)| self.by_id.get(id)))
            }
            _ => Box::new(std::iter::empty()),
        }
    }
}
