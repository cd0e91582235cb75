//! Autotask's HTTP API: from the path to the endpoint.

mod access;
mod adjustments;
mod call;
mod contract_services;
mod draft;
mod latency;
mod metadata;
mod notes;
mod query;
mod reply;
mod threads;
mod ticket_assignment;
mod ticket_checks;
mod ticket_references;
mod tickets;
mod zone;

use std::sync::Arc;

use http::{Method, header};

use super::Shared;
use super::schema::Entity;
use super::world::World;
use crate::server::{Incoming, Reply};
use call::Call;

pub use query::show as show_record;
pub use reply::over_threshold;

/// The root of the API, in lower case.
pub const ROOT: &str = "atservicesrest";
/// The only version there is.
pub const VERSION: &str = "v1.0";

/// Everything under the API's root.
pub async fn answer(shared: &Arc<Shared>, incoming: Incoming) -> Reply {
    let path: Vec<&str> = incoming.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [ROOT, "versioninformation"] => zone::versions(),
        [ROOT, VERSION, "zoneinformation"] => zone::zone(&shared.world(), &incoming),
        [ROOT, VERSION, _, ..] => entities(shared, incoming).await.unwrap_or_else(|refusal| refusal),
        _ => reply::no_such_route(),
    }
}

async fn entities(shared: &Arc<Shared>, incoming: Incoming) -> Result<Reply, Reply> {
    let user = access::authenticate(&mut shared.world(), &incoming)?;
    access::refuse_impersonation(&shared.world().switches, &incoming)?;
    let path = incoming.path.get(2..).unwrap_or_default().to_vec();
    let _thread = threads::take(shared, &user.integration_code, &path)?;
    latency::take_time(shared).await;
    let call = Call {
        user,
        content_type: incoming.header(&header::CONTENT_TYPE),
        method: incoming.method,
        path,
        query: incoming.query,
        body: incoming.body,
    };
    let parts: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["thresholdinformation"] => Ok(zone::threshold(shared)),
        ["version"] => Ok(zone::version()),
        [entity, rest @ ..] => {
            let entity = Entity::at(entity).ok_or_else(reply::no_such_route)?;
            of_entity(shared, &call, entity, rest).await
        }
        [] => Err(reply::no_such_route()),
    }
}

async fn of_entity(shared: &Arc<Shared>, call: &Call, entity: Entity, rest: &[&str]) -> Result<Reply, Reply> {
    let queried = || if entity.can("query") { Ok(()) } else { Err(reply::no_such_route()) };
    match (&call.method, rest) {
        (_, ["entityinformation", what @ ..]) => metadata::answer(&shared.world(), call, entity, what),
        (_, ["query", how @ ..]) => {
            queried()?;
            query::answer(&shared.world(), call, entity, how)
        }
        (_, [id]) => {
            queried()?;
            query::one(&shared.world(), call, entity, number(id)?)
        }
        (_, [id, child, rest @ ..]) => {
            let (child, parent_field) =
                Entity::child(&entity.path().to_lowercase(), child).ok_or_else(reply::no_such_route)?;
            of_parent(shared, call, child, (parent_field, number(id)?), rest)
        }
        (&Method::POST, []) if entity == Entity::Tickets => tickets::create(shared, call).await,
        (&Method::PATCH | &Method::PUT, []) if entity == Entity::Tickets => tickets::change(shared, call),
        (&Method::POST, []) if entity == Entity::ContractServiceAdjustments => {
            adjustments::create(shared, call, None)
        }
        (_, []) if entity.is_made_under_parent() => Err(reply::no_such_route()),
        (method, []) => Err(reply::no_such_method(method)),
    }
}

/// Children of a record; no query under a parent's path.
fn of_parent(
    shared: &Arc<Shared>,
    call: &Call,
    child: Entity,
    (parent_field, parent): (&'static str, i64),
    rest: &[&str],
) -> Result<Reply, Reply> {
    match (&call.method, rest) {
        (_, ["entityinformation", what @ ..]) => metadata::answer(&shared.world(), call, child, what),
        (&Method::GET, []) if child.can("query") => {
            query::children(&shared.world(), call, child, parent_field, parent)
        }
        (&Method::GET, [id]) if child.can("query") => {
            query::child(&shared.world(), call, child, (parent_field, parent), number(id)?)
        }
        (&Method::POST, []) => match child {
            Entity::TicketNotes => notes::create(shared, call, parent),
            Entity::ContractServices => contract_services::create(shared, call, parent),
            Entity::ContractServiceAdjustments => adjustments::create(shared, call, Some(parent)),
            _ => Err(reply::no_such_method(&call.method)),
        },
        (&Method::PATCH, []) if child == Entity::TicketNotes => notes::change(shared, call, parent),
        (method, [] | [_]) if rest.first().is_none_or(|id| id.parse::<i64>().is_ok()) => {
            Err(reply::no_such_method(method))
        }
        _ => Err(reply::no_such_route()),
    }
}

fn number(id: &str) -> Result<i64, Reply> {
    id.parse().map_err(|_| reply::no_such_route())
}

/// What every right needs: whether the user has it at all.
fn allow(
    world: &World,
    call: &Call,
    entity: Entity,
    what: &str,
) -> Result<crate::autotask::tenant::Right, Reply> {
    use crate::autotask::tenant::Right;
    let rights = call.user.rights_at(entity);
    let right = match what {
        "create" => rights.create,
        "update" => rights.update,
        _ => rights.query,
    };
    if right == Right::None { Err(reply::denied(&world.switches, what)) } else { Ok(right) }
}
