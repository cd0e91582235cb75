//! `/Actions`: notes and other outcomes on tickets. The refusals' texts were observed live.

use std::sync::Arc;
use std::time::Instant;

use http::Method;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::lists::{self, Documented, Page};
use super::store::store;
use crate::halopsa::Shared;
use crate::halopsa::access::{Module, Purpose, Session, Sight};
use crate::halopsa::schema::ACTION;
use crate::halopsa::world::{OPENING, StoredAction, StoredTicket, World, show};
use crate::server::Reply;

struct Planned {
    ticket: i64,
    outcome: i64,
    agent: (i64, String),
    fields: Map<String, Value>,
}

/// `POST /Actions`.
pub fn post(shared: &Arc<Shared>, call: &Call) -> Result<Reply, Reply> {
    if call.path.len() > 1 {
        return Err(Reply::method_not_allowed());
    }
    let items = call.objects()?;
    call.session.enter(Module::Tickets, Purpose::Write)?;
    let plans: Result<Vec<Planned>, Reply> = {
        let world = shared.world();
        items.iter().enumerate().map(|(index, item)| plan(&world, &call.session, index, item)).collect()
    };
    let plans = plans?;
    Ok(store(shared, call, "actions", true, move |world, visible_from| {
        plans.into_iter().map(|plan| plan.apply(world, visible_from)).collect()
    }))
}

fn plan(
    world: &World,
    session: &Session,
    index: usize,
    posted: &Map<String, Value>,
) -> Result<Planned, Reply> {
    let mut fields = ACTION.read(&format!("[{index}]"), posted)?;
    let number = |name: &str| fields.get(name).and_then(Value::as_i64);
    let no_access = || Reply::refused("You do not have access to this Action at the moment");
    let ticket_id = number("ticket_id").ok_or_else(Reply::not_found)?;
    let ticket =
        world.tickets.get(ticket_id).filter(|ticket| !ticket.deleted).ok_or_else(Reply::not_found)?;
    let rights = &session.agent.rights;
    if !rights.clients.contains(ticket.client_id) {
        return Err(session.hidden());
    }
    let own = ticket.agent_id == session.agent.id;
    if (!own && !rights.can_edit_tickets_of_others)
        || (ticket.closed.is_some() && !rights.can_edit_closed_tickets)
    {
        return Err(Reply::forbidden());
    }
    let named = fields.get("outcome").and_then(Value::as_str);
    let outcome = world.tenant.outcomes.iter().find(|outcome| match (number("outcome_id"), named) {
        (Some(id), _) => outcome.id == id,
        (None, Some(name)) => outcome.name.eq_ignore_ascii_case(name),
        (None, None) => false,
    });
    let outcome = outcome.ok_or_else(|| Reply::refused("An Outcome must be entered for this Action"))?;
    if !rights.outcomes.contains(outcome.id)
        || !world.tenant.outcome_runs_on(outcome.id, ticket.tickettype_id)
    {
        return Err(no_access());
    }
    if let Some(status) = number("new_status").filter(|&status| status > 0)
        && world.tenant.status(status).is_none()
    {
        return Err(Reply::exception(
            "A database error occurred (547) - The INSERT statement conflicted with the FOREIGN KEY constraint 'FK_ACTIONS_TSTATUS'.",
        ));
    }
    let outcome = outcome.clone();
    fields.entry("hiddenfromuser").or_insert(outcome.hidden_from_user.into());
    if outcome.new_status > 0 {
        fields.entry("new_status").or_insert(outcome.new_status.into());
    }
    fields.insert("old_status".to_owned(), ticket.status_id.into());
    fields.retain(|name, _| {
        !matches!(name.as_str(), "id" | "ticket_id" | "outcome" | "outcome_id" | "attachments")
            && !name.starts_with('_')
    });
    Ok(Planned {
        ticket: ticket_id,
        outcome: outcome.id,
        agent: (session.agent.id, session.agent.name.clone()),
        fields,
    })
}

impl Planned {
    fn apply(self, world: &mut World, visible_from: Option<Instant>) -> Value {
        let status = self.fields.get("new_status").and_then(Value::as_i64);
        let Some(id) =
            world.record(self.ticket, self.outcome, (self.agent.0, &self.agent.1), false, self.fields)
        else {
            return Value::Null;
        };
        if let Some(status) = status {
            world.move_to_status(self.ticket, status);
        }
        world.tickets.change(self.ticket, |ticket| {
            if let Some(action) = ticket.actions.iter_mut().find(|action| action.id == id) {
                action.visible_from = visible_from;
            }
        });
        let stored = world.tickets.get(self.ticket).and_then(|ticket| {
            let action = ticket.actions.iter().find(|action| action.id == id)?;
            Some(view(ticket, action, true))
        });
        stored.unwrap_or(Value::Null)
    }
}

fn view(ticket: &StoredTicket, action: &StoredAction, with_html: bool) -> Value {
    let mut members = action.fields.clone();
    if action.id == OPENING {
        for (text, note) in [("details", "note"), ("details_html", "note_html")] {
            if let Some(text) = ticket.fields.get(text) {
                members.insert(note.to_owned(), text.clone());
            }
        }
    }
    if !with_html {
        members.remove("note_html");
    }
    let own = json!({
        "id": action.id, "ticket_id": ticket.id, "outcome": action.outcome, "outcome_id": action.outcome_id,
        "who": action.who, "who_type": 1, "who_agentid": action.who_agent_id,
        "actionby_agent_id": action.who_agent_id, "datetime": show(action.created),
        "actiondatecreated": show(action.created), "last_updated": show(action.created),
    });
    if let Value::Object(own) = own {
        members.extend(own);
    }
    members.entry("note").or_insert_with(|| "".into());
    Value::Object(members)
}

/// `GET /Actions` and `GET /Actions/{id}`.
pub fn read(world: &World, call: &Call) -> Result<Reply, Reply> {
    if call.method != Method::GET {
        return Err(Reply::method_not_allowed());
    }
    let single = call.path.get(1).is_some();
    let sight = call.session.enter(Module::Tickets, if single { Purpose::Detail } else { Purpose::List })?;
    let parameters = &call.parameters;
    let wanted = parameters.number("ticket_id")?;
    let ticket = wanted.and_then(|id| world.tickets.get(id)).filter(|ticket| {
        sight == Sight::Full
            && !ticket.deleted
            && call.session.agent.rights.clients.contains(ticket.client_id)
    });
    if single {
        let id = call.id()?;
        let ticket = ticket.ok_or_else(Reply::not_found)?;
        let action = ticket.actions.iter().find(|action| action.id == id).ok_or_else(Reply::not_found)?;
        return Ok(lists::record(&world.switches, "actions", view(ticket, action, true)));
    }
    let page = Page::of(parameters, world.switches.list_page_cap, &world.switches)?;
    // Without a ticket, and without a range of a day at most, there is nothing to see.
    let rows = match (ticket, wanted) {
        (Some(ticket), _) => visible(ticket, call),
        (None, None) if sight == Sight::Full => of_a_day(world, call)?,
        _ => Vec::new(),
    };
    let total = rows.len();
    Ok(lists::list(&world.switches, Documented::Envelope, "actions", page.cut(rows), total, Some(&page)))
}

fn visible(ticket: &StoredTicket, call: &Call) -> Vec<Value> {
    let now = Instant::now();
    let (excludes_system, html) =
        (call.parameters.flag("excludesys"), call.parameters.flag("includehtmlnote"));
    let actions = ticket.actions.iter().rev();
    actions
        .filter(|action| {
            action.visible_from.is_none_or(|from| from <= now) && !(action.system && excludes_system)
        })
        .map(|action| view(ticket, action, html))
        .collect()
}

fn of_a_day(world: &World, call: &Call) -> Result<Vec<Value>, Reply> {
    let (from, until) = (call.parameters.date("startdate")?, call.parameters.date("enddate")?);
    let (Some((from, _)), Some((until, _))) = (from, until) else { return Ok(Vec::new()) };
    if until - from > 24 * 60 * 60 * 1000 {
        return Ok(Vec::new());
    }
    let shown = show(from)..=show(until);
    let rights = &call.session.agent.rights;
    let tickets =
        world.tickets.all().filter(|ticket| !ticket.deleted && rights.clients.contains(ticket.client_id));
    Ok(tickets
        .filter(|ticket| ticket.updated >= from)
        .flat_map(|ticket| visible(ticket, call))
        .filter(|action| action["datetime"].as_str().is_some_and(|time| shown.contains(&time.to_owned())))
        .collect())
}
