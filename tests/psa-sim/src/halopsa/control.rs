//! What only Halo's control API does and shows: tickets, clients, licences, agents, applications.

use serde_json::{Map, Value, json};

use super::access::Rights;
use super::http::show_ticket;
use super::world::{StoredTicket, World};
use crate::control::{done, found, limit, merged, number, read, text};
use crate::server::Parameters;

/// Runs a command; an error says what was wrong with it.
pub fn run(world: &mut World, method: &str, path: &[&str], body: &Value) -> Result<Value, String> {
    match (method, path) {
        ("POST", ["tokens", "expire"]) => {
            world.tokens.clear();
            Ok(done())
        }
        ("POST", ["tickets", id, what]) => ticket(world, number(id)?, what, body),
        ("POST", ["clients"]) => Ok(json!({ "id": world.tenant.add_client(text(body, "name")?) })),
        ("POST", ["clients", id, what]) => client(world, number(id)?, what, body),
        ("POST", ["licences", id]) => {
            let fields: Map<String, Value> = read(body.clone())?;
            found(world.edit_licence(number(id)?, super::people::PERSON, fields))
        }
        ("POST", ["agents", id, "rights"]) => rights(world, number(id)?, body.clone()),
        ("POST", ["applications", id]) => application(world, id, body),
        _ => Err("there is no such command".to_owned()),
    }
}

fn ticket(world: &mut World, id: i64, what: &str, body: &Value) -> Result<Value, String> {
    let agent = body["agent_id"].as_i64().unwrap_or(50);
    let was_there = match what {
        "close" => world.close(id, agent),
        "reopen" => world.reopen(id, agent),
        "delete" => world.set_deleted(id, true),
        "restore" => world.set_deleted(id, false),
        "touch" => world.touch(id, agent, body["note"].as_str().unwrap_or("Looking into it")),
        "reassign" => world.reassign(id, agent),
        "merge" => {
            let into = body["into"].as_i64().ok_or("into is missing")?;
            world.merge(id, into, agent)
        }
        other => return Err(format!("{other} is nothing that is done to tickets")),
    };
    found(was_there)
}

fn client(world: &mut World, id: i64, what: &str, body: &Value) -> Result<Value, String> {
    if what == "delete" {
        return found(world.delete_client(id));
    }
    let Some(client) = world.tenant.clients.get_mut(&id) else { return found(false) };
    match what {
        "rename" => text(body, "name")?.clone_into(&mut client.name),
        "deactivate" => client.inactive = true,
        "activate" => client.inactive = false,
        other => return Err(format!("{other} is nothing that is done to clients")),
    }
    Ok(done())
}

fn rights(world: &mut World, agent: i64, body: Value) -> Result<Value, String> {
    let agent = world.tenant.agents.iter_mut().find(|known| known.id == agent);
    let Some(agent) = agent else { return found(false) };
    agent.rights = read::<Rights>(merged(&agent.rights, body)?)?;
    Ok(done())
}

/// Changes an application: `client_secret`, `disabled`, `scopes`, `login_type`.
fn application(world: &mut World, client_id: &str, body: &Value) -> Result<Value, String> {
    let application = world.tenant.applications.iter_mut().find(|app| app.client_id == client_id);
    let Some(application) = application else { return found(false) };
    *application = read(merged(application, body.clone())?)?;
    Ok(done())
}

/// The tenant, without its tickets.
pub fn state(world: &World) -> Value {
    let tenant = &world.tenant;
    let agents: Vec<Value> = tenant
        .agents
        .iter()
        .map(|agent| json!({ "id": agent.id, "name": agent.name, "rights": agent.rights }))
        .collect();
    let applications: Vec<Value> = tenant
        .applications
        .iter()
        .map(|app| json!({ "client_id": app.client_id, "agent_id": app.agent_id, "scopes": app.scopes, "disabled": app.disabled }))
        .collect();
    json!({
        "tenant": tenant.name, "ticket_count": world.tickets.len(),
        "clients": tenant.clients.values().collect::<Vec<_>>(), "licences": tenant.licences.values().collect::<Vec<_>>(),
        "licence_changes": world.licence_changes, "agents": agents, "applications": applications,
        "switches": world.switches
    })
}

/// The newest tickets; with `field` and `value` those that match, with `field` alone how many have each value.
pub fn tickets(world: &World, parameters: &Parameters) -> Value {
    let limit = limit(parameters);
    let (field, value) = (parameters.text("field"), parameters.text("value"));
    if let (Some(field), None) = (field, value) {
        return json!(world.tickets_by(field));
    }
    let matches = |ticket: &&StoredTicket| match (field, value) {
        (Some(field), Some(value)) => {
            ticket.text(field) == Some(value)
                || ticket.custom_field(field).and_then(Value::as_str) == Some(value)
        }
        _ => true,
    };
    let newest = world.tickets.newest_first(None, i64::MIN, i64::MAX);
    Value::Array(newest.filter(matches).take(limit).map(|ticket| show_ticket(world, ticket)).collect())
}
