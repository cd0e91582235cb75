//! What the control API changes.

use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::access::Rights;
use crate::faults::{FaultRule, FaultSchedule, FaultTiming, Injector, Outage};
use crate::sim::Shared;
use crate::world::World;

/// Runs a command; an error says what was wrong with it.
pub async fn run(shared: &Arc<Shared>, method: &Method, path: &[&str], body: Value) -> Result<Value, String> {
    match (method.as_str(), path) {
        ("POST", ["reset"]) => {
            shared.reset();
            Ok(done())
        }
        ("POST", ["faults"]) => {
            shared.faults().add(read::<FaultRule>(body)?);
            Ok(done())
        }
        ("DELETE", ["faults"]) => {
            let timing = shared.faults().timing();
            *shared.faults() = Injector::new(FaultSchedule::none().with_timing(timing));
            Ok(done())
        }
        ("POST", ["schedule"]) => {
            *shared.faults() = Injector::new(schedule(body)?);
            Ok(done())
        }
        ("POST", ["timing"]) => {
            let timing: FaultTiming = read(merged(&shared.faults().timing(), body)?)?;
            shared.faults().set_timing(timing);
            Ok(done())
        }
        ("POST", ["outage"]) => {
            #[derive(Deserialize)]
            struct Wanted {
                mode: Outage,
            }
            let Wanted { mode } = read(body)?;
            shared.set_outage(mode).await;
            Ok(done())
        }
        ("POST", ["rate_limit"]) => {
            shared.limiter().limit = read(body)?;
            Ok(done())
        }
        ("POST", ["switches"]) => {
            let mut world = shared.world();
            world.switches = read(merged(&world.switches, body)?)?;
            Ok(done())
        }
        ("POST", ["tokens", "expire"]) => {
            shared.world().tokens.clear();
            Ok(done())
        }
        ("POST", ["tickets", id, what]) => ticket(&mut shared.world(), number(id)?, what, &body),
        ("POST", ["clients"]) => Ok(json!({ "id": shared.world().tenant.add_client(text(&body, "name")?) })),
        ("POST", ["clients", id, what]) => client(&mut shared.world(), number(id)?, what, &body),
        ("POST", ["licences", id]) => {
            let fields: Map<String, Value> = read(body)?;
            found(shared.world().edit_licence(number(id)?, "Dana Technician", fields))
        }
        ("POST", ["agents", id, "rights"]) => rights(&mut shared.world(), number(id)?, body),
        ("POST", ["applications", id]) => application(&mut shared.world(), id, &body),
        _ => Err("there is no such command".to_owned()),
    }
}

fn done() -> Value {
    json!({ "ok": true })
}

fn found(was_there: bool) -> Result<Value, String> {
    if was_there { Ok(done()) } else { Err("there is no such record".to_owned()) }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, String> {
    serde_json::from_value(body).map_err(|error| error.to_string())
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("{text} is not a number"))
}

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, String> {
    body[name].as_str().ok_or_else(|| format!("{name} is missing"))
}

/// What is set, with the members of the body in place of its own.
fn merged(current: &impl serde::Serialize, body: Value) -> Result<Value, String> {
    let mut whole = serde_json::to_value(current).map_err(|error| error.to_string())?;
    match (&mut whole, body) {
        (Value::Object(whole), Value::Object(changes)) => whole.extend(changes),
        _ => return Err("an object is expected".to_owned()),
    }
    Ok(whole)
}

/// `"none"`, `{"default": true, "seed": 7}`, or a schedule in full.
fn schedule(body: Value) -> Result<FaultSchedule, String> {
    if body == "none" || body["none"] == true {
        return Ok(FaultSchedule::none());
    }
    if body == "default" || body["default"] == true {
        let schedule = FaultSchedule::default_faults(body["seed"].as_u64().unwrap_or(1));
        return match body.get("timing") {
            Some(timing) => Ok(schedule.with_timing(read(timing.clone())?)),
            None => Ok(schedule),
        };
    }
    read(body)
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
