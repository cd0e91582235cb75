//! `/SoftwareLicence` and `/LicenceChange`: the counts that invoices follow, beside fields that people edit by hand.
//!
//! Whether a partial update keeps the other fields is unverified, hence a switch. The shape of `/LicenceChange` is a
//! guess at what Halo's documents describe in words: field, old value, new value, who, when.

use std::sync::Arc;

use http::Method;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::lists;
use super::store::store;
use crate::halopsa::Shared;
use crate::halopsa::access::{Module, Purpose, Session, Sight};
use crate::halopsa::schema::LICENCE;
use crate::halopsa::switches::PartialLicenceUpdate;
use crate::halopsa::world::{EditMoment, World, show};
use crate::server::Reply;

/// A licence's number, none for a new one, and what was posted of it.
type Planned = (Option<i64>, Map<String, Value>);

/// `POST /SoftwareLicence`.
pub fn post(shared: &Arc<Shared>, call: &Call) -> Result<Reply, Reply> {
    if call.path.len() > 1 {
        return Err(Reply::method_not_allowed());
    }
    let items = call.objects()?;
    call.session.enter(Module::SoftwareLicensing, Purpose::Write)?;
    let plans: Result<Vec<Planned>, Reply> = {
        let world = shared.world();
        items.iter().enumerate().map(|(index, item)| plan(&world, &call.session, index, item)).collect()
    };
    let plans = plans?;
    let creates = plans.iter().any(|(id, _)| id.is_none());
    let who = call.session.agent.name.clone();
    Ok(store(shared, call, "licences", creates, move |world, _| {
        plans.into_iter().map(|(id, members)| apply(world, &who, id, members)).collect()
    }))
}

fn plan(
    world: &World,
    session: &Session,
    index: usize,
    posted: &Map<String, Value>,
) -> Result<Planned, Reply> {
    let mut members = LICENCE.read(&format!("[{index}]"), posted)?;
    let id = members.remove("id").and_then(|id| id.as_i64()).filter(|&id| id > 0);
    members.retain(|name, _| !name.starts_with('_'));
    let client = members.get("client_id").and_then(Value::as_i64);
    let valid = |client: i64| {
        world.tenant.clients.contains_key(&client) && session.agent.rights.clients.contains(client)
    };
    if client.is_some_and(|client| client > 0 && !valid(client)) {
        return Err(Reply::refused(crate::halopsa::schema::SELECT_A_VALID_CLIENT));
    }
    match id {
        Some(id) => {
            let licence = world.tenant.licences.get(&id).ok_or_else(Reply::not_found)?;
            if !sees(session, licence) {
                return Err(session.hidden());
            }
        }
        None if members.get("name").and_then(Value::as_str).is_none_or(str::is_empty) => {
            return Err(Reply::refused("Name must not be blank"));
        }
        None => {}
    }
    Ok((id, members))
}

fn apply(world: &mut World, who: &str, id: Option<i64>, members: Map<String, Value>) -> Value {
    let Some(id) = id else {
        let client = members.get("client_id").and_then(Value::as_i64).unwrap_or(0);
        let name = members.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = world.tenant.add_licence(client, &name, 0);
        if let Some(licence) = world.tenant.licences.get_mut(&id) {
            licence.extend(members);
        }
        return view(world, id, false);
    };
    world.licence_edited(id, EditMoment::BeforeWrite);
    let mut after = world.tenant.licences.get(&id).cloned().unwrap_or_default();
    if world.switches.partial_licence_update == PartialLicenceUpdate::LoseOthers {
        for (name, value) in &mut after {
            if !members.contains_key(name)
                && !matches!(name.as_str(), "id" | "client_id" | "is_active" | "deleted")
            {
                *value = blank(value);
            }
        }
    }
    after.extend(members);
    world.edit_licence(id, who, after);
    let written = view(world, id, false);
    world.licence_edited(id, EditMoment::AfterWrite);
    written
}

fn blank(value: &Value) -> Value {
    match value {
        Value::String(_) => "".into(),
        Value::Number(_) => 0.into(),
        Value::Bool(_) => false.into(),
        _ => Value::Null,
    }
}

impl World {
    /// Replaces fields of a licence, and writes each change down.
    pub fn edit_licence(&mut self, id: i64, who: &str, fields: Map<String, Value>) -> bool {
        let now = show(self.now());
        let Some(licence) = self.tenant.licences.get_mut(&id) else { return false };
        for (name, value) in fields {
            let before = licence.get(&name).cloned().unwrap_or(Value::Null);
            if !same(&before, &value) {
                self.licence_changes.push(json!({
                    "id": self.licence_changes.len() + 1, "licence_id": id, "field_name": name,
                    "old_value": text(&before), "new_value": text(&value), "who": who, "change_date": now
                }));
                licence.insert(name, value);
            }
        }
        true
    }
}

/// Numbers are the same however they are written.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => one == other,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn sees(session: &Session, licence: &Map<String, Value>) -> bool {
    licence
        .get("client_id")
        .and_then(Value::as_i64)
        .is_none_or(|client| session.agent.rights.clients.contains(client))
}

fn view(world: &World, id: i64, with_usage: bool) -> Value {
    let Some(licence) = world.tenant.licences.get(&id) else { return Value::Null };
    let mut view = licence.clone();
    let number = |name: &str| licence.get(name).and_then(Value::as_i64).unwrap_or(0);
    let supplier = world.tenant.suppliers.iter().find(|supplier| supplier.id == number("supplier_id"));
    view.insert("client_name".to_owned(), world.tenant.client_name(number("client_id")).into());
    view.insert("supplier_name".to_owned(), supplier.map_or("", |supplier| &supplier.name).into());
    if with_usage {
        view.insert("licences_available".to_owned(), (number("count") - number("licences_in_use")).into());
    } else {
        view.remove("licences_in_use");
    }
    Value::Object(view)
}

/// Reads licences or their history, or deletes a licence.
pub fn read_or_delete(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let history = call.path.first().is_some_and(|name| name == "licencechange");
    match (&call.method, call.path.len()) {
        (&Method::GET, 1) if history => changes(world, call),
        (&Method::GET, 1) => list(world, call),
        (&Method::GET, 2) if !history => one(world, call),
        (&Method::DELETE, 2) if !history => delete(world, call),
        (_, 1 | 2) => Err(Reply::method_not_allowed()),
        _ => Err(Reply::not_found()),
    }
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    let sight = call.session.enter(Module::SoftwareLicensing, Purpose::List)?;
    let parameters = &call.parameters;
    let (client, kind) = (parameters.number("client_id")?, parameters.number("licence_type")?);
    let everything = parameters.flag("includeinactive");
    let wanted = parameters.text("search").map(str::to_lowercase);
    let usage = parameters.flag("include_licence_usage");
    let ids = world.tenant.licences.iter().filter(|(_, licence)| {
        let number = |name: &str| licence.get(name).and_then(Value::as_i64);
        let is = |name: &str, value: bool| licence.get(name).and_then(Value::as_bool) == Some(value);
        let name = licence.get("name").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        sight == Sight::Full
            && sees(&call.session, licence)
            && client.is_none_or(|client| number("client_id") == Some(client))
            && kind.is_none_or(|kind| number("type") == Some(kind))
            && (everything || (is("is_active", true) && is("deleted", false)))
            && wanted.as_ref().is_none_or(|wanted| name.contains(wanted))
    });
    let rows = ids.map(|(id, _)| view(world, *id, usage)).collect();
    lists::records(&world.switches, parameters, "licences", rows)
}

fn one(world: &World, call: &Call) -> Result<Reply, Reply> {
    let id = call.id()?;
    call.session.enter(Module::SoftwareLicensing, Purpose::Detail)?;
    let licence = world.tenant.licences.get(&id).ok_or_else(Reply::not_found)?;
    if !sees(&call.session, licence) {
        return Err(call.session.hidden());
    }
    Ok(lists::record(&world.switches, "licences", view(world, id, true)))
}

fn delete(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let id = call.id()?;
    call.session.enter(Module::SoftwareLicensing, Purpose::Write)?;
    let licence = world.tenant.licences.get(&id).ok_or_else(Reply::not_found)?;
    if !sees(&call.session, licence) {
        return Err(call.session.hidden());
    }
    let who = call.session.agent.name.clone();
    world.edit_licence(id, &who, Map::from_iter([("deleted".to_owned(), true.into())]));
    Ok(Reply::ok(&json!({ "id": id })))
}

fn changes(world: &World, call: &Call) -> Result<Reply, Reply> {
    let sight = call.session.enter(Module::SoftwareLicensing, Purpose::List)?;
    let licence = call.parameters.number("licence_id")?;
    let rows = world.licence_changes.iter().rev().filter(|change| {
        let id = change["licence_id"].as_i64();
        let seen = id
            .and_then(|id| world.tenant.licences.get(&id))
            .is_some_and(|licence| sees(&call.session, licence));
        sight == Sight::Full && seen && licence.is_none_or(|licence| id == Some(licence))
    });
    lists::records(&world.switches, &call.parameters, "changes", rows.cloned().collect())
}
