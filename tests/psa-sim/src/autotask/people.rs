//! What the MSP's people do in Autotask while the bridge works: complete, merge, delete and touch tickets, stop customers.

use serde_json::Value;

use super::AutotaskSim;
use super::tenant::Record;
use super::world::{Adjusted, World, day_of, show_time};

/// The resource of a demo tenant who is a person.
pub const TECHNICIAN: i64 = 29;
/// The type of the note that a merge leaves.
const MERGE_NOTE: i64 = 94;
/// The type of any other note.
const TASK_NOTE: i64 = 3;

impl World {
    /// A person sets the status, of which the completion follows.
    pub fn set_status(&mut self, ticket: i64, status: i64, resource: i64) -> bool {
        let now = show_time(self.now());
        let done = self.tickets.change(ticket, |ticket| {
            ticket.record.fields.insert("status", status.into());
            ticket.record.fields.insert("lastActivityDate", now.into());
            ticket.record.fields.insert("lastActivityResourceID", resource.into());
        });
        self.date_completion(ticket);
        done.is_some()
    }

    /// A person completes the ticket.
    pub fn complete(&mut self, ticket: i64, resource: i64) -> bool {
        self.set_status(ticket, self.tenant.complete_status, resource)
    }

    /// A person reopens the ticket.
    pub fn reopen(&mut self, ticket: i64, resource: i64) -> bool {
        self.set_status(ticket, 1, resource)
    }

    /// A person merges the ticket into another, which completes it.
    pub fn merge(&mut self, ticket: i64, into: i64, resource: i64) -> bool {
        self.tickets.get(into).is_some()
            && self.complete(ticket, resource)
            && self.note(ticket, resource, MERGE_NOTE, &format!("Merged into ticket {into}"))
            && self.tickets.change(ticket, |ticket| ticket.merged_into = Some(into)).is_some()
    }

    /// A person deletes the ticket, or takes it back.
    pub fn set_deleted(&mut self, ticket: i64, deleted: bool) -> bool {
        self.tickets.change(ticket, |ticket| ticket.deleted = deleted).is_some()
    }

    /// A person writes a note.
    pub fn touch(&mut self, ticket: i64, resource: i64, text: &str) -> bool {
        self.note(ticket, resource, TASK_NOTE, text)
    }

    /// A person takes the ticket.
    pub fn reassign(&mut self, ticket: i64, resource: i64) -> bool {
        let role = self.tenant.resources.get(&resource).and_then(|known| known.roles.first().copied());
        let done = self.tickets.change(ticket, |ticket| {
            ticket.record.fields.insert("assignedResourceID", resource.into());
            ticket.record.fields.insert("assignedResourceRoleID", role.map_or(Value::Null, Value::from));
        });
        done.is_some()
    }

    /// A person changes the units, if one was to at this moment.
    pub fn people_adjusted(&mut self, contract_service: i64, from: i64) {
        if let Some(position) = self.people_adjust.iter().position(|(id, _)| *id == contract_service) {
            let (id, change) = self.people_adjust.remove(position);
            self.tenant.adjust_units(id, from, change);
        }
    }

    /// The tenant moves to the other zone; the one that it left refuses whoever asks.
    pub fn move_zone(&mut self) {
        self.zone = 1 - self.zone;
    }

    fn note(&mut self, ticket: i64, resource: i64, note_type: i64, text: &str) -> bool {
        if self.tickets.get(ticket).is_none() {
            return false;
        }
        let note = Record::new(
            None,
            [
                ("ticketID", ticket.into()),
                ("title", "Note".into()),
                ("description", text.into()),
                ("noteType", note_type.into()),
                ("publish", 2.into()),
            ],
        );
        self.add_note(note, resource);
        true
    }
}

/// What people do. Each returns whether there was such a record.
impl AutotaskSim {
    /// A person completes the ticket.
    pub fn complete_ticket(&self, ticket: i64) -> bool {
        self.shared.world().complete(ticket, TECHNICIAN)
    }

    /// A person reopens the ticket.
    pub fn reopen_ticket(&self, ticket: i64) -> bool {
        self.shared.world().reopen(ticket, TECHNICIAN)
    }

    /// A person sets the ticket's status.
    pub fn set_ticket_status(&self, ticket: i64, status: i64) -> bool {
        self.shared.world().set_status(ticket, status, TECHNICIAN)
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

    /// A person adds a company; returns its id.
    pub fn add_company(&self, name: &str) -> i64 {
        self.edit_tenant(|tenant| tenant.add_company(name))
    }

    /// A person renames a company.
    pub fn rename_company(&self, company: i64, name: &str) -> bool {
        self.edit_tenant(|tenant| {
            tenant.companies.get_mut(&company).map(|company| name.clone_into(&mut company.name))
        })
        .is_some()
    }

    /// A person stops a company, or takes it up again.
    pub fn set_company_active(&self, company: i64, active: bool) -> bool {
        self.edit_tenant(|tenant| tenant.companies.get_mut(&company).map(|company| company.active = active))
            .is_some()
    }

    /// A person deletes a company. Its tickets stay.
    pub fn delete_company(&self, company: i64) -> bool {
        self.edit_tenant(|tenant| tenant.companies.remove(&company)).is_some()
    }

    /// A person sets how many units a service of a contract has from a day on, given as a time on it, in milliseconds since
    /// 1970.
    pub fn set_units(&self, contract_service: i64, day: i64, units: i64) -> bool {
        self.edit_tenant(|tenant| match tenant.units_on(contract_service, day) {
            Some(now) => {
                tenant.adjust_units(contract_service, day_of(day), units - now);
                true
            }
            None => false,
        })
    }

    /// A person changes the units of a contract service just before the API's next adjustment of it, from the same day on.
    pub fn adjust_before_next(&self, contract_service: i64, change: i64) {
        self.shared.world().people_adjust.push((contract_service, change));
    }

    /// Every adjustment that was made through the API, the oldest first.
    pub fn adjustments(&self) -> Vec<Adjusted> {
        self.shared.world().adjusted.clone()
    }

    /// The tenant moves to the zone at the other port.
    pub fn move_zone(&self) {
        self.shared.world().move_zone();
    }

    /// Stores tickets without the API: so many for a company, created one second apart up to now. For load.
    pub fn seed_tickets(&self, company: i64, count: usize) {
        let mut world = self.shared.world();
        let now = world.now();
        for number in 0..count {
            let created = now - i64::try_from(count - number).unwrap_or(0) * 1000;
            world.seed_ticket(company, &format!("Earlier ticket {number}"), created);
        }
    }
}
