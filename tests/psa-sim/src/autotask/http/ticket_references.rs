//! What a ticket refers to has to exist, to be active, and to belong to its company or the parent of that.

use super::call::Call;
use crate::autotask::schema::Entity;
use crate::autotask::tenant::{Record, Right};
use crate::autotask::world::World;

/// What is wrong with the records that a ticket refers to.
pub fn problems(world: &World, call: &Call, ticket: &Record) -> Vec<String> {
    let mut problems = Vec::new();
    let Some(company) = ticket.number("companyID") else { return problems };
    if !company_takes_tickets(world, call, company) {
        problems.push(invalid("companyID", "Company"));
        return problems;
    }
    let tenant = &world.tenant;
    if let Some(id) = ticket.number("contactID") {
        match tenant.contacts.get(&id).filter(|contact| contact.active) {
            None => problems.push(invalid("contactID", "Contact")),
            Some(contact) if !tenant.belongs(contact.company, company) => problems.push(
                "Data violation: contactID is not associated to the companyID or its Parent Company.."
                    .to_owned(),
            ),
            Some(_) => {}
        }
    }
    if let Some(id) = ticket.number("contractID") {
        match tenant.contracts.get(&id) {
            None => problems.push(invalid("contractID", "Contract")),
            Some(contract) if !tenant.belongs(contract.company, company) => problems
                .push(format!("contractID [{id}] is not associated to companyID [{company}] or its parent.")),
            Some(_) => {}
        }
    }
    if let Some(id) = ticket.number("companyLocationID")
        && tenant.locations.get(&id).is_none_or(|location| location.company != company)
    {
        problems.push(format!(
            "The companyLocationID[{id}] cannot be associated with the Ticket. The CompanyLocation must belong to the \
             Ticket's, ConfigurationItem's, or the Contact's Company."
        ));
    }
    if let Some(id) = ticket.number("configurationItemID") {
        // No company of a simulated tenant has any.
        problems.push(format!("The configurationItemID [{id}] is not associated with Company [{company}]"));
    }
    if let Some(id) = ticket.number("billingCodeID")
        && tenant.billing_codes.get(&id).is_none_or(|code| !code.active || code.use_type != 1)
    {
        problems.push("The given allocation code is not an active general allocation code".to_owned());
    }
    problems
}

fn company_takes_tickets(world: &World, call: &Call, company: i64) -> bool {
    let Some(known) = world.tenant.companies.get(&company) else { return false };
    let restricted = call.user.rights_at(Entity::Tickets).create == Right::Restricted;
    let in_reach = !restricted || call.user.restricted_to.contains(&company);
    in_reach && (known.active || world.switches.inactive_company_takes_tickets)
}

/// What a reference gets to something that is not there, or not active.
pub fn invalid(field: &str, entity: &str) -> String {
    format!("Reference value on field: {field} of type: {entity} does not exist or is invalid.")
}
