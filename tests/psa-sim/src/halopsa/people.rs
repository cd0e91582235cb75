//! What the MSP's people do in Halo while the bridge works: close, merge, delete and touch tickets, stop customers.

use serde_json::{Map, Value, json};

use crate::halopsa::HaloSim;
use crate::halopsa::world::{EditMoment, LicenceEdit, StoredAction, World};

impl World {
    /// An agent's doing, written down in the ticket.
    pub fn record(
        &mut self,
        ticket: i64,
        outcome_id: i64,
        who: (i64, &str),
        system: bool,
        fields: Map<String, Value>,
    ) -> Option<i64> {
        let now = self.now();
        let outcome = self.tenant.outcomes.iter().find(|outcome| outcome.id == outcome_id);
        let outcome = outcome.map_or_else(|| "Updated".to_owned(), |outcome| outcome.name.clone());
        self.tickets.change(ticket, |ticket| {
            let id = ticket.actions.last().map_or(1, |action| action.id + 1);
            ticket.updated = now;
            ticket.actions.push(StoredAction {
                id,
                outcome_id,
                outcome,
                who: who.1.to_owned(),
                who_agent_id: who.0,
                created: now,
                system,
                fields,
                visible_from: None,
            });
            id
        })
    }

    /// Moves a ticket to a status; closing and reopening follow from it. False if either does not exist.
    pub fn move_to_status(&mut self, ticket: i64, status: i64) -> bool {
        let now = self.now();
        let sticks = self.switches.closed_mark_sticks;
        let Some(closes) = self.tenant.status(status).map(|status| status.closed) else { return false };
        self.tickets
            .change(ticket, |ticket| {
                ticket.status_id = status;
                ticket.updated = now;
                if closes {
                    ticket.closed.get_or_insert(now);
                    ticket.has_been_closed = true;
                } else {
                    ticket.closed = None;
                    ticket.has_been_closed &= sticks;
                }
            })
            .is_some()
    }

    fn first_status(&self, closed: bool) -> i64 {
        self.tenant.statuses.iter().find(|status| status.closed == closed).map_or(1, |status| status.id)
    }

    /// A person closes the ticket.
    pub fn close(&mut self, ticket: i64, agent: i64) -> bool {
        let status = self.first_status(true);
        let name = self.tenant.agent_name(agent).to_owned();
        self.move_to_status(ticket, status)
            && self.record(ticket, 4, (agent, &name), false, note("Closed by an agent")).is_some()
    }

    /// A person reopens the ticket.
    pub fn reopen(&mut self, ticket: i64, agent: i64) -> bool {
        let status = self.first_status(false);
        let name = self.tenant.agent_name(agent).to_owned();
        self.move_to_status(ticket, status)
            && self.record(ticket, 7, (agent, &name), false, note("Reopened by an agent")).is_some()
    }

    /// A person merges the ticket into another, which closes it.
    pub fn merge(&mut self, ticket: i64, into: i64, agent: i64) -> bool {
        self.tickets.get(into).is_some()
            && self.close(ticket, agent)
            && self.tickets.change(ticket, |ticket| ticket.merged_into = Some(into)).is_some()
    }

    /// A person deletes the ticket, or takes it back from the deleted ones.
    pub fn set_deleted(&mut self, ticket: i64, deleted: bool) -> bool {
        let now = self.now();
        let done = self.tickets.change(ticket, |ticket| {
            ticket.deleted = deleted;
            ticket.updated = now;
        });
        done.is_some()
    }

    /// A person writes a note.
    pub fn touch(&mut self, ticket: i64, agent: i64, text: &str) -> bool {
        let name = self.tenant.agent_name(agent).to_owned();
        self.record(ticket, 7, (agent, &name), false, note(text)).is_some()
    }

    /// A person takes the ticket, or gives it to someone.
    pub fn reassign(&mut self, ticket: i64, agent: i64) -> bool {
        let name = self.tenant.agent_name(agent).to_owned();
        let done = self.tickets.change(ticket, |ticket| {
            ticket.agent_id = agent;
            ticket.reassigned += 1;
        });
        done.is_some() && self.record(ticket, 20, (agent, &name), true, note("Reassigned")).is_some()
    }

    /// A person edits the licence, if one was to at that moment.
    pub fn licence_edited(&mut self, licence: i64, moment: EditMoment) {
        let due = |edit: &LicenceEdit| edit.licence == licence && edit.moment == moment;
        if let Some(position) = self.licence_edits.iter().position(due) {
            let edit = self.licence_edits.remove(position);
            self.edit_licence(licence, PERSON, edit.fields);
        }
    }

    /// A client, and what belongs to it, is gone from Halo. Its tickets stay.
    pub fn delete_client(&mut self, client: i64) -> bool {
        self.tenant.sites.retain(|_, site| site.client_id != client);
        self.tenant.users.retain(|_, user| user.client_id != client);
        self.tenant.clients.remove(&client).is_some()
    }
}

fn note(text: &str) -> Map<String, Value> {
    match json!({ "note": text, "hiddenfromuser": true }) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The agent of a demo tenant who is a person.
const TECHNICIAN: i64 = 50;
/// The name of that agent.
pub const PERSON: &str = "Dana Technician";

/// What people do. Each returns whether there was such a record.
impl HaloSim {
    /// A person closes the ticket.
    pub fn close_ticket(&self, ticket: i64) -> bool {
        self.shared.world().close(ticket, TECHNICIAN)
    }

    /// A person reopens the ticket.
    pub fn reopen_ticket(&self, ticket: i64) -> bool {
        self.shared.world().reopen(ticket, TECHNICIAN)
    }

    /// A person merges the ticket into another.
    pub fn merge_ticket(&self, ticket: i64, into: i64) -> bool {
        self.shared.world().merge(ticket, into, TECHNICIAN)
    }

    /// A person deletes the ticket.
    pub fn delete_ticket(&self, ticket: i64) -> bool {
        self.shared.world().set_deleted(ticket, true)
    }

    /// A person takes a deleted ticket back.
    pub fn restore_ticket(&self, ticket: i64) -> bool {
        self.shared.world().set_deleted(ticket, false)
    }

    /// A person writes a note into the ticket.
    pub fn touch_ticket(&self, ticket: i64, text: &str) -> bool {
        self.shared.world().touch(ticket, TECHNICIAN, text)
    }

    /// A person takes the ticket.
    pub fn reassign_ticket(&self, ticket: i64) -> bool {
        self.shared.world().reassign(ticket, TECHNICIAN)
    }

    /// A person edits fields of a licence.
    pub fn edit_licence(&self, licence: i64, fields: Map<String, Value>) -> bool {
        self.shared.world().edit_licence(licence, PERSON, fields)
    }

    /// A person edits fields of a licence at the very moment at which the API writes it next.
    pub fn edit_licence_around_next_write(
        &self,
        licence: i64,
        moment: EditMoment,
        fields: Map<String, Value>,
    ) {
        self.shared.world().licence_edits.push(LicenceEdit { licence, moment, fields });
    }

    /// The history of a licence, the oldest change first.
    pub fn licence_changes(&self, licence: i64) -> Vec<Value> {
        let world = self.shared.world();
        let changes = world.licence_changes.iter().filter(|change| change["licence_id"] == licence);
        changes.cloned().collect()
    }

    /// A person adds a client; returns its id.
    pub fn add_client(&self, name: &str) -> i64 {
        self.edit_tenant(|tenant| tenant.add_client(name))
    }

    /// A person renames a client.
    pub fn rename_client(&self, client: i64, name: &str) -> bool {
        self.edit_tenant(|tenant| {
            tenant.clients.get_mut(&client).map(|client| name.clone_into(&mut client.name))
        })
        .is_some()
    }

    /// A person stops a client, or takes it up again.
    pub fn set_client_inactive(&self, client: i64, inactive: bool) -> bool {
        self.edit_tenant(|tenant| tenant.clients.get_mut(&client).map(|client| client.inactive = inactive))
            .is_some()
    }

    /// A person deletes a client.
    pub fn delete_client(&self, client: i64) -> bool {
        self.shared.world().delete_client(client)
    }

    /// All tokens are void from now on.
    pub fn expire_tokens(&self) {
        self.shared.world().tokens.clear();
    }

    /// Stores tickets without the API: so many for a client, created one second apart up to now. For load.
    pub fn seed_tickets(&self, client: i64, count: usize) {
        let mut world = self.shared.world();
        let now = world.now();
        for number in 0..count {
            let age = i64::try_from(count - number).unwrap_or(0) * 1000;
            world.seed_ticket(client, &format!("Earlier ticket {number}"), now - age);
        }
    }
}
