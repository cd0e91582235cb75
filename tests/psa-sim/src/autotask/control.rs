//! What only Autotask's control API does and shows: tickets, companies, users, units, the zone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::http::show_record;
use super::schema::Entity;
use super::world::{StoredTicket, World};
use crate::control::{done, found, limit, merged, number, read, text};
use crate::server::Parameters;
use crate::time::unix_milliseconds;

/// Runs a command; an error says what was wrong with it.
pub fn run(world: &mut World, method: &str, path: &[&str], body: &Value) -> Result<Value, String> {
    match (method, path) {
        ("POST", ["tickets", id, what]) => ticket(world, number(id)?, what, body),
        ("POST", ["companies"]) => Ok(json!({ "id": world.tenant.add_company(text(body, "name")?) })),
        ("POST", ["companies", id, what]) => company(world, number(id)?, what, body),
        ("POST", ["users", username]) => user(world, username, body),
        ("POST", ["contract_services", id]) => units(world, number(id)?, body),
        ("POST", ["workflow_rules"]) => {
            world.tenant.workflow_rules = read(body.clone())?;
            Ok(done())
        }
        ("POST", ["zone", "move"]) => {
            world.move_zone();
            Ok(done())
        }
        _ => Err("there is no such command".to_owned()),
    }
}

fn ticket(world: &mut World, id: i64, what: &str, body: &Value) -> Result<Value, String> {
    let resource = body["resource_id"].as_i64().unwrap_or(super::people::TECHNICIAN);
    let was_there = match what {
        "complete" => world.complete(id, resource),
        "reopen" => world.reopen(id, resource),
        "status" => {
            let status = body["status"].as_i64().ok_or("status is missing")?;
            world.set_status(id, status, resource)
        }
        "delete" => world.set_deleted(id, true),
        "restore" => world.set_deleted(id, false),
        "touch" => world.touch(id, resource, body["note"].as_str().unwrap_or("Looking into it")),
        "reassign" => world.reassign(id, resource),
        "merge" => {
            let into = body["into"].as_i64().ok_or("into is missing")?;
            world.merge(id, into, resource)
        }
        other => return Err(format!("{other} is nothing that is done to tickets")),
    };
    found(was_there)
}

fn company(world: &mut World, id: i64, what: &str, body: &Value) -> Result<Value, String> {
    if what == "delete" {
        return found(world.tenant.companies.remove(&id).is_some());
    }
    let Some(company) = world.tenant.companies.get_mut(&id) else { return found(false) };
    match what {
        "rename" => text(body, "name")?.clone_into(&mut company.name),
        "deactivate" => company.active = false,
        "activate" => company.active = true,
        other => return Err(format!("{other} is nothing that is done to companies")),
    }
    Ok(done())
}

/// Changes a user: `secret`, `integration_code`, `locked`, `active`, `rights`, `restricted_to`, `default_category`.
fn user(world: &mut World, username: &str, body: &Value) -> Result<Value, String> {
    let user = world.tenant.api_users.iter_mut().find(|user| user.username.eq_ignore_ascii_case(username));
    let Some(user) = user else { return found(false) };
    *user = read(merged(user, body.clone())?)?;
    if !user.locked {
        user.bad_log_ins = 0;
    }
    Ok(done())
}

/// A person sets how many units a service of a contract has from today on.
fn units(world: &mut World, id: i64, body: &Value) -> Result<Value, String> {
    let wanted = body["units"].as_i64().ok_or("units is missing")?;
    let Some(current) = world.tenant.units_on(id, unix_milliseconds()) else { return found(false) };
    world.tenant.adjust_units(id, super::world::day_of(unix_milliseconds()), wanted - current);
    Ok(done())
}

/// The tenant, without its tickets.
pub fn state(world: &World) -> Value {
    let tenant = &world.tenant;
    let users: Vec<Value> = tenant
        .api_users
        .iter()
        .map(|user| {
            json!({
                "username": user.username, "locked": user.locked, "active": user.active, "rights": user.rights,
                "restricted_to": user.restricted_to
            })
        })
        .collect();
    let today = unix_milliseconds();
    let seats: Vec<Value> = tenant
        .contract_services
        .values()
        .map(|held| {
            let contract = tenant.contracts.get(&held.contract);
            let service = tenant.services.get(&held.service);
            json!({
                "id": held.id, "contract_id": held.contract, "service_id": held.service,
                "company_id": contract.map(|contract| contract.company),
                "service": service.map(|service| service.name.clone()), "units": tenant.units_on(held.id, today)
            })
        })
        .collect();
    json!({
        "tenant": tenant.name, "zone": world.zone_url(), "database": tenant.database,
        "ticket_count": world.tickets.len(), "companies": tenant.companies.values().collect::<Vec<_>>(),
        "contract_services": seats, "adjustments": world.adjustments, "users": users, "switches": world.switches,
        "threads": threads(world)
    })
}

/// How many requests are under way at each entity.
fn threads(world: &World) -> BTreeMap<&str, usize> {
    let mut running = BTreeMap::new();
    for ((_, entity), threads) in &world.threads {
        *running.entry(entity.as_str()).or_default() += threads.running;
    }
    running
}

/// The newest tickets; with `field` and `value` those that match, with `field` alone how many have each value.
pub fn tickets(world: &World, parameters: &Parameters) -> Value {
    let limit = limit(parameters);
    let (field, value) = (parameters.text("field"), parameters.text("value"));
    if let (Some(field), None) = (field, value) {
        return json!(world.tickets.count_by(field));
    }
    let matches = |ticket: &&StoredTicket| match (field, value) {
        (Some(field), Some(value)) => {
            ticket.text(field) == Some(value)
                || ticket.user_defined(field).and_then(Value::as_str) == Some(value)
        }
        _ => true,
    };
    let newest = world.tickets.all().rev().filter(matches).take(limit);
    Value::Array(newest.map(|ticket| ticket_view(world, ticket)).collect())
}

/// A ticket as the API shows it, with the labels that people see.
pub fn ticket_view(world: &World, ticket: &StoredTicket) -> Value {
    let mut view = show_record(world, Entity::Tickets, &ticket.record, None);
    let tenant = &world.tenant;
    for field in ["status", "priority", "queueID", "ticketCategory", "issueType", "subIssueType"] {
        let values = tenant.picklist("Tickets", field);
        let label = values.into_iter().find(|value| Some(value.value) == ticket.number(field));
        view[format!("{field}Label")] = json!(label.map(|value| value.label));
    }
    let company = ticket.number("companyID").and_then(|id| tenant.companies.get(&id));
    view["companyName"] = json!(company.map(|company| company.name.clone()));
    view["deleted"] = ticket.deleted.into();
    view["mergedInto"] = json!(ticket.merged_into);
    view
}
