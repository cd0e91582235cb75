//! What the control API changes.

use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::faults::{FaultRule, FaultSchedule, FaultTiming, Injector, Outage};
use crate::server::{Psa, Shared};

/// Runs a command; an error says what was wrong with it.
pub async fn run<P: Psa>(
    shared: &Arc<Shared<P>>,
    method: &Method,
    path: &[&str],
    body: Value,
) -> Result<Value, String> {
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
            *world.switches_mut() = read(merged(world.switches(), body)?)?;
            Ok(done())
        }
        (method, path) => P::command(shared, method, path, &body),
    }
}

pub fn done() -> Value {
    json!({ "ok": true })
}

pub fn found(was_there: bool) -> Result<Value, String> {
    if was_there { Ok(done()) } else { Err("there is no such record".to_owned()) }
}

pub fn read<T: DeserializeOwned>(body: Value) -> Result<T, String> {
    serde_json::from_value(body).map_err(|error| error.to_string())
}

pub fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("{text} is not a number"))
}

pub fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, String> {
    body[name].as_str().ok_or_else(|| format!("{name} is missing"))
}

/// What is set, with the members of the body in place of its own.
pub fn merged(current: &impl serde::Serialize, body: Value) -> Result<Value, String> {
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
