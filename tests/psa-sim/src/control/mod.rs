//! The control API, `/_sim`: what a test or a person does to the simulator. Faults do not touch it.

mod commands;
mod views;

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Incoming, Parameters, Psa, Reply, Shared};

pub use commands::{done, found, merged, number, read, text};
pub use views::limit;

/// Everything under `/_sim`.
pub async fn answer<P: Psa>(shared: &Arc<Shared<P>>, incoming: &Incoming) -> Reply {
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
