//! What the control API shows.

use serde_json::{Value, json};

use crate::http::{Parameters, Reply, show_ticket};
use crate::sim::Shared;
use crate::world::{StoredTicket, World};

/// How many tickets are shown unless more are asked for.
const SHOWN: usize = 200;

/// A page, or a document in JSON; nothing if there is none by that name.
pub fn answer(shared: &Shared, path: &[&str], parameters: &Parameters) -> Option<Reply> {
    match path {
        [] => Some(Reply::page(include_str!("page.html"))),
        ["page.js"] => Some(Reply::asset("text/javascript; charset=utf-8", include_str!("page.js"))),
        ["page.css"] => Some(Reply::asset("text/css; charset=utf-8", include_str!("page.css"))),
        ["state"] => Some(Reply::ok(&state(shared))),
        ["counts"] => Some(Reply::ok(&json!(*shared.counts()))),
        ["tickets"] => Some(Reply::ok(&tickets(&shared.world(), parameters))),
        ["tickets", id] => {
            let world = shared.world();
            let ticket = world.tickets.get(id.parse().ok()?)?;
            let mut view = show_ticket(&world, ticket);
            view["actions"] = json!(ticket.actions);
            Some(Reply::ok(&view))
        }
        _ => None,
    }
}

/// Everything but the tickets.
fn state(shared: &Shared) -> Value {
    let (faults, waiting) = {
        let injector = shared.faults();
        (json!(injector.schedule()), json!(injector.waiting()))
    };
    let (limit, outage, counts) =
        (json!(shared.limiter().limit), json!(*shared.outage.borrow()), json!(*shared.counts()));
    let world = shared.world();
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
        "tenant": tenant.name, "base_url": shared.base_url, "ticket_count": world.tickets.len(),
        "clients": tenant.clients.values().collect::<Vec<_>>(), "licences": tenant.licences.values().collect::<Vec<_>>(),
        "licence_changes": world.licence_changes, "agents": agents, "applications": applications,
        "switches": world.switches, "schedule": faults, "faults_waiting": waiting, "rate_limit": limit,
        "outage": outage, "counts": counts
    })
}

/// The newest tickets; with `field` and `value` those that match, with `field` alone how many have each value.
fn tickets(world: &World, parameters: &Parameters) -> Value {
    let limit = parameters
        .number("limit")
        .ok()
        .flatten()
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(SHOWN);
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
