//! `ContractServiceAdjustments`: a change of units from a day on. Created, and never seen, changed or taken back.
//!
//! The texts of refusals about dates, posted periods and units below zero are guesses: none was found.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::allow;
use super::call::Call;
use super::draft;
use super::reply::{item_id, refused, refused_for};
use super::ticket_references::invalid;
use crate::autotask::Shared;
use crate::autotask::schema::Entity;
use crate::autotask::tenant::Row;
use crate::autotask::world::{Adjusted, World, day_of};
use crate::server::{Reply, store};
use crate::time::parse_date;

/// A recurring service contract.
const RECURRING: i64 = 7;

/// What an adjustment does.
struct Adjustment {
    /// The service of the contract; none if it has to be added first.
    contract_service: Option<i64>,
    contract: i64,
    service: i64,
    change: i64,
    from: i64,
}

/// `POST /ContractServiceAdjustments`, `POST /Contracts/{id}/ServiceAdjustments`.
pub fn create(shared: &Arc<Shared>, call: &Call, parent: Option<i64>) -> Result<Reply, Reply> {
    let adjustment = {
        let world = shared.world();
        allow(&world, call, Entity::ContractServiceAdjustments, "create")?;
        let body = call.object(&world.switches)?;
        let mut draft = draft::read(&world, Entity::ContractServiceAdjustments, &body, None);
        if !draft.problems.is_empty() {
            return Err(refused_for(&world.switches, draft.problems));
        }
        if let Some(parent) = parent {
            draft.set.insert("contractID", parent.into());
        }
        plan(&world, &draft.set).map_err(|problem| refused(&world.switches, problem))?
    };
    let endpoint =
        if parent.is_some() { "contracts/serviceadjustments" } else { "contractserviceadjustments" };
    Ok(store(shared, ("POST", endpoint), true, move |world: &mut World, visible_from| {
        apply(world, &adjustment, visible_from);
        world.adjustments += 1;
        item_id(&world.switches, 6000 + world.adjustments)
    }))
}

fn plan(world: &World, set: &Row) -> Result<Adjustment, String> {
    let tenant = &world.tenant;
    let number = |name: &str| set.get(name).and_then(Value::as_i64);
    let required =
        |name: &str| format!("Value does not exist for the required field {name}. ; on record number [1].");
    let from = set.get("effectiveDate").and_then(Value::as_str).and_then(parse_date);
    let from = day_of(from.ok_or_else(|| required("effectiveDate"))?);
    let change = number("unitChange").ok_or_else(|| required("unitChange"))?;
    let (contract, service, contract_service) = if let Some(id) = number("contractServiceID") {
        let known = tenant.contract_services.get(&id);
        let known =
            known.filter(|known| number("contractID").is_none_or(|contract| contract == known.contract));
        let known = known.ok_or_else(|| invalid("contractServiceID", "ContractService"))?;
        (known.contract, known.service, Some(id))
    } else {
        let contract = number("contractID").ok_or_else(|| required("contractID"))?;
        let service = number("serviceID").ok_or_else(|| required("serviceID"))?;
        let repeat = set.get("allowRepeatService") == Some(&Value::Bool(true));
        let mut held = tenant.contract_services.values();
        let held = held.find(|held| held.contract == contract && held.service == service);
        (contract, service, held.filter(|_| !repeat).map(|held| held.id))
    };
    let held = tenant.contracts.get(&contract).ok_or_else(|| invalid("contractID", "Contract"))?;
    if held.contract_type != RECURRING || held.status != 1 {
        return Err(invalid("contractID", "Contract"));
    }
    if tenant.services.get(&service).is_none_or(|service| !service.active) {
        return Err(invalid("serviceID", "Service"));
    }
    if from < held.start || from > held.end {
        return Err(
            "The effectiveDate must be between the startDate and the endDate of the contract.".to_owned()
        );
    }
    let adjustment = Adjustment { contract_service, contract, service, change, from };
    check_units(world, &adjustment)?;
    Ok(adjustment)
}

fn check_units(world: &World, adjustment: &Adjustment) -> Result<(), String> {
    let held = adjustment.contract_service.and_then(|id| world.tenant.contract_services.get(&id));
    let rows = held.map(|held| held.units.as_slice()).unwrap_or_default();
    let mut later = rows.iter().filter(|row| row.end >= adjustment.from);
    if later.clone().any(|row| row.posted) {
        return Err("The effectiveDate falls into a period that has been approved and posted.".to_owned());
    }
    let least = i64::from(!world.switches.units_may_be_zero);
    let too_few = match held {
        Some(_) => later.any(|row| row.units + adjustment.change < least),
        None => adjustment.change < least,
    };
    if too_few {
        return Err(
            "The unitChange would take the units of the contract service below what is allowed.".to_owned()
        );
    }
    Ok(())
}

/// A service that the contract does not have yet is added to it.
fn apply(world: &mut World, adjustment: &Adjustment, visible_from: Option<Instant>) {
    let Adjustment { contract_service, contract, service, change, from } = *adjustment;
    let id = contract_service.unwrap_or_else(|| world.tenant.add_contract_service(contract, service, 0));
    world.people_adjusted(id, from);
    if let (Some(until), Some(held)) = (visible_from, world.tenant.contract_services.get(&id)) {
        let before = held.units.clone();
        world.late_units.insert(id, (until, before));
    }
    world.tenant.adjust_units(id, from, change);
    world.adjusted.push(Adjusted { contract_service: id, change, from });
}
