//! What may become of an event at a desk. Which of it happens depends on what waited together and on what people did
//! meanwhile; what is allowed follows from the events alone.

use crate::{
    events::Event,
    expectation::Expected,
    life::Life,
    problems::{Histories, History},
    world::DeskIndex,
};
use std::fmt;

/// What became of an event at a desk, without particulars.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A ticket of its own.
    Ticket,
    /// A repeat: a note on the problem's open ticket.
    Repeat,
    /// A relapse: a note, and the ticket was opened again.
    Reopened,
    /// A recovery: a note, and the ticket was closed.
    Closed,
    /// A recovery: a note, and the ticket was left to whoever works on it.
    LeftOpen,
    /// A line on the ticket that stands for many.
    RolledUp,
    /// Nothing in the PSA, for this reason.
    NoTicket(String),
    /// Nothing here: it went to other desks of the partner alone.
    Elsewhere,
    /// The partner does not see the event.
    NotVisible,
    /// It is not finished, or says nothing that can be understood.
    Other(String),
}

impl Kind {
    /// None in the PSA, for this reason.
    pub fn none(reason: &str) -> Self {
        Self::NoTicket(reason.to_owned())
    }

    /// Whether it is a note about the event.
    pub fn is_note(&self) -> bool {
        matches!(self, Self::Repeat | Self::Reopened | Self::Closed | Self::LeftOpen)
    }

    /// Whether the PSA tells of the event.
    pub fn is_told(&self) -> bool {
        self.is_note() || matches!(self, Self::Ticket | Self::RolledUp)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket => f.write_str("ticket of its own"),
            Self::Repeat => f.write_str("note: it happened again"),
            Self::Reopened => f.write_str("note, ticket reopened"),
            Self::Closed => f.write_str("note, ticket closed"),
            Self::LeftOpen => f.write_str("note, ticket left open"),
            Self::RolledUp => f.write_str("rolled up: a line on a ticket for many"),
            Self::NoTicket(reason) => write!(f, "no ticket: {reason}"),
            Self::Elsewhere => f.write_str("at the other PSA alone"),
            Self::NotVisible => f.write_str("not visible"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// All that may become of an event at a desk.
pub fn allowed(event: &Event, desk: DeskIndex, life: Life, histories: &Histories<'_>) -> Vec<Kind> {
    let none = Kind::none;
    match event.expected(desk) {
        Expected::NotVisible => vec![Kind::NotVisible],
        Expected::Elsewhere => vec![Kind::Elsewhere],
        Expected::NoTicket(reason) => vec![none(reason)],
        Expected::Worked | Expected::ClientStopped if life == Life::TicketAnEvent && event.resolves => {
            vec![none("resolve_ignored")]
        }
        Expected::Worked if life == Life::TicketAnEvent => vec![Kind::Ticket],
        Expected::ClientStopped if life == Life::TicketAnEvent => vec![none("client_missing")],
        Expected::Worked => {
            let history = histories.get(&event.problem).cloned().unwrap_or_default();
            if event.resolves { of_recovery(event, &history) } else { of_failure(event, &history) }
        }
        Expected::ClientStopped => {
            let history = histories.get(&event.problem).cloned().unwrap_or_default();
            without_client(event, &history)
        }
    }
}

/// A failure is told in the PSA, unless it is over: a recovery that is no older was sent.
fn of_failure(event: &Event, history: &History) -> Vec<Kind> {
    let mut kinds = vec![Kind::Ticket, Kind::RolledUp];
    if history.failures() > 1 {
        kinds.push(Kind::Repeat);
        if history.recoveries_before(event.time) > 0 {
            kinds.push(Kind::Reopened);
        }
    }
    kinds.extend(over(event, history));
    kinds
}

/// A recovery is told where there is something to recover from, and what it is too late or too early for has a reason.
fn of_recovery(event: &Event, history: &History) -> Vec<Kind> {
    let mut kinds = vec![Kind::none("nothing_to_resolve")];
    if history.failures_until(event.time) > 0 {
        kinds.extend([Kind::Closed, Kind::LeftOpen, Kind::RolledUp, Kind::none("resolved_while_waiting")]);
    }
    if history.failures_after(event.time) > 0 {
        kinds.push(Kind::none("superseded"));
    }
    if history.recoveries_from(event.time) > 1 {
        kinds.push(Kind::none("already_resolved"));
    }
    kinds
}

/// The client was stopped, so that nothing can be told.
fn without_client(event: &Event, history: &History) -> Vec<Kind> {
    if !event.resolves {
        return [Kind::none("client_missing")].into_iter().chain(over(event, history)).collect();
    }
    let untold = |kind: &Kind| !kind.is_told() && *kind != Kind::none("superseded");
    of_recovery(event, history).into_iter().filter(untold).collect()
}

fn over(event: &Event, history: &History) -> impl Iterator<Item = Kind> {
    let is_over = history.recoveries_from(event.time) > 0;
    ["already_resolved", "resolved_while_waiting"].into_iter().filter(move |_| is_over).map(Kind::none)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{doctored::Story, problems::histories, world::DISTRIBUTOR_HALOPSA};

    const DESK: DeskIndex = DISTRIBUTOR_HALOPSA;

    fn all(story: &Story, life: Life) -> Vec<Vec<Kind>> {
        let histories = histories(story.events.iter());
        story.events.iter().map(|event| allowed(event, DESK, life, &histories)).collect()
    }

    #[test]
    fn a_lone_failure_has_to_be_told() {
        let story = Story::default().failed(10);
        assert_eq!(all(&story, Life::Usual), [[Kind::Ticket, Kind::RolledUp]]);
        assert_eq!(all(&story, Life::TicketAnEvent), [[Kind::Ticket]]);
    }

    #[test]
    fn a_failure_may_be_left_out_only_if_a_recovery_is_no_older() {
        let over = Kind::none("resolved_while_waiting");
        for (recovered, may_be_left_out) in [(9, false), (10, true), (11, true)] {
            let story = Story::default().failed(10).recovered(recovered);
            assert_eq!(all(&story, Life::Usual)[0].contains(&over), may_be_left_out, "{recovered}");
        }
    }

    #[test]
    fn a_recovery_is_superseded_only_by_a_newer_failure() {
        let superseded = Kind::none("superseded");
        let older = Story::default().failed(10).recovered(20);
        let newer = older.clone().failed(30);
        assert!(!all(&older, Life::Usual)[1].contains(&superseded));
        assert!(all(&newer, Life::Usual)[1].contains(&superseded));
    }

    #[test]
    fn a_recovery_of_what_never_broke_has_nothing_to_resolve() {
        let story = Story::default().recovered(10);
        assert_eq!(all(&story, Life::Usual), [[Kind::none("nothing_to_resolve")]]);
        assert_eq!(all(&story, Life::TicketAnEvent), [[Kind::none("resolve_ignored")]]);
    }

    #[test]
    fn a_relapse_needs_a_recovery_before_it() {
        let story = Story::default().failed(10).failed(20).recovered(15);
        let kinds = all(&story, Life::Usual);
        assert!(!kinds[0].contains(&Kind::Reopened) && kinds[1].contains(&Kind::Reopened));
    }
}
