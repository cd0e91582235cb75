//! How each problem stands in the end: what is still there has an open ticket, what is over has none. Whatever people had
//! in hand is theirs.

use crate::{
    allowed::Kind, difference::Difference, events::Event, life::Life, problems::Problem, told::Told,
    view::DeskView,
};
use std::collections::BTreeMap;

/// Problems that have to stand so, and that do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Endings {
    /// Still there, and open tickets tell of them.
    pub open: (usize, usize),
    /// Over, and every ticket about them is closed.
    pub over: (usize, usize),
}

/// Holds every problem that was told to how it has to stand.
pub fn hold_endings(view: &DeskView<'_>, told: &Told<'_>, differences: &mut Vec<Difference>) -> Endings {
    let mut endings = Endings::default();
    if view.life() == Life::TicketAnEvent {
        return endings;
    }
    let mut own: BTreeMap<&Problem, Vec<i64>> = BTreeMap::new();
    for (place, tickets) in &told.own {
        let problem = &view.events[*place].problem;
        own.entry(problem).or_default().extend(tickets.iter().map(|ticket| ticket.id));
    }
    for (problem, tickets) in &own {
        let Some(history) = view.histories.get(problem) else { continue };
        let last = tickets.iter().max().copied();
        let theirs = |ticket: i64| view.handled.has(ticket);
        let is_closed = |ticket: i64| told.closed.get(&ticket).copied().unwrap_or(false);
        if history.is_open() {
            endings.open.0 += 1;
            let right =
                last.is_some_and(|ticket| !is_closed(ticket) || view.handled.closed.contains(&ticket));
            endings.open.1 += usize::from(right);
            if !right {
                let subject = format!("the last ticket {last:?} of {problem:?}, which is still there");
                differences.push(view.here(subject, "open", "closed"));
            }
        } else {
            endings.over.0 += 1;
            let open: Vec<i64> =
                tickets.iter().copied().filter(|ticket| !is_closed(*ticket) && !theirs(*ticket)).collect();
            endings.over.1 += usize::from(open.is_empty());
            if !open.is_empty() {
                let subject = format!("tickets of {problem:?}, which is over");
                differences.push(view.here(subject, "closed", format!("open: {open:?}")));
            }
        }
    }
    told_on_open_tickets(view, told, differences);
    endings
}

/// The latest failure of what is still there is told on a ticket that somebody will look at.
fn told_on_open_tickets(view: &DeskView<'_>, told: &Told<'_>, differences: &mut Vec<Difference>) {
    for (event, seen) in view.events.iter().zip(view.seen) {
        if !is_latest(view, event) || !seen.kind.is_told() {
            continue;
        }
        let closed = seen.ticket.and_then(|ticket| told.closed.get(&ticket).copied());
        let by_a_person = seen.ticket.is_some_and(|ticket| view.handled.closed.contains(&ticket));
        if closed != Some(false) && !by_a_person {
            let got = match closed {
                Some(_) => format!("{} on {:?}, which is closed", seen.kind, seen.ticket),
                None => format!("{} on {:?}, which is not there", seen.kind, seen.ticket),
            };
            differences.push(view.about(event, "told on an open ticket", got));
        }
    }
}

/// Whether it is the latest failure of a problem that is still there.
fn is_latest(view: &DeskView<'_>, event: &Event) -> bool {
    let history = view.histories.get(&event.problem);
    !event.resolves
        && view.allowed(event).contains(&Kind::Ticket)
        && history.is_some_and(|history| history.is_open() && history.last_failure() == Some(event.time))
}
