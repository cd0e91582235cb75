//! `/Tickets`: lists, single tickets, creating, changing, deleting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};

use super::call::Call;
use super::lists::{self, Documented, Page};
use super::store::store;
use super::ticket_filter::Filter;
use super::ticket_plan::{Plan, plan};
use super::ticket_view;
use crate::halopsa::Shared;
use crate::halopsa::access::{Module, Purpose, Sight};
use crate::halopsa::switches::{DeletedRead, ParallelCreates};
use crate::halopsa::world::{StoredTicket, World};
use crate::server::Reply;

/// `POST /Tickets` and `POST /Tickets/Object`.
pub async fn post(shared: &Arc<Shared>, call: &Call) -> Result<Reply, Reply> {
    let items = match call.path.get(1).map(String::as_str) {
        None => call.objects()?,
        Some("object") => vec![call.object()?],
        Some(_) => return Err(Reply::not_found()),
    };
    call.session.enter(Module::Tickets, Purpose::Write)?;
    let (plans, refusal) = {
        let world = shared.world();
        let mut plans = Vec::new();
        let mut refusal = None;
        for (index, item) in items.iter().enumerate() {
            match plan(&world, &call.session, &format!("[{index}]"), item) {
                Ok(planned) => plans.push(planned),
                Err(reply) => {
                    refusal = Some(reply);
                    break;
                }
            }
        }
        (plans, refusal)
    };
    let creates = plans.iter().any(Plan::creates);
    let _turn = if creates { Some(take_turn(shared).await?) } else { None };
    if let Some(refusal) = refusal {
        // What came before the first bad item is stored all the same.
        let mut world = shared.world();
        for plan in plans {
            plan.apply(&mut world, None);
        }
        return Err(refusal);
    }
    Ok(store(shared, call, "tickets", creates, move |world, visible_from| {
        plans.into_iter().map(|plan| plan.apply(world, visible_from)).collect()
    }))
}

/// Whoever creates a ticket; ends with the create.
struct Turn<'a>(&'a Shared);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.world().creating = false;
    }
}

/// A create takes its time, and fails if another one is at it: seen in production by others, who create serially.
async fn take_turn(shared: &Shared) -> Result<Option<Turn<'_>>, Reply> {
    let (parallel, create_ms, taken) = {
        let mut world = shared.world();
        let (parallel, create_ms) = (world.switches.parallel_creates, world.switches.create_ms);
        let fails = parallel == ParallelCreates::Fail;
        (parallel, create_ms, fails && std::mem::replace(&mut world.creating, true))
    };
    let mut turn = None;
    if parallel == ParallelCreates::Fail {
        if taken {
            shared.counts().parallel_creates += 1;
            return Err(Reply::exception(
                "A database error occurred (2627) - Violation of PRIMARY KEY constraint 'PK_FAULTS'. Cannot insert \
                 duplicate key in object 'dbo.FAULTS'.",
            ));
        }
        turn = Some(Turn(shared));
    }
    if create_ms > 0 {
        tokio::time::sleep(Duration::from_millis(create_ms)).await;
    }
    Ok(turn)
}

/// `GET /Tickets`, `GET /Tickets/{id}`, `DELETE /Tickets/{id}`.
pub fn read_or_delete(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    match (&call.method, call.path.len()) {
        (&Method::GET, 1) => list(world, call),
        (&Method::GET, 2) => one(world, call),
        (&Method::DELETE, 2) => delete(world, call),
        (_, 1 | 2) => Err(Reply::method_not_allowed()),
        _ => Err(Reply::not_found()),
    }
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    let sight = call.session.enter(Module::Tickets, Purpose::List)?;
    let page = Page::of(&call.parameters, world.switches.ticket_page_cap, &world.switches)?;
    let filter = Filter::read(world, call)?;
    let now = Instant::now();
    let rights = &call.session.agent.rights;
    let mut matching: Vec<&StoredTicket> = world
        .tickets
        .newest_first(filter.client, filter.from, filter.until)
        .filter(|ticket| sight == Sight::Full && ticket.visible(now))
        .filter(|ticket| rights.clients.contains(ticket.client_id) && filter.matches(ticket))
        .collect();
    sort(&mut matching, call);
    let total = matching.len();
    let details = call.parameters.flag("includedetails");
    let only_ids = call.parameters.flag("ticketidonly");
    let rows = page.cut(matching).into_iter();
    let rows = rows.map(|ticket| {
        if only_ids { json!({ "id": ticket.id }) } else { ticket_view::row(world, ticket, details) }
    });
    Ok(lists::list(&world.switches, Documented::Envelope, "tickets", rows.collect(), total, Some(&page)))
}

/// Newest first, unless `order` and `orderdesc` say otherwise.
fn sort(tickets: &mut [&StoredTicket], call: &Call) {
    let Some(order) = call.parameters.text("order").map(str::to_lowercase) else { return };
    match order.as_str() {
        "id" | "dateoccurred" | "datecreated" => tickets.sort_by_key(|ticket| (ticket.created, ticket.id)),
        "last_update" | "lastactiondate" => tickets.sort_by_key(|ticket| (ticket.updated, ticket.id)),
        "summary" => tickets.sort_by(|a, b| (&a.summary, a.id).cmp(&(&b.summary, b.id))),
        "status_id" => tickets.sort_by_key(|ticket| (ticket.status_id, ticket.id)),
        _ => return,
    }
    if call.parameters.flag("orderdesc") {
        tickets.reverse();
    }
}

fn one(world: &World, call: &Call) -> Result<Reply, Reply> {
    let id = call.id()?;
    call.session.enter(Module::Tickets, Purpose::Detail)?;
    let ticket = world.tickets.get(id).ok_or_else(Reply::not_found)?;
    if !call.session.agent.rights.clients.contains(ticket.client_id) {
        return Err(call.session.hidden());
    }
    if ticket.deleted {
        return match world.switches.deleted_read {
            DeletedRead::NotFound => Err(Reply::not_found()),
            DeletedRead::WithoutId => Ok(Reply::ok(&json!({ "summary": Value::Null, "deleted": true }))),
        };
    }
    Ok(lists::record(&world.switches, "tickets", ticket_view::ticket(world, ticket)))
}

fn delete(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let id = call.id()?;
    call.session.enter(Module::Tickets, Purpose::Write)?;
    if world.tickets.get(id).is_none_or(|ticket| ticket.deleted) {
        return Err(Reply::not_found());
    }
    world.set_deleted(id, true);
    Ok(Reply::ok(&json!({ "id": id, "deleted": true })))
}
