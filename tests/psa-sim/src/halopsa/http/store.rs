//! Storing records and answering for them, in the shape that Halo's lists have.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::call::Call;
use super::lists;
use crate::halopsa::Shared;
use crate::halopsa::world::World;
use crate::server::Reply;

/// What stores accepted records, from a moment on visible to lists, and gives them back.
pub trait Store: FnOnce(&mut World, Option<Instant>) -> Vec<Value> + Send + 'static {}
impl<T: FnOnce(&mut World, Option<Instant>) -> Vec<Value> + Send + 'static> Store for T {}

/// Stores, unless a fault comes in between.
pub fn store(
    shared: &Arc<Shared>,
    call: &Call,
    name: &'static str,
    creates: bool,
    work: impl Store,
) -> Reply {
    let endpoint = call.path.first().map(String::as_str).unwrap_or_default();
    let parameters = call.parameters.clone();
    crate::server::store(
        shared,
        (call.method.as_str(), endpoint),
        creates,
        move |world: &mut World, visible_from| {
            let stored = work(world, visible_from);
            lists::stored(&world.switches, &parameters, name, stored)
        },
    )
}
