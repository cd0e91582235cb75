//! What is checked of a posted ticket: type, client, mandatory fields, custom fields, status, agent, priority.
//!
//! "Please select a valid Client/Site/User" is what production tenants say. The other texts are guesses; that there is
//! a refusal, and that `_novalidate` skips the mandatory fields, was seen.

use serde_json::{Map, Value};

use super::ticket_plan::number;
use crate::halopsa::access::Session;
use crate::halopsa::schema::SELECT_A_VALID_CLIENT;
use crate::halopsa::switches::ForeignPriority;
use crate::halopsa::tenant::{Client, TicketType};
use crate::halopsa::world::World;
use crate::server::Reply;

/// A client, its site, and a user there.
#[derive(Clone, Copy)]
pub struct Place {
    pub client: i64,
    pub site: i64,
    pub user: i64,
}

/// The longest values that the database takes, by member.
const WIDTHS: [(&str, usize); 5] = [
    ("summary", 4000),
    ("client_reference", 50),
    ("supplier_reference", 4000),
    ("reference", 100),
    ("third_party_call_id", 200),
];

pub fn check_widths(members: &Map<String, Value>) -> Result<(), Reply> {
    for (member, width) in WIDTHS {
        let length =
            members.get(member).and_then(Value::as_str).map_or(0, |text| text.encode_utf16().count());
        if length > width {
            return Err(Reply::exception(
                "A database error occurred (2628) - String or binary data would be truncated in table 'FAULTS'.",
            ));
        }
    }
    Ok(())
}

/// The type that is named, or the default one.
pub fn ticket_type<'a>(
    world: &'a World,
    session: &Session,
    id: Option<i64>,
) -> Result<&'a TicketType, Reply> {
    let kind = match id {
        Some(id) => world.tenant.ticket_type(id),
        None => world.tenant.ticket_types.first(),
    };
    let kind = kind.ok_or_else(|| foreign_key("FK_FAULTS_REQUESTTYPE"))?;
    if kind.inactive || !kind.can_create || !session.agent.rights.ticket_types.contains(kind.id) {
        return Err(Reply::refused("You do not have access to this Ticket Type"));
    }
    Ok(kind)
}

fn foreign_key(name: &str) -> Reply {
    Reply::exception(&format!(
        "A database error occurred (547) - The INSERT statement conflicted with the FOREIGN KEY constraint '{name}'."
    ))
}

/// Who the ticket is for. A user needs its site beside it; without a user it is the General User.
pub fn place(
    world: &World,
    session: &Session,
    members: &Map<String, Value>,
    posted: &Map<String, Value>,
) -> Result<Place, Reply> {
    let refusal = || Reply::refused(SELECT_A_VALID_CLIENT);
    let tenant = &world.tenant;
    let client = match number(members, "client_id") {
        Some(client) => client,
        None if world.switches.client_required => return Err(refusal()),
        None => tenant.clients.keys().next().copied().ok_or_else(refusal)?,
    };
    let usable = |client: &Client| !client.inactive || world.switches.inactive_client_takes_tickets;
    if !tenant.clients.get(&client).is_some_and(usable) || !session.agent.rights.clients.contains(client) {
        return Err(refusal());
    }
    let site = number(members, "site_id").filter(|&site| site > 0);
    if site.is_some_and(|site| tenant.sites.get(&site).is_none_or(|site| site.client_id != client)) {
        return Err(refusal());
    }
    let looked_up = posted.get("userlookup").and_then(|lookup| lookup.get("id")).and_then(Value::as_i64);
    let named = number(members, "user_id").or(looked_up).filter(|&user| user > 0);
    let Some(user) = named else {
        let general = tenant.general_user(client, site).or_else(|| tenant.general_user(client, None));
        let general = general.ok_or_else(refusal)?;
        return Ok(Place { client, site: site.unwrap_or(general.site_id), user: general.id });
    };
    let user = tenant.users.get(&user).ok_or_else(refusal)?;
    if user.client_id != client || site != Some(user.site_id) {
        return Err(refusal());
    }
    Ok(Place { client, site: user.site_id, user: user.id })
}

pub fn check_mandatory(world: &World, kind: &TicketType, members: &Map<String, Value>) -> Result<(), Reply> {
    for name in &kind.mandatory {
        let field = world.tenant.custom_fields.iter().find(|field| field.name == *name);
        let filled = match field {
            Some(field) => {
                custom_rows(members).any(|row| names(row, field.id, &field.name) && has_value(&row["value"]))
            }
            None => members.get(name).is_some_and(has_value),
        };
        if !filled {
            let label = field.map_or(name.as_str(), |field| &field.label);
            return Err(Reply::refused(&format!("The field {label} is mandatory and must be completed")));
        }
    }
    Ok(())
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_i64() != Some(0),
        _ => true,
    }
}

fn custom_rows(members: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    members.get("customfields").and_then(Value::as_array).into_iter().flatten()
}

fn names(row: &Value, id: i64, name: &str) -> bool {
    row["id"].as_i64() == Some(id) || row["name"].as_str() == Some(name)
}

/// A single-select field takes its own values only.
pub fn check_custom_fields(world: &World, members: &Map<String, Value>) -> Result<(), Reply> {
    for row in custom_rows(members) {
        let field = world.tenant.custom_fields.iter().find(|field| names(row, field.id, &field.name));
        if let Some(field) = field
            && !field.values.is_empty()
            && has_value(&row["value"])
            && !field.values.iter().any(|value| row["value"].as_str() == Some(value))
        {
            return Err(Reply::refused(&format!("The value for {} is not valid", field.label)));
        }
    }
    Ok(())
}

pub fn check_status(world: &World, status: i64) -> Result<(), Reply> {
    world.tenant.status(status).map(|_| ()).ok_or_else(|| foreign_key("FK_FAULTS_TSTATUS"))
}

pub fn check_agent(world: &World, agent: i64) -> Result<(), Reply> {
    let known = agent <= 0 || world.tenant.agents.iter().any(|known| known.id == agent);
    if known { Ok(()) } else { Err(foreign_key("FK_FAULTS_UNAME")) }
}

pub fn check_priority(world: &World, sla: i64, priority: Option<i64>) -> Result<(), Reply> {
    let sla = world.tenant.sla(sla).ok_or_else(|| foreign_key("FK_FAULTS_SLAHEAD"))?;
    let known =
        priority.is_none_or(|wanted| sla.priorities.iter().any(|priority| priority.priority_id == wanted));
    if known || world.switches.foreign_priority == ForeignPriority::Misread {
        return Ok(());
    }
    Err(Reply::refused("Please select a valid Priority for the SLA"))
}

/// The team by name; an unknown one is passed over.
pub fn team(world: &World, members: &Map<String, Value>) -> Option<String> {
    let wanted = members.get("team")?.as_str()?;
    world
        .tenant
        .teams
        .iter()
        .find(|team| team.name.eq_ignore_ascii_case(wanted))
        .map(|team| team.name.clone())
}
