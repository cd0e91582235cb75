//! `POST /Contracts/{id}/Services`: a service comes into a contract, without units until an adjustment brings some.

use std::sync::Arc;

use super::allow;
use super::call::Call;
use super::draft;
use super::reply::{item_id, refused, refused_for};
use super::ticket_references::invalid;
use crate::autotask::Shared;
use crate::autotask::schema::Entity;
use crate::autotask::world::World;
use crate::server::{Reply, store};

pub fn create(shared: &Arc<Shared>, call: &Call, contract: i64) -> Result<Reply, Reply> {
    let (service, price) = {
        let world = shared.world();
        allow(&world, call, Entity::ContractServices, "create")?;
        let body = call.object(&world.switches)?;
        let draft = draft::read(&world, Entity::ContractServices, &body, None);
        if !draft.problems.is_empty() {
            return Err(refused_for(&world.switches, draft.problems));
        }
        if !world.tenant.contracts.contains_key(&contract) {
            return Err(refused(&world.switches, invalid("contractID", "Contract")));
        }
        let service = draft.set.get("serviceID").and_then(serde_json::Value::as_i64).unwrap_or(0);
        if world.tenant.services.get(&service).is_none_or(|service| !service.active) {
            return Err(refused(&world.switches, invalid("serviceID", "Service")));
        }
        (service, draft.set.get("unitPrice").and_then(serde_json::Value::as_f64))
    };
    Ok(store(shared, ("POST", "contracts/services"), true, move |world: &mut World, _| {
        let id = world.tenant.add_contract_service(contract, service, 0);
        if let (Some(price), Some(added)) = (price, world.tenant.contract_services.get_mut(&id)) {
            added.unit_price = price;
        }
        item_id(&world.switches, id)
    }))
}
