//! Input that must be refused, each with the code that says why, while what comes in the same batch is taken.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Input that must be refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Malformed {
    /// What is sent in place of an event.
    pub json: Value,
    /// The code that it must be refused with.
    pub code: &'static str,
    /// The member that must be named.
    pub field: Option<&'static str>,
}

/// The ways to be wrong.
pub const WAYS: usize = 17;

/// Input that is wrong in the way of that number. `id` makes it unlike all others.
pub fn malformed(way: usize, id: &str, now: Timestamp) -> Malformed {
    let at = |time: Timestamp| time.to_string();
    let good = json!({
        "specversion": "1.0", "id": id, "source": "/workload/broken", "type": "backup.email.failed",
        "time": at(now), "data": { "organization_id": "org-01" },
    });
    let with = |pointer: &str, value: Value| {
        let mut json = good.clone();
        if let Some(member) = json.pointer_mut(pointer) {
            *member = value;
        }
        json
    };
    let without = |member: &str| {
        let mut json = good.clone();
        if let Value::Object(members) = &mut json {
            members.remove(member);
        }
        json
    };
    let wrong = |json: Value, code, field: &'static str| Malformed { json, code, field: Some(field) };
    let future = |span: SignedDuration| now.saturating_add(span).unwrap_or(Timestamp::MAX);
    match way % WAYS {
        0 => Malformed { json: json!(42), code: "not_an_event", field: None },
        1 => Malformed { json: json!("backup failed"), code: "not_an_event", field: None },
        2 => Malformed { json: Value::Null, code: "not_an_event", field: None },
        3 => wrong(without("specversion"), "missing", "specversion"),
        4 => wrong(with("/specversion", json!("0.3")), "invalid", "specversion"),
        5 => wrong(without("id"), "missing", "id"),
        6 => wrong(with("/id", json!(7)), "wrong_type", "id"),
        7 => wrong(with("/id", json!(format!("{id}\u{7}"))), "control_characters", "id"),
        8 => wrong(without("source"), "missing", "source"),
        9 => wrong(without("time"), "missing", "time"),
        10 => wrong(with("/time", json!("yesterday")), "invalid", "time"),
        11 => wrong(
            with("/time", json!(at(future(SignedDuration::from_hours(24 * 365))))),
            "time_ahead",
            "time",
        ),
        12 => wrong(without("data"), "missing", "data"),
        13 => wrong(with("/data", json!(["org-01"])), "wrong_type", "data"),
        14 => wrong(with("/data", json!({})), "missing", "data.organization_id"),
        15 => wrong(
            with("/data/organization_id", json!("org-01\u{0}")),
            "control_characters",
            "data.organization_id",
        ),
        _ => {
            let text = "Ä".repeat(40_000);
            let data = json!({ "organization_id": "org-01", "description": text });
            Malformed { json: with("/data", data), code: "too_large", field: None }
        }
    }
}
