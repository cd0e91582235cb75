//! What a ticket says: the catalogue's words in the connection's language, the settings' fields, the bridge's key.

use crate::{
    catalogue::{self, TicketInput},
    connection::Connection,
    event::Event,
    ids::{test_note_reference, test_reference, ticket_reference},
    operation::Operation,
    ports::WorkItem,
};
use psa_connector::{ClientId, NewNote, NewTicket};

/// The ticket of a delivery.
pub(crate) fn of_delivery(connection: &Connection, item: &WorkItem, client: &ClientId) -> NewTicket {
    let input = input(&item.event, item.organization_name.as_deref());
    NewTicket {
        client: client.clone(),
        reference: ticket_reference(&item.event.id, &connection.id),
        title: catalogue::ticket_title(&input, connection.language),
        description: catalogue::ticket_text(&input, connection.language),
        fields: connection.settings.as_ref().map(|settings| settings.ticket.clone()).unwrap_or_default(),
    }
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
