//! The control API, `/_sim`: what a test or a person does to the simulator. Faults do not touch it.

mod commands;
mod views;

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http::{Incoming, Parameters, Reply};
use crate::sim::Shared;

/// Everything under `/_sim`.
pub async fn answer(shared: &Arc<Shared>, incoming: &Incoming) -> Reply {
    let path: Vec<&str> = incoming.path.iter().skip(1).map(String::as_str).collect();
    if incoming.method == Method::GET {
        let parameters = Parameters::parse(&incoming.query);
        return views::answer(shared, &path, &parameters).unwrap_or_else(Reply::not_found);
    }
    let body =
        if incoming.body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&incoming.body) };
    let done = match body {
        Ok(body) => commands::run(shared, &incoming.method, &path, body).await,
        Err(error) => Err(format!("the body is not JSON: {error}")),
    };
    match done {
        Ok(result) => Reply::ok(&result),
        Err(message) => Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": message })),
    }
}
