//! Halo's HTTP API: from the path to the endpoint.

mod actions;
mod call;
mod configuration;
mod customers;
mod external_links;
mod licences;
mod lists;
mod reply;
mod store;
mod ticket_checks;
mod ticket_filter;
mod ticket_plan;
mod ticket_view;
mod tickets;
mod token;

use std::sync::Arc;

use http::{Method, header};

use call::{Call, bearer};
pub use ticket_view::ticket as show_ticket;

use crate::halopsa::Shared;
use crate::server::{Incoming, Parameters, Reply};

/// The resource server under `/api`, the authorisation server under `/auth`.
pub async fn answer(shared: &Arc<Shared>, incoming: Incoming) -> Reply {
    match incoming.path.first().map(String::as_str) {
        Some("api") => api(shared, incoming).await.unwrap_or_else(|refusal| refusal),
        Some("auth") => token::answer(shared, &incoming),
        _ => Reply::not_found(),
    }
}

async fn api(shared: &Arc<Shared>, incoming: Incoming) -> Result<Reply, Reply> {
    let Some(endpoint) = incoming.path.get(1).cloned() else { return Err(Reply::not_found()) };
    if endpoint == "authinfo" {
        return Ok(token::auth_info(shared));
    }
    let session = bearer(&incoming.headers).and_then(|token| shared.world().session(token));
    let call = Call {
        session: session.ok_or_else(Reply::unauthorized)?,
        parameters: Parameters::parse(&incoming.query),
        content_type: incoming.header(&header::CONTENT_TYPE),
        path: incoming.path.get(1..).unwrap_or_default().to_vec(),
        method: incoming.method,
        body: incoming.body,
    };
    match (endpoint.as_str(), &call.method) {
        ("tickets", &Method::POST) => tickets::post(shared, &call).await,
        ("actions", &Method::POST) => actions::post(shared, &call),
        ("softwarelicence", &Method::POST) => licences::post(shared, &call),
        _ => {
            let world = &mut *shared.world();
            match endpoint.as_str() {
                "tickets" => tickets::read_or_delete(world, &call),
                "actions" => actions::read(world, &call),
                "client" | "site" | "users" | "supplier" => customers::read(world, &call),
                "softwarelicence" | "licencechange" => licences::read_or_delete(world, &call),
                "externallink" => external_links::answer(world, &call),
                _ => configuration::read(world, &call),
            }
        }
    }
}
