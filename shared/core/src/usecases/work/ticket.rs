//! What a ticket says: the catalogue's words in the connection's language, the settings' fields, the bridge's key.

use crate::{
    catalogue::{self, RollUpLine, TicketInput},
    connection::Connection,
    delivery::NotePurpose,
    event::Event,
    ids::{note_reference, roll_up_reference, test_note_reference, test_reference, ticket_reference},
    operation::Operation,
    ports::WorkItem,
};
use jiff::Timestamp;
use psa_connector::{ClientId, NewNote, NewTicket};

/// The ticket of a delivery; `earlier` is where a person sees an earlier one about the same problem.
pub(crate) fn of_delivery(
    connection: &Connection,
    item: &WorkItem,
    client: &ClientId,
    earlier: Option<&str>,
) -> NewTicket {
    let input = input_of(item);
    NewTicket {
        client: client.clone(),
        reference: ticket_reference(&item.event.id, &connection.id),
        title: catalogue::ticket_title(&input, connection.language),
        description: catalogue::ticket_text(&input, earlier, connection.language),
        fields: connection.settings.as_ref().map(|settings| settings.ticket.clone()).unwrap_or_default(),
    }
}

/// The note of a delivery on the ticket of its problem; `count` notes about repeats are there with this one.
pub(crate) fn of_note(connection: &Connection, item: &WorkItem, purpose: NotePurpose, count: u32) -> NewNote {
    let (input, language) = (input_of(item), connection.language);
    let text = match purpose {
        NotePurpose::Repeat => catalogue::repeat_note(&input, count, language),
        NotePurpose::ResolveAndClose => catalogue::resolve_note(&input, true, language),
        NotePurpose::Resolve => catalogue::resolve_note(&input, false, language),
        NotePurpose::Relapse => catalogue::relapse_note(&input, language),
    };
    NewNote {
        reference: note_reference(&item.event.id, &connection.id),
        text,
        fields: note_fields(connection),
    }
}

/// The ticket that stands for many, listing these, of which the first names it.
pub(crate) fn of_roll_up(
    connection: &Connection,
    items: &[WorkItem],
    client: &ClientId,
    started_at: Timestamp,
) -> Option<NewTicket> {
    let lead = items.first()?;
    let organization = lead.organization_name.as_deref().unwrap_or(lead.event.organization.as_str());
    Some(NewTicket {
        client: client.clone(),
        reference: roll_up_reference(&lead.event.id, &connection.id, started_at),
        title: catalogue::roll_up_title(organization, connection.language),
        description: catalogue::roll_up_text(organization, &lines(items), connection.language),
        fields: connection.settings.as_ref().map(|settings| settings.ticket.clone()).unwrap_or_default(),
    })
}

/// A note on that ticket, listing these, of which the first names it.
pub(crate) fn of_roll_up_note(
    connection: &Connection,
    items: &[WorkItem],
    started_at: Timestamp,
) -> Option<NewNote> {
    let lead = items.first()?;
    Some(NewNote {
        reference: roll_up_reference(&lead.event.id, &connection.id, started_at),
        text: catalogue::roll_up_note(&lines(items), connection.language),
        fields: note_fields(connection),
    })
}

fn lines(items: &[WorkItem]) -> Vec<RollUpLine<'_>> {
    items.iter().map(|item| RollUpLine { input: input_of(item), resolves: item.delivery.resolves }).collect()
}

fn note_fields(connection: &Connection) -> psa_connector::FieldValues {
    connection.settings.as_ref().map(|settings| settings.note.clone()).unwrap_or_default()
}

fn input_of(item: &WorkItem) -> TicketInput<'_> {
    input(&item.event, item.organization_name.as_deref())
}

/// The test ticket of an operation.
pub(crate) fn of_test(connection: &Connection, operation: &Operation) -> NewTicket {
    NewTicket {
        client: operation.client.clone(),
        reference: test_reference(&operation.id),
        title: catalogue::test_ticket_title(connection.language),
        description: catalogue::test_ticket_text(connection.language, operation.client.as_str()),
        fields: operation.settings.as_ref().map(|settings| settings.ticket.clone()).unwrap_or_default(),
    }
}

/// The note on the test ticket of an operation.
pub(crate) fn of_test_note(connection: &Connection, operation: &Operation) -> NewNote {
    NewNote {
        reference: test_note_reference(&operation.id),
        text: catalogue::test_ticket_text(connection.language, operation.client.as_str()),
        fields: operation.settings.as_ref().map(|settings| settings.note.clone()).unwrap_or_default(),
    }
}

fn input<'a>(event: &'a Event, registered_name: Option<&'a str>) -> TicketInput<'a> {
    TicketInput {
        event_type: &event.event_type,
        source: &event.source,
        event_id: &event.source_id,
        time: event.time,
        organization_name: registered_name.or(event.organization_name.as_deref()),
        organization_id: event.organization.as_str(),
        account: event.account.as_deref(),
        severity: event.severity.as_deref(),
        title: event.title.as_deref(),
        description: event.description.as_deref(),
        url: event.url.as_deref(),
    }
}
