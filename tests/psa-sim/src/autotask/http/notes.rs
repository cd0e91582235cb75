//! `/Tickets/{id}/Notes`: writing notes, and changing them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::allow;
use super::call::Call;
use super::draft::{self, Draft};
use super::reply::{item_id, refused, refused_for};
use super::ticket_references::invalid;
use crate::autotask::Shared;
use crate::autotask::schema::Entity;
use crate::autotask::tenant::Record;
use crate::autotask::world::World;
use crate::server::{Reply, store};

/// The endpoint, as faults call it.
const ENDPOINT: &str = "tickets/notes";

/// `POST /Tickets/{id}/Notes`.
pub fn create(shared: &Arc<Shared>, call: &Call, ticket: i64) -> Result<Reply, Reply> {
    let note = {
        let world = shared.world();
        allow(&world, call, Entity::TicketNotes, "create")?;
        let body = call.object(&world.switches)?;
        if world.record(Entity::Tickets, ticket).is_none() {
            return Err(refused(&world.switches, invalid("ticketID", "Ticket")));
        }
        let mut draft = read(&world, &body, None, &["description", "noteType", "publish", "title"])?;
        draft.set.insert("ticketID", ticket.into());
        Record { fields: draft.set, ..Record::default() }
    };
    let by = call.user.resource;
    Ok(store(shared, ("POST", ENDPOINT), true, move |world: &mut World, visible_from| {
        let id = world.add_note(Record { visible_from, ..note }, by);
        item_id(&world.switches, id)
    }))
}

/// `PATCH /Tickets/{id}/Notes`, with the note's id in the body, and its type and visibility once more.
pub fn change(shared: &Arc<Shared>, call: &Call, ticket: i64) -> Result<Reply, Reply> {
    let (id, draft) = {
        let world = shared.world();
        allow(&world, call, Entity::TicketNotes, "update")?;
        let body = call.object(&world.switches)?;
        let id = draft::id(&world.switches, &body).unwrap_or(0);
        let note = world.notes.get(&id).filter(|note| note.number("ticketID") == Some(ticket));
        let note = note.ok_or_else(|| {
            refused(
                &world.switches,
                "No message. No matching records found. The logged in Resource may not have the required \
                 permissions to update the data.",
            )
        })?;
        (id, read(&world, &body, Some(note), &["noteType", "publish"])?)
    };
    Ok(store(shared, ("PATCH", ENDPOINT), false, move |world: &mut World, _| {
        if let Some(note) = world.notes.get_mut(&id) {
            note.fields.retain(|name, _| !draft.cleared.contains(name));
            note.fields.extend(draft.set);
        }
        item_id(&world.switches, id)
    }))
}

fn read(
    world: &World,
    body: &Map<String, Value>,
    current: Option<&Record>,
    required: &[&str],
) -> Result<Draft, Reply> {
    let draft = draft::read(world, Entity::TicketNotes, body, current);
    let mut problems = draft.problems;
    for name in required {
        if draft.set.get(name).is_none_or(|value| value.as_str() == Some("")) && problems.is_empty() {
            problems
                .push(format!("Value does not exist for the required field {name}. ; on record number [1]."));
        }
    }
    if problems.is_empty() {
        Ok(Draft { problems, ..draft })
    } else {
        Err(refused_for(&world.switches, problems))
    }
}
