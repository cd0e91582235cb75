//! Whether tickets say what they have to say, and are where they have to be.

use crate::{
    difference::Difference, events::Event, stored::Stored, test_ticket::TestTicket, texts::as_stored,
    told::Told, view::DeskView,
};

/// Holds every ticket of a desk to what was chosen there.
pub fn hold_fields(view: &DeskView<'_>, told: &Told<'_>, differences: &mut Vec<Difference>) {
    for (place, tickets) in &told.own {
        let event = &view.events[*place];
        for ticket in tickets {
            let title = event.title(view.language(), view.choices.psa);
            let subject = format!("ticket {} of {}", ticket.id, event.name());
            hold_to(view, ticket, client_of(view, event), title, &subject, differences);
        }
    }
    for ticket in &told.roll_ups {
        // Found by client and title.
        let title = ticket.title.clone();
        let subject = format!("ticket {}, which stands for many", ticket.id);
        hold_to(view, ticket, ticket.client, as_stored(&title, view.choices.psa), &subject, differences);
    }
    for ticket in &told.unexpected {
        let got = format!("ticket {} {:?}", ticket.id, ticket.title);
        differences.push(view.here("a ticket", "none", got));
    }
    for (ticket, note) in &told.unexpected_notes {
        differences.push(view.here(format!("a note on ticket {ticket}"), "none", note.text.as_str()));
    }
    for (reference, times) in told.references.iter().filter(|(_, times)| **times > 1) {
        differences.push(view.here(*reference, "on one ticket or note", format!("on {times}")));
    }
}

fn client_of(view: &DeskView<'_>, event: &Event) -> i64 {
    view.world.client(view.desk, &event.organization).unwrap_or_default()
}

fn hold_to(
    view: &DeskView<'_>,
    ticket: &Stored,
    client: i64,
    title: String,
    subject: &str,
    differences: &mut Vec<Difference>,
) {
    let mut wanted = vec![
        ("client", client.to_string(), ticket.client.to_string()),
        ("title", title, ticket.title.clone()),
        ("last line", format!("Ref: {}", ticket.reference), ticket.last_line().to_owned()),
    ];
    // Closing changes the status, and whoever has it in hand changes more.
    let is_as_made = !ticket.closed && ticket.notes.is_empty() && !view.handled.has(ticket.id);
    let chosen = view.choices.on_tickets().filter(|(field, _)| is_as_made || *field != "status");
    wanted.extend(chosen.map(|(field, choice)| (*field, choice.to_string(), ticket.value(field))));
    for (what, expected, got) in wanted {
        if expected != got {
            differences.push(view.here(format!("{what} of {subject}"), expected, got));
        }
    }
    // Plain text may hold anything: nobody takes it for markup.
    let markup = ticket.html && ["<script", "<img"].iter().any(|tag| ticket.text.contains(tag));
    if !ticket.reference.starts_with("PSB-") || markup {
        let subject = format!("text of {subject}");
        differences.push(view.here(
            subject,
            "a reference, and no markup of a pipeline",
            ticket.text.as_str(),
        ));
    }
}

/// The test ticket that proved the connection is there, with its note and closed, as the bridge tells; and where the
/// PSA did not stumble, the bridge tells just that, of the one test ticket that the PSA did not refuse.
pub fn hold_test(
    view: &DeskView<'_>,
    test: &TestTicket,
    told: &Told<'_>,
    faultless: bool,
    differences: &mut Vec<Difference>,
) {
    let said = |step: &str| test.steps.get(step) == Some(&true);
    let ticket = told.tests.iter().find(|ticket| ticket.id.to_string() == test.ticket);
    let is = ticket.map(|ticket| (!ticket.notes.is_empty(), ticket.closed));
    let noted = is.is_some_and(|(noted, _)| noted || !said("note"));
    let closed = is.is_some_and(|(_, closed)| closed || !said("close"));
    let complete = ["create", "find", "note", "close"].into_iter().all(said) && told.tests.len() == 1;
    let revealed: Vec<&str> = view.choices.revealed.iter().map(|(field, _)| *field).collect();
    if noted && closed && (complete || !faultless) && test.revealed == revealed {
        return;
    }
    let expected = format!("one with a note, closed, after refusals for {revealed:?}");
    let got = format!("{test:?}, with note and closed: {is:?}, of {}", told.tests.len());
    differences.push(view.here("the test ticket", expected, got));
}
