//! `/Tickets`: creating and changing. There is no deleting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Map, Value};

use super::allow;
use super::call::Call;
use super::draft::{self, Draft};
use super::reply::{item_id, refused, refused_for};
use super::ticket_checks::{fill_in, problems_of_changed, problems_of_new};
use crate::autotask::Shared;
use crate::autotask::schema::Entity;
use crate::autotask::tenant::{Record, Right};
use crate::autotask::world::{Occasion, World, show_time};
use crate::server::{Reply, store};

/// `POST /Tickets`.
pub async fn create(shared: &Arc<Shared>, call: &Call) -> Result<Reply, Reply> {
    let (record, create_ms) = {
        let world = shared.world();
        allow(&world, call, Entity::Tickets, "create")?;
        let body = call.object(&world.switches)?;
        (plan(&world, call, &body)?, world.switches.create_ms)
    };
    if create_ms > 0 {
        tokio::time::sleep(Duration::from_millis(create_ms)).await;
    }
    let by = call.user.resource;
    Ok(store(shared, ("POST", "tickets"), true, move |world: &mut World, visible_from| {
        let id = open(world, record, by, visible_from);
        item_id(&world.switches, id)
    }))
}

/// The ticket that a body would become.
fn plan(world: &World, call: &Call, body: &Map<String, Value>) -> Result<Record, Reply> {
    let mut draft = draft::read(world, Entity::Tickets, body, None);
    fill_in(world, call, &mut draft);
    let Draft { set, user_defined, mut problems, .. } = draft;
    let record = Record { fields: set, user_defined, ..Record::default() };
    // What was sent and could not be read is not missing besides.
    if problems.is_empty() {
        problems = problems_of_new(world, call, &record);
    }
    if problems.is_empty() { Ok(record) } else { Err(refused_for(&world.switches, problems)) }
}

/// Stores a ticket; one that commits late is dated when it commits.
pub fn open(world: &mut World, mut record: Record, by: i64, visible_from: Option<Instant>) -> i64 {
    let now = world.now();
    let time = Value::from(show_time(now));
    for name in ["createDate", "lastActivityDate", "lastTrackedModificationDateTime"] {
        record.fields.insert(name, time.clone());
    }
    record.fields.insert("creatorResourceID", by.into());
    record.fields.insert("lastActivityResourceID", by.into());
    record.fields.insert("creatorType", 1.into());
    record.visible_from = visible_from;
    let id = world.tickets.open(record, now);
    world.run_workflow(id, Occasion::Created);
    id
}

/// `PATCH /Tickets` changes what is sent, `PUT /Tickets` nulls what is not sent. The id is in the body.
pub fn change(shared: &Arc<Shared>, call: &Call) -> Result<Reply, Reply> {
    let world = shared.world();
    let right = allow(&world, call, Entity::Tickets, "update")?;
    let body = call.object(&world.switches)?;
    let switches = &world.switches;
    let id = draft::id(switches, &body).ok_or_else(|| {
        refused(switches, "Value does not exist for the required field id. ; on record number [1].")
    })?;
    let in_reach = |record: &Record| {
        right == Right::All
            || record.company.is_some_and(|company| call.user.restricted_to.contains(&company))
    };
    let current = world.record(Entity::Tickets, id).filter(in_reach).ok_or_else(|| {
        refused(
            switches,
            "No message. No matching records found. The logged in Resource may not have the required permissions to \
             update the data.",
        )
    })?;
    let replaces = call.method == Method::PUT;
    let mut draft = draft::read(&world, Entity::Tickets, &body, Some(&current));
    if replaces {
        let fields = Entity::Tickets.schema().fields.iter().filter(|field| !field.read_only);
        let unsent = fields.map(|field| field.name).filter(|name| !draft.set.contains_key(name));
        draft.cleared = unsent.collect();
    }
    if !draft.problems.is_empty() {
        return Err(refused_for(switches, draft.problems));
    }
    let changed = merged(&current, &draft);
    let touched: Vec<&str> = draft.set.keys().copied().chain(draft.cleared.iter().copied()).collect();
    let problems = problems_of_changed(&world, call, &changed, &touched);
    if !problems.is_empty() {
        return Err(refused_for(switches, problems));
    }
    let moves_company = changed.number("companyID") != current.number("companyID");
    drop(world);
    let by = call.user.resource;
    let method = if replaces { "PUT" } else { "PATCH" };
    Ok(store(shared, (method, "tickets"), false, move |world: &mut World, _| {
        apply(world, id, draft, moves_company, by);
        item_id(&world.switches, id)
    }))
}

fn merged(current: &Record, draft: &Draft) -> Record {
    let mut record = current.clone();
    for name in &draft.cleared {
        record.fields.remove(name);
    }
    record.fields.extend(draft.set.clone());
    record.user_defined.extend(draft.user_defined.clone());
    record
}

fn apply(world: &mut World, id: i64, mut draft: Draft, moves_company: bool, by: i64) {
    if !world.switches.status_changes_stick {
        draft.set.remove("status");
    }
    if moves_company {
        // Accepted, and not stored.
        draft.cleared.retain(|&name| name != "contractID");
    }
    let now = show_time(world.now());
    world.tickets.change(id, |ticket| {
        ticket.record = merged(&ticket.record, &draft);
        for name in ["lastActivityDate", "lastTrackedModificationDateTime"] {
            ticket.record.fields.insert(name, now.clone().into());
        }
        ticket.record.fields.insert("lastActivityResourceID", by.into());
    });
    world.run_workflow(id, Occasion::Changed);
}
