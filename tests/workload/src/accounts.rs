//! What the bridge says of each event, held against what the PSA tells of it: exactly once, in just that way.

use crate::{allowed::Kind, difference::Difference, events::Event, life::Life, told::Told, view::DeskView};
use std::collections::{BTreeMap, BTreeSet};

/// What is told twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubled {
    /// Tickets beyond the first of an event.
    pub tickets: usize,
    /// Notes beyond the first of an event, or on top of its ticket.
    pub notes: usize,
    /// Lines beyond those that events account for.
    pub lines: usize,
}

/// Holds every event to what the PSA tells of it.
pub fn account(view: &DeskView<'_>, told: &Told<'_>, differences: &mut Vec<Difference>) -> Doubled {
    let mut doubled = Doubled::default();
    for (place, event) in view.events.iter().enumerate() {
        let own: Vec<i64> = told.own.get(&place).into_iter().flatten().map(|ticket| ticket.id).collect();
        let notes = told.notes.get(&place).map_or(&[][..], Vec::as_slice);
        doubled.tickets += own.len().saturating_sub(1);
        doubled.notes += notes.len().saturating_sub(usize::from(own.is_empty()));
        let seen = &view.seen[place];
        let (wanted_tickets, wanted_notes) = match (&seen.kind, &seen.ticket) {
            (Kind::Ticket, Some(ticket)) => (vec![*ticket], vec![]),
            (kind, Some(ticket)) if kind.is_note() => (vec![], vec![*ticket]),
            _ => (vec![], vec![]),
        };
        if own != wanted_tickets || notes != wanted_notes {
            let said = format!("tickets {wanted_tickets:?} and notes on {wanted_notes:?}, as {}", seen.kind);
            let got = format!("tickets {own:?} and notes on {notes:?}");
            differences.push(view.about(event, said, got).see(place));
        }
    }
    doubled.lines = lines(view, told, differences);
    places_of_notes(view, told, differences);
    left_open(view, differences);
    one_open_ticket(view, told, differences);
    doubled
}

/// Each event that is told on a ticket that stands for many has its line there: events that say the same at the same
/// second as many as they are. Returns how many lines there are too many.
fn lines(view: &DeskView<'_>, told: &Told<'_>, differences: &mut Vec<Difference>) -> usize {
    let roll_ups: BTreeSet<i64> = told.roll_ups.iter().map(|ticket| ticket.id).collect();
    let mut wanted: BTreeMap<(i64, String), usize> = BTreeMap::new();
    for (place, event) in view.events.iter().enumerate() {
        let seen = &view.seen[place];
        if seen.kind != Kind::RolledUp {
            continue;
        }
        if !seen.ticket.is_some_and(|ticket| roll_ups.contains(&ticket)) {
            differences.push(view.about(
                event,
                "a ticket that stands for many",
                format!("{:?}", seen.ticket),
            ));
        }
        let client = view.world.client(view.desk, &event.organization).unwrap_or_default();
        *wanted.entry((client, view.language().roll_up_line(event))).or_default() += 1;
    }
    let mut doubled = 0;
    let all: BTreeSet<_> = wanted.keys().chain(told.lines.keys()).collect();
    for line in all {
        let count = |lines: &BTreeMap<_, usize>| lines.get(line).copied().unwrap_or_default();
        let (wanted, got) = (count(&wanted), count(&told.lines));
        doubled += got.saturating_sub(wanted);
        if wanted != got {
            let subject = format!("the line {:?} of client {}", line.1, line.0);
            differences.push(view.here(subject, format!("{wanted} times"), format!("{got} times")));
        }
    }
    doubled
}

/// A note is on a ticket that was made for the same problem.
fn places_of_notes(view: &DeskView<'_>, told: &Told<'_>, differences: &mut Vec<Difference>) {
    let made_for: BTreeMap<i64, &Event> = told
        .own
        .iter()
        .flat_map(|(place, tickets)| tickets.iter().map(|ticket| (ticket.id, &view.events[*place])))
        .collect();
    for (place, tickets) in &told.notes {
        let event = &view.events[*place];
        for ticket in tickets {
            let of = made_for.get(ticket);
            if of.is_none_or(|of| of.problem != event.problem) {
                let got = of.map_or_else(|| "of no event".to_owned(), |of| format!("of {}", of.name()));
                let subject = format!("the ticket {ticket} with the note of {}", event.name());
                differences.push(view.here(subject, "a ticket of the same problem", got));
            }
        }
    }
}

/// A ticket is left open on recovery only where a person had it in hand.
fn left_open(view: &DeskView<'_>, differences: &mut Vec<Difference>) {
    for (event, seen) in view.events.iter().zip(view.seen) {
        if seen.kind == Kind::LeftOpen && !seen.ticket.is_some_and(|ticket| view.handled.has(ticket)) {
            let got = format!("{} though nobody touched {:?}", seen.kind, seen.ticket);
            differences.push(view.about(event, Kind::Closed.to_string(), got));
        }
    }
}

/// A problem gets another ticket only where a person closed the one that it had, or where its events were listed on one
/// that stands for many meanwhile.
fn one_open_ticket(view: &DeskView<'_>, told: &Told<'_>, differences: &mut Vec<Difference>) {
    if view.life() == Life::TicketAnEvent {
        return;
    }
    let mut tickets: BTreeMap<_, Vec<(i64, usize)>> = BTreeMap::new();
    for (place, own) in &told.own {
        let of_event = own.iter().map(|ticket| (ticket.id, *place));
        tickets.entry(&view.events[*place].problem).or_default().extend(of_event);
    }
    let mut listed: BTreeMap<_, usize> = BTreeMap::new();
    for (event, seen) in view.events.iter().zip(view.seen) {
        if seen.kind == Kind::RolledUp && !event.resolves {
            *listed.entry(&event.problem).or_default() += 1;
        }
    }
    for (problem, tickets) in tickets {
        let closed = tickets.iter().filter(|(ticket, _)| view.handled.closed.contains(ticket)).count();
        let most = 1 + closed + listed.get(problem).copied().unwrap_or_default();
        if tickets.len() > most {
            let numbers: Vec<i64> = tickets.iter().map(|(ticket, _)| *ticket).collect();
            let subject = format!("tickets of {problem:?}");
            let difference = view.here(subject, format!("at most {most}"), format!("{numbers:?}"));
            differences.extend(tickets.iter().map(|(_, place)| difference.clone().see(*place)));
        }
    }
}
