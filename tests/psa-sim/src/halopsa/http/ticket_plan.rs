//! Whether a posted ticket is accepted, and what it becomes.
//!
//! One thing wrong is reported at a time, as Halo does. Silent ways (an unknown member, `tickettype` for
//! `tickettype_id`) were seen in production.

use std::time::Instant;

use serde_json::{Map, Value};

use super::ticket_checks::{
    Place, check_agent, check_custom_fields, check_mandatory, check_priority, check_status, check_widths,
    place, team, ticket_type,
};
use super::ticket_view;
use crate::halopsa::access::Session;
use crate::halopsa::schema::{EXTERNAL_LINK, TICKET};
use crate::halopsa::world::{StoredTicket, World};
use crate::server::Reply;

/// What an accepted item of a POST does.
pub enum Plan {
    Create { ticket: Box<StoredTicket>, link: Option<Map<String, Value>>, dry: bool },
    Change { id: i64, agent: (i64, String), members: Map<String, Value>, site: Option<Place>, recover: bool },
}

/// Members that are kept in the ticket itself, or that say how to store it and are not part of it.
const NOT_KEPT: [&str; 24] = [
    "id",
    "summary",
    "client_id",
    "site_id",
    "user_id",
    "tickettype_id",
    "status_id",
    "sla_id",
    "priority_id",
    "agent_id",
    "team",
    "source",
    "deleted",
    "merged_into_id",
    "hasbeenclosed",
    "dateclosed",
    "last_update",
    "lastactiondate",
    "attachments",
    "new_external_link",
    "dont_do_rules",
    "apply_rules",
    "donotapplytemplateintheapi",
    "return_this",
];

pub fn number(members: &Map<String, Value>, name: &str) -> Option<i64> {
    members.get(name).and_then(Value::as_i64)
}

fn flag(members: &Map<String, Value>, name: &str) -> bool {
    members.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// Checks one posted object.
pub fn plan(
    world: &World,
    session: &Session,
    path: &str,
    posted: &Map<String, Value>,
) -> Result<Plan, Reply> {
    let members = TICKET.read(path, posted)?;
    check_widths(&members)?;
    check_custom_fields(world, &members)?;
    match number(&members, "id").filter(|&id| id > 0) {
        Some(id) => plan_change(world, session, id, members, posted),
        None => plan_create(world, session, path, members, posted),
    }
}

fn plan_create(
    world: &World,
    session: &Session,
    path: &str,
    members: Map<String, Value>,
    posted: &Map<String, Value>,
) -> Result<Plan, Reply> {
    if !session.agent.rights.can_add_tickets {
        return Err(Reply::forbidden());
    }
    let kind = ticket_type(world, session, number(&members, "tickettype_id"))?;
    let place = place(world, session, &members, posted)?;
    let summary = members.get("summary").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    if summary.is_empty() {
        return Err(Reply::refused("Please enter a Summary"));
    }
    if !flag(&members, "_novalidate") {
        check_mandatory(world, kind, &members)?;
    }
    let status_id = number(&members, "status_id").unwrap_or(kind.initial_status);
    check_status(world, status_id)?;
    let agent_id = number(&members, "agent_id").unwrap_or(0);
    check_agent(world, agent_id)?;
    let sla_id = number(&members, "sla_id").unwrap_or(kind.default_sla);
    let priority_id = number(&members, "priority_id");
    check_priority(world, sla_id, priority_id)?;
    let first_priority = || {
        world.tenant.sla(sla_id).and_then(|sla| sla.priorities.first()).map_or(0, |first| first.priority_id)
    };
    let has_default = world.tenant.sla(sla_id).is_some_and(|sla| {
        sla.priorities.iter().any(|priority| priority.priority_id == kind.default_priority)
    });
    let fallback = if has_default { kind.default_priority } else { first_priority() };
    let link = match members.get("new_external_link").and_then(Value::as_object) {
        Some(link) => Some(EXTERNAL_LINK.read(&format!("{path}.new_external_link"), link)?),
        None => None,
    };
    let now = world.now();
    let closes = world.tenant.status(status_id).is_some_and(|status| status.closed);
    let ticket = StoredTicket {
        id: 0,
        summary,
        client_id: place.client,
        site_id: place.site,
        user_id: place.user,
        tickettype_id: kind.id,
        status_id,
        sla_id,
        priority_id: priority_id.unwrap_or(fallback),
        agent_id,
        team: team(world, &members).unwrap_or_else(|| kind.default_team.clone()),
        source: number(&members, "source").unwrap_or(0),
        created: now,
        updated: now,
        closed: closes.then_some(now),
        has_been_closed: closes,
        deleted: false,
        merged_into: None,
        reassigned: 0,
        actions: Vec::new(),
        visible_from: None,
        fields: Map::new(),
    };
    let dry = flag(&members, "_validate_only") && world.switches.validate_only_honoured;
    let mut ticket = Box::new(ticket);
    keep(&mut ticket.fields, members);
    Ok(Plan::Create { ticket, link, dry })
}

fn plan_change(
    world: &World,
    session: &Session,
    id: i64,
    members: Map<String, Value>,
    posted: &Map<String, Value>,
) -> Result<Plan, Reply> {
    let ticket = world.tickets.get(id).ok_or_else(Reply::not_found)?;
    let rights = &session.agent.rights;
    if !rights.clients.contains(ticket.client_id) {
        return Err(session.hidden());
    }
    let recover = flag(&members, "_recover");
    if ticket.deleted && !recover {
        return Err(Reply::not_found());
    }
    let own = ticket.agent_id == session.agent.id;
    let closed = ticket.closed.is_some();
    if (!own && !rights.can_edit_tickets_of_others) || (closed && !rights.can_edit_closed_tickets) {
        return Err(Reply::forbidden());
    }
    if let Some(kind) = number(&members, "tickettype_id") {
        ticket_type(world, session, Some(kind))?;
    }
    if let Some(status) = number(&members, "status_id") {
        check_status(world, status)?;
    }
    if let Some(agent) = number(&members, "agent_id") {
        check_agent(world, agent)?;
    }
    check_priority(
        world,
        number(&members, "sla_id").unwrap_or(ticket.sla_id),
        number(&members, "priority_id"),
    )?;
    let moves = ["client_id", "site_id", "user_id"].iter().any(|name| members.contains_key(*name));
    let site = if moves {
        let mut whole = members.clone();
        whole.entry("client_id").or_insert(ticket.client_id.into());
        Some(place(world, session, &whole, posted)?)
    } else {
        None
    };
    Ok(Plan::Change { id, agent: (session.agent.id, session.agent.name.clone()), members, site, recover })
}

fn keep(fields: &mut Map<String, Value>, members: Map<String, Value>) {
    let kept =
        members.into_iter().filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()) && !name.starts_with('_'));
    fields.extend(kept);
}

impl Plan {
    pub fn creates(&self) -> bool {
        matches!(self, Self::Create { dry: false, .. })
    }

    /// Stores it, and shows what was stored.
    pub fn apply(self, world: &mut World, visible_from: Option<Instant>) -> Value {
        match self {
            Self::Create { mut ticket, dry: true, .. } => {
                ticket.id = 0;
                ticket_view::ticket(world, &ticket)
            }
            Self::Create { mut ticket, link, dry: false } => {
                // A create that commits late is dated when it commits.
                let now = world.now();
                (ticket.created, ticket.updated) = (now, now);
                ticket.visible_from = visible_from;
                let id = world.open_ticket(*ticket);
                if let Some(link) = link {
                    world.add_link(Some(id), link);
                }
                show(world, id)
            }
            Self::Change { id, agent, members, site, recover } => {
                change(world, id, &agent, members, site, recover);
                show(world, id)
            }
        }
    }
}

fn show(world: &World, id: i64) -> Value {
    world.tickets.get(id).map_or(Value::Null, |ticket| ticket_view::ticket(world, ticket))
}

fn change(
    world: &mut World,
    id: i64,
    agent: &(i64, String),
    members: Map<String, Value>,
    place: Option<Place>,
    recover: bool,
) {
    let team = team(world, &members);
    let status = number(&members, "status_id");
    world.tickets.change(id, |ticket| {
        if let Some(summary) = members.get("summary").and_then(Value::as_str) {
            summary.clone_into(&mut ticket.summary);
        }
        let numbers = [
            ("tickettype_id", &mut ticket.tickettype_id),
            ("sla_id", &mut ticket.sla_id),
            ("priority_id", &mut ticket.priority_id),
            ("source", &mut ticket.source),
        ];
        for (name, value) in numbers {
            *value = number(&members, name).unwrap_or(*value);
        }
        if let Some(agent) = number(&members, "agent_id").filter(|&agent| agent != ticket.agent_id) {
            ticket.agent_id = agent;
            ticket.reassigned += 1;
        }
        if let Some(team) = team {
            ticket.team = team;
        }
        if let Some(place) = place {
            (ticket.client_id, ticket.site_id, ticket.user_id) = (place.client, place.site, place.user);
        }
        ticket.deleted &= !recover;
        keep(&mut ticket.fields, members);
    });
    if let Some(status) = status {
        world.move_to_status(id, status);
    }
    world.record(id, 0, (agent.0, &agent.1), true, Map::new());
}
