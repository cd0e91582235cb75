//! How a ticket comes into the world: its number, its opening action, its links.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{StoredAction, StoredTicket, World};

/// The number of the action that holds the opening text; its text is the ticket's own.
pub const OPENING: i64 = 1;

impl World {
    /// Gives the ticket its number and its first action, and keeps it.
    pub fn open_ticket(&mut self, mut ticket: StoredTicket) -> i64 {
        let id = self.tickets.take_id();
        ticket.id = id;
        ticket.actions.push(StoredAction {
            id: OPENING,
            outcome_id: 0,
            outcome: "Logged".to_owned(),
            who: String::new(),
            who_agent_id: 0,
            created: ticket.created,
            system: false,
            fields: Map::new(),
            visible_from: None,
        });
        self.tickets.insert(ticket);
        id
    }

    /// Links a record of someone else's to a ticket; returns the link's number.
    pub fn add_link(&mut self, ticket: Option<i64>, mut link: Map<String, Value>) -> i64 {
        let id = i64::try_from(self.links.len()).unwrap_or(0) + 1;
        link.insert("id".to_owned(), id.into());
        if let Some(ticket) = ticket {
            link.insert("halo_id".to_owned(), ticket.into());
        }
        self.links.push(link);
        id
    }

    /// A ticket of long ago, stored without the API.
    pub fn seed_ticket(&mut self, client: i64, summary: &str, created: i64) {
        let user = self.tenant.general_user(client, None);
        let (site_id, user_id) = user.map_or((0, 0), |user| (user.site_id, user.id));
        let id = self.tickets.take_id();
        self.tickets.insert(StoredTicket {
            id,
            summary: summary.to_owned(),
            client_id: client,
            site_id,
            user_id,
            tickettype_id: self.tenant.ticket_types.first().map_or(1, |kind| kind.id),
            status_id: self.tenant.statuses.first().map_or(1, |status| status.id),
            sla_id: self.tenant.slas.first().map_or(1, |sla| sla.id),
            priority_id: 3,
            agent_id: 0,
            team: String::new(),
            source: 0,
            created,
            updated: created,
            closed: None,
            has_been_closed: false,
            deleted: false,
            merged_into: None,
            reassigned: 0,
            fields: Map::new(),
            actions: Vec::new(),
            visible_from: None,
        });
    }

    /// How many tickets have each value of a text field, which may be a custom one.
    pub fn tickets_by(&self, field: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for ticket in self.tickets.all() {
            let value = ticket.text(field).or_else(|| ticket.custom_field(field).and_then(Value::as_str));
            if let Some(value) = value {
                *counts.entry(value.to_owned()).or_default() += 1;
            }
        }
        counts
    }
}
