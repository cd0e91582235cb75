//! What Autotask refuses a ticket for, once each of its fields is right by itself.

use serde_json::Value;

use super::call::Call;
use super::draft::Draft;
use super::{ticket_assignment, ticket_references};
use crate::autotask::schema::Entity;
use crate::autotask::tenant::{Category, Record};
use crate::autotask::world::{World, show_time};

/// What the category fills in where the draft says nothing. A ticket that names no category falls to the default one.
pub fn fill_in(world: &World, call: &Call, draft: &mut Draft) {
    if !draft.set.contains_key("ticketCategory")
        && let Some(category) = world.tenant.default_category(&call.user)
    {
        draft.set.insert("ticketCategory", category.into());
    }
    let Some(category) = category_of(world, draft.set.get("ticketCategory")) else { return };
    for (name, value) in &category.defaults {
        if let Some(field) = Entity::Tickets.schema().field(name) {
            // Half of a pair would not fit the other half.
            let splits_pair = field.name == "subIssueType"
                && draft.set.get("issueType") != category.defaults.get("issueType");
            if !splits_pair {
                draft.set.entry(field.name).or_insert_with(|| value.clone());
            }
        }
    }
    if let Some(hours) = category.due_in_hours {
        let due = show_time(world.now() + hours * 60 * 60 * 1000);
        draft.set.entry("dueDateTime").or_insert_with(|| due.into());
    }
}

fn category_of<'a>(world: &'a World, id: Option<&Value>) -> Option<&'a Category> {
    world.tenant.categories.get(&id?.as_i64()?)
}

/// Everything that is wrong with a ticket about to be created.
pub fn problems_of_new(world: &World, call: &Call, ticket: &Record) -> Vec<String> {
    let mut problems = Vec::new();
    for field in &Entity::Tickets.schema().fields {
        if field.required && !field.read_only && is_empty(ticket, field.name) {
            let name = field.name;
            problems
                .push(format!("Value does not exist for the required field {name}. ; on record number [1]."));
        }
    }
    problems.extend(child_picklist(world, ticket));
    problems.extend(ticket_references::problems(world, call, ticket));
    problems.extend(ticket_assignment::problems(world, ticket));
    problems.extend(category_requirements(world, ticket));
    problems.extend(ticket_assignment::nobody(ticket));
    problems.extend(due_date(world, ticket));
    for field in world.tenant.user_defined_fields.iter().filter(|field| field.required) {
        if is_empty(ticket, &field.name) {
            let name = &field.name;
            problems
                .push(format!("Value does not exist for the required field {name}. ; on record number [1]."));
        }
    }
    problems
}

/// Everything that is wrong with a ticket about to be changed; only what was touched is looked at.
pub fn problems_of_changed(world: &World, call: &Call, ticket: &Record, touched: &[&str]) -> Vec<String> {
    let touches = |names: &[&str]| names.iter().any(|name| touched.contains(name));
    let mut problems = Vec::new();
    for field in Entity::Tickets.schema().fields.iter().filter(|field| field.required && !field.read_only) {
        if touched.contains(&field.name) && is_empty(ticket, field.name) {
            let name = field.name;
            problems
                .push(format!("Value does not exist for the required field {name}. ; on record number [1]."));
        }
    }
    if touches(&["issueType", "subIssueType"]) {
        problems.extend(child_picklist(world, ticket));
    }
    if touches(&[
        "companyID",
        "contactID",
        "contractID",
        "companyLocationID",
        "configurationItemID",
        "billingCodeID",
    ]) {
        problems.extend(ticket_references::problems(world, call, ticket));
    }
    if touches(&["assignedResourceID", "assignedResourceRoleID", "queueID"]) {
        problems.extend(ticket_assignment::problems(world, ticket));
        problems.extend(ticket_assignment::nobody(ticket));
    }
    problems
}

/// Whether a field of the ticket, or a user-defined one, is not set.
fn is_empty(ticket: &Record, name: &str) -> bool {
    let value = ticket.fields.get(name).or_else(|| ticket.user_defined.get(name));
    value.is_none_or(|value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()))
}

/// A sub-issue type goes with one issue type only.
fn child_picklist(world: &World, ticket: &Record) -> Option<String> {
    let child = ticket.number("subIssueType")?;
    let values = world.tenant.picklist("Tickets", "subIssueType");
    let parent = values.iter().find(|value| value.value == child).and_then(|value| value.parent);
    (parent.is_none() || parent != ticket.number("issueType"))
        .then(|| "Value does not exist for child picklist: subIssueType".to_owned())
}

/// A category may require any field, and no metadata shows it.
fn category_requirements(world: &World, ticket: &Record) -> Vec<String> {
    let category = category_of(world, ticket.fields.get("ticketCategory"));
    let required = category.map(|category| category.required.as_slice()).unwrap_or_default();
    let missing = required.iter().filter(|name| is_empty(ticket, name));
    missing.map(|name| format!("{name} is required")).collect()
}

fn due_date(world: &World, ticket: &Record) -> Option<String> {
    let switches = &world.switches;
    let by_sla = switches.sla_gives_due_date && ticket.number("serviceLevelAgreementID").is_some();
    let missing = switches.due_date_required && !by_sla && is_empty(ticket, "dueDateTime");
    missing.then(|| "dueDateTime is required.; on record number [0].".to_owned())
}
