//! What happens to a ticket by itself: workflow rules, and the date of its completion.

use serde_json::Value;

use super::World;
use super::time::show_time;
use crate::autotask::schema::Entity;
use crate::autotask::tenant::{Record, WorkflowRule};

/// What a workflow rule may act upon.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    Created,
    Changed,
}

impl World {
    /// Runs the workflow rules over a ticket.
    pub fn run_workflow(&mut self, ticket: i64, occasion: Occasion) {
        let rules = self.tenant.workflow_rules.clone();
        for rule in rules.iter().filter(|rule| rule.acts_on(occasion)) {
            let applies = self.tickets.get(ticket).is_some_and(|ticket| rule.applies_to(&ticket.record));
            if applies {
                self.tickets.change(ticket, |ticket| {
                    for (field, value) in &rule.set {
                        if let Some(field) = Entity::Tickets.schema().field(field) {
                            ticket.record.fields.insert(field.name, value.clone());
                        }
                    }
                });
            }
        }
        self.date_completion(ticket);
    }

    /// Keeps the date of completion in step with the status.
    pub fn date_completion(&mut self, ticket: i64) {
        let (now, complete) = (self.now(), self.tenant.complete_status);
        self.tickets.change(ticket, |ticket| {
            let is_complete = ticket.record.number("status") == Some(complete);
            if !is_complete {
                ticket.record.fields.remove("completedDate");
                ticket.record.fields.remove("completedByResourceID");
            } else if ticket.record.text("completedDate").is_none() {
                let by = ticket.record.fields.get("lastActivityResourceID").cloned().unwrap_or(Value::Null);
                ticket.record.fields.insert("completedDate", show_time(now).into());
                ticket.record.fields.insert("completedByResourceID", by);
            }
        });
    }
}

impl WorkflowRule {
    fn acts_on(&self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Created => self.on_create,
            Occasion::Changed => self.on_update,
        }
    }

    fn applies_to(&self, record: &Record) -> bool {
        self.when.iter().all(|(field, wanted)| {
            let field = Entity::Tickets.schema().field(field);
            field.and_then(|field| record.fields.get(field.name)) == Some(wanted)
        })
    }
}
