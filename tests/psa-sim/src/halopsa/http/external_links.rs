//! `/ExternalLink`: records of others that are linked to Halo's. From Halo's OpenAPI document; nobody was seen using it
//! for tickets.

use http::Method;
use serde_json::Value;

use super::call::Call;
use super::lists;
use crate::halopsa::access::{Module, Purpose, Sight};
use crate::halopsa::schema::EXTERNAL_LINK;
use crate::halopsa::world::World;
use crate::server::Reply;

/// Reads links, or adds some.
pub fn answer(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    match (&call.method, call.path.len()) {
        (&Method::GET, 1) => list(world, call),
        (&Method::POST, 1) => post(world, call),
        (_, 1) => Err(Reply::method_not_allowed()),
        _ => Err(Reply::not_found()),
    }
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    let sight = call.session.enter(Module::Tickets, Purpose::List)?;
    let (halo_id, module) = (call.parameters.number("halo_id")?, call.parameters.number("module_id")?);
    let links = world.links.iter().filter(|link| {
        let is = |name: &str, wanted: Option<i64>| {
            wanted.is_none_or(|wanted| link.get(name).and_then(Value::as_i64) == Some(wanted))
        };
        let says = |name: &str| {
            call.parameters
                .text(name)
                .is_none_or(|wanted| link.get(name).and_then(Value::as_str) == Some(wanted))
        };
        sight == Sight::Full
            && is("halo_id", halo_id)
            && is("module_id", module)
            && says("third_party_id")
            && says("third_party_type")
    });
    let rows = links.map(|link| Value::Object(link.clone())).collect();
    Ok(lists::configuration(&world.switches, "externallinks", rows))
}

fn post(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    call.session.enter(Module::Tickets, Purpose::Write)?;
    let mut stored = Vec::new();
    for (index, item) in call.objects()?.iter().enumerate() {
        let link = EXTERNAL_LINK.read(&format!("[{index}]"), item)?;
        world.add_link(None, link);
        stored.extend(world.links.last().cloned().map(Value::Object));
    }
    Ok(lists::stored(&world.switches, &call.parameters, "externallinks", stored))
}
