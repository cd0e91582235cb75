//! `/Client`, `/Site`, `/Users`, `/Supplier`.

use http::Method;
use serde_json::{Value, json};

use super::call::Call;
use super::lists;
use crate::halopsa::access::{Module, Purpose, Sight};
use crate::halopsa::tenant::{Client, Site, User};
use crate::halopsa::world::World;
use crate::server::Reply;

/// Reads a list or a single record; nothing of this can be written by integrations here.
pub fn read(world: &World, call: &Call) -> Result<Reply, Reply> {
    if call.method != Method::GET {
        return Err(Reply::method_not_allowed());
    }
    let single = call.path.get(1).is_some();
    let kind = call.path.first().map(String::as_str).unwrap_or_default();
    let module = if kind == "supplier" { Module::Suppliers } else { Module::Customers };
    let sight = call.session.enter(module, if single { Purpose::Detail } else { Purpose::List })?;
    let (name, all) = match kind {
        "client" => ("clients", clients(world, call)),
        "site" => ("sites", sites(world, call)?),
        "users" => ("users", users(world, call)?),
        _ => ("suppliers", suppliers(world, call)),
    };
    if !single {
        let seen = if sight == Sight::Full { all } else { Vec::new() };
        return lists::records(&world.switches, &call.parameters, name, seen);
    }
    let id = call.id()?;
    let own = |record: &&Value| record["id"].as_i64() == Some(id);
    match all.iter().find(own) {
        Some(record) => Ok(lists::record(&world.switches, name, record.clone())),
        None if name == "clients" && world.tenant.clients.contains_key(&id) => Err(call.session.hidden()),
        None => Err(Reply::not_found()),
    }
}

fn found(call: &Call, texts: &[&str]) -> bool {
    call.parameters.text("search").is_none_or(|wanted| {
        let wanted = wanted.to_lowercase();
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    })
}

/// Inactive records are in the list on request only, but always readable by their id.
fn shows_inactive(call: &Call) -> bool {
    call.path.get(1).is_some() || call.parameters.flag("includeinactive")
}

fn clients(world: &World, call: &Call) -> Vec<Value> {
    let rights = &call.session.agent.rights;
    let inactive = shows_inactive(call);
    let mut clients: Vec<&Client> = world
        .tenant
        .clients
        .values()
        .filter(|client| rights.clients.contains(client.id) && (inactive || !client.inactive))
        .filter(|client| found(call, &[&client.name]))
        .collect();
    if call.parameters.text("order") == Some("name") {
        clients.sort_by_key(|client| client.name.to_lowercase());
    }
    if call.parameters.flag("orderdesc") {
        clients.reverse();
    }
    clients.into_iter().map(|client| client_view(world, client)).collect()
}

fn client_view(world: &World, client: &Client) -> Value {
    let main = world.tenant.sites.values().find(|site| site.client_id == client.id);
    json!({
        "id": client.id, "name": client.name, "toplevel_id": 1, "toplevel_name": "Customers",
        "inactive": client.inactive, "colour": "#2bd3c6", "confirmemail": 2, "actionemail": 2, "clearemail": 2,
        "messagegroup_id": -1, "mailbox_override": 0, "main_site_id": main.map_or(0, |site| site.id),
        "main_site_name": main.map_or("", |site| &site.name), "item_tax_code": 0, "customfields": [], "notes": "",
        "datecreated": "2026-01-05T09:00:00", "calldate": "1899-12-30T00:00:00", "isnhserveremaildefault": false
    })
}

fn sites(world: &World, call: &Call) -> Result<Vec<Value>, Reply> {
    let wanted = call.parameters.number("client_id")?;
    let rights = &call.session.agent.rights;
    let sites = world.tenant.sites.values().filter(|site| {
        wanted.is_none_or(|client| client == site.client_id)
            && rights.clients.contains(site.client_id)
            && found(call, &[&site.name, world.tenant.client_name(site.client_id)])
    });
    Ok(sites.map(|site| site_view(world, site)).collect())
}

fn site_view(world: &World, site: &Site) -> Value {
    let client = world.tenant.client_name(site.client_id);
    json!({
        "id": site.id, "name": site.name, "client_id": site.client_id, "client_name": client,
        "clientsite_name": format!("{client}/{}", site.name), "inactive": false, "sla_id": -1, "phonenumber": "",
        "timezone": "", "isinvoicesite": true, "datecreated": "2026-01-05T09:00:00"
    })
}

fn users(world: &World, call: &Call) -> Result<Vec<Value>, Reply> {
    let (client, site) = (call.parameters.number("client_id")?, call.parameters.number("site_id")?);
    let without_general = call.parameters.flag("exclude_generaluser");
    let rights = &call.session.agent.rights;
    let users = world.tenant.users.values().filter(|user| {
        client.is_none_or(|client| client == user.client_id)
            && site.is_none_or(|site| site == user.site_id)
            && rights.clients.contains(user.client_id)
            && !(without_general && user.name == "General User")
            && found(call, &[&user.name, &user.email])
    });
    Ok(users.map(|user| user_view(world, user)).collect())
}

fn user_view(world: &World, user: &User) -> Value {
    json!({
        "id": user.id, "name": user.name, "emailaddress": user.email, "client_id": user.client_id,
        "client_name": world.tenant.client_name(user.client_id), "site_id": user.site_id,
        "site_name": world.tenant.sites.get(&user.site_id).map_or("", |site| &site.name),
        "networklogin": "", "azureoid": "", "aaduserid": "", "inactive": false, "isserviceaccount": false,
        "isimportantcontact": false
    })
}

fn suppliers(world: &World, call: &Call) -> Vec<Value> {
    let suppliers = world.tenant.suppliers.iter().filter(|supplier| found(call, &[&supplier.name]));
    suppliers
        .map(|supplier| {
            json!({
                "id": supplier.id, "name": supplier.name, "toplevel_id": 0, "contact_name": "",
                "email_address": "", "phone_number": "", "inactive": false, "customfields": [],
                "datecreated": "2026-01-05T09:00:00"
            })
        })
        .collect()
}
