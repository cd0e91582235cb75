//! A ticket as Halo shows it.

use serde_json::{Map, Value, json};

use crate::halopsa::switches::{AgentShape, ListReferences};
use crate::halopsa::world::{NEVER, StoredTicket, World, show};

/// Where integrations keep their keys.
const REFERENCES: [&str; 6] = [
    "third_party_id",
    "third_party_id_string",
    "third_party_call_id",
    "client_reference",
    "supplier_reference",
    "reference",
];

/// Members of the posted object that lists leave out without `includedetails=true`; so do agent, SLA and priority.
fn is_detail(member: &str) -> bool {
    matches!(
        member,
        "details"
            | "details_html"
            | "customfields"
            | "impact"
            | "urgency"
            | "utcoffset"
            | "emailcclist"
            | "reportedby"
    )
}

/// The whole ticket.
pub fn ticket(world: &World, ticket: &StoredTicket) -> Value {
    let mut view = core(world, ticket);
    details(world, ticket, &mut view);
    for (name, value) in &ticket.fields {
        view.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(view)
}

/// The ticket as a list shows it.
pub fn row(world: &World, ticket: &StoredTicket, include_details: bool) -> Value {
    let mut view = core(world, ticket);
    if include_details {
        details(world, ticket, &mut view);
    }
    let references = match world.switches.list_references {
        ListReferences::Always => true,
        ListReferences::WithDetails => include_details,
        ListReferences::Never => false,
    };
    for (name, value) in &ticket.fields {
        let reference = REFERENCES.contains(&name.as_str());
        let shown = if reference { references } else { include_details || !is_detail(name) };
        if shown {
            view.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    if !references {
        view.retain(|name, _| !REFERENCES.contains(&name.as_str()));
    }
    Value::Object(view)
}

fn date(time: Option<i64>) -> String {
    time.map_or_else(|| NEVER.to_owned(), show)
}

fn core(world: &World, ticket: &StoredTicket) -> Map<String, Value> {
    let tenant = &world.tenant;
    let last_action = ticket.actions.last().map_or(ticket.created, |action| action.created);
    let site = tenant.sites.get(&ticket.site_id).map_or("", |site| &site.name);
    let user = tenant.users.get(&ticket.user_id).map_or("", |user| &user.name);
    object(json!({
        "id": ticket.id,
        "dateoccurred": show(ticket.created),
        "datecreated": show(ticket.created),
        "summary": ticket.summary,
        "client_id": ticket.client_id,
        "client_name": tenant.client_name(ticket.client_id),
        "site_id": ticket.site_id,
        "site_name": site,
        "user_id": ticket.user_id,
        "user_name": user,
        "status_id": ticket.status_id,
        "tickettype_id": ticket.tickettype_id,
        "source": ticket.source,
        "hasbeenclosed": ticket.has_been_closed,
        "dateclosed": date(ticket.closed),
        "last_update": show(ticket.updated),
        "lastactiondate": show(last_action),
        "lastincomingemail": NEVER,
        "deleted": ticket.deleted,
        "inactive": false,
        "merged_into_id": ticket.merged_into.unwrap_or(0),
        "reassigncount": ticket.reassigned,
    }))
}

fn details(world: &World, ticket: &StoredTicket, view: &mut Map<String, Value>) {
    let tenant = &world.tenant;
    let sla = tenant.sla(ticket.sla_id);
    let priority =
        sla.and_then(|sla| sla.priorities.iter().find(|priority| priority.priority_id == ticket.priority_id));
    let html = ticket.text("details_html").unwrap_or_default();
    let plain = ticket.text("details").map_or_else(|| plain_text(html), str::to_owned);
    let agent = tenant.agent_name(ticket.agent_id);
    view.extend(object(json!({
        "details": plain,
        "details_html": if html.is_empty() { plain.clone() } else { html.to_owned() },
        "status_name": tenant.status(ticket.status_id).map_or("", |status| &status.name),
        "tickettype_name": tenant.ticket_type(ticket.tickettype_id).map_or("", |kind| &kind.name),
        "sla_id": ticket.sla_id,
        "sla_name": sla.map_or("", |sla| &sla.name),
        "priority_id": ticket.priority_id,
        "priority_name": priority.map_or("", |priority| &priority.name),
        "team": ticket.team,
        "customfields": [],
        "third_party_id": 0,
        "third_party_id_string": "",
        "client_reference": "",
        "supplier_reference": "",
        "targetdate": NEVER,
        "responsedate": NEVER,
    })));
    for (name, value) in &ticket.fields {
        if name != "details" && name != "details_html" {
            view.insert(name.clone(), value.clone());
        }
    }
    match world.switches.agent_shape {
        AgentShape::AgentId => {
            view.insert("agent_id".to_owned(), ticket.agent_id.into());
            view.insert("agent_name".to_owned(), agent.into());
        }
        AgentShape::AssignedAgent => {
            view.insert("assignedagent_id".to_owned(), ticket.agent_id.into());
            view.insert("assignedagent_name".to_owned(), agent.into());
        }
        AgentShape::Nested => {
            view.insert("agent".to_owned(), json!({ "id": ticket.agent_id, "name": agent }));
        }
    }
}

/// The text of HTML without its tags.
fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut inside_tag = false;
    for character in html.chars() {
        match character {
            '<' => inside_tag = true,
            '>' if inside_tag => inside_tag = false,
            other if !inside_tag => text.push(other),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
