//! What is to be done with an event that waits. First from what is remembered alone; where the ticket may have changed
//! since, it is looked at, and then it is decided.

use super::{FingerprintRecord, LifeCycle, Repeats, Resolve, TrackedTicket};
use crate::{delivery::NotePurpose, reason::Reason};
use jiff::Timestamp;
use psa_connector::{Capabilities, TicketId, TicketState};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// Nothing is asked of the PSA.
    End(Reason),
    /// A ticket of its own, which names the earlier one; or, in a storm, a line on the ticket that stands for many.
    Create {
        /// The earlier one.
        link: Option<TicketId>,
    },
    /// The ticket is looked at first.
    Look(TicketId),
    /// A note on the ticket, and what follows from it.
    Note {
        /// Which.
        ticket: TicketId,
        /// What for.
        purpose: NotePurpose,
    },
    /// A line on the ticket that stands for many: a recovery of what is listed there.
    List(TicketId),
}

/// All that the decision rests on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// When the event happened.
    pub event_time: Timestamp,
    /// Whether it says that the problem is over.
    pub resolves: bool,
    /// Whether a recovery that is no older waits behind it.
    pub resolve_waits: bool,
    /// Whether the PSA refused to take it on the ticket that is there.
    pub fallback: bool,
    /// What is remembered of its fingerprint.
    pub record: &'a FingerprintRecord,
    /// What the partner chose.
    pub choices: &'a LifeCycle,
    /// What the PSA can do.
    pub capabilities: &'a Capabilities,
    /// The time.
    pub now: Timestamp,
}

impl Situation<'_> {
    /// The move, from what is remembered.
    pub fn first(&self) -> Move {
        if self.resolves { self.first_of_resolve() } else { self.first_of_trigger() }
    }

    /// The move, once the ticket was looked at. `nobody_touched`: nobody but the bridge has worked on it, for sure.
    pub fn after_look(&self, state: &TicketState, nobody_touched: bool) -> Move {
        let Some(tracked) = &self.record.ticket else { return self.first() };
        match (state, self.resolves) {
            (TicketState::Merged(target), _) => Move::Look(target.clone()),
            (TicketState::Open, true) if tracked.is_roll_up => Move::List(tracked.id.clone()),
            (TicketState::Open, true) => {
                let purpose = if nobody_touched && self.may_close(tracked) {
                    NotePurpose::ResolveAndClose
                } else {
                    NotePurpose::Resolve
                };
                Move::Note { ticket: tracked.id.clone(), purpose }
            }
            (TicketState::Closed | TicketState::Deleted, true) => Move::End(self.no_ticket_to_resolve()),
            (TicketState::Open, false) => {
                Move::Note { ticket: tracked.id.clone(), purpose: NotePurpose::Repeat }
            }
            (TicketState::Closed, false) => self.relapse(tracked),
            (TicketState::Deleted, false) => self.new_ticket(None),
        }
    }

    /// Whether closing may be asked for at all, so that it is worth asking whether somebody touched the ticket.
    pub fn may_close(&self, tracked: &TrackedTicket) -> bool {
        self.choices.resolve == Resolve::NoteAndClose
            && self.capabilities.touched
            && !tracked.is_merged
            && !tracked.is_roll_up
    }

    fn first_of_trigger(&self) -> Move {
        let record = self.record;
        if record.resolved_at >= Some(self.event_time) {
            return Move::End(Reason::AlreadyResolved);
        }
        let Some(tracked) = &record.ticket else { return self.new_ticket(None) };
        if self.fallback {
            return Move::Create { link: Some(tracked.id.clone()) };
        }
        if tracked.is_roll_up {
            // While the storm goes on, it is listed again; afterwards it gets a ticket of its own.
            return self.new_ticket(Some(tracked));
        }
        match tracked.closed_at {
            None if self.choices.repeats == Repeats::NewTicket || !self.capabilities.notes => {
                self.new_ticket(Some(tracked))
            }
            Some(closed_at) if !self.may_reopen(closed_at) => self.new_ticket(Some(tracked)),
            _ => Move::Look(tracked.id.clone()),
        }
    }

    fn first_of_resolve(&self) -> Move {
        let record = self.record;
        if self.choices.resolve == Resolve::Ignore {
            return Move::End(Reason::ResolveIgnored);
        }
        if record.resolved_at >= Some(self.event_time) {
            return Move::End(Reason::AlreadyResolved);
        }
        if record.triggered_at > Some(self.event_time) {
            return Move::End(Reason::Superseded);
        }
        match &record.ticket {
            Some(tracked) if tracked.closed_at.is_none() && self.capabilities.notes => {
                Move::Look(tracked.id.clone())
            }
            _ => Move::End(self.no_ticket_to_resolve()),
        }
    }

    fn no_ticket_to_resolve(&self) -> Reason {
        let waived = self.record.waived_at;
        let is_ours = waived.is_some() && waived <= Some(self.event_time) && waived > self.record.resolved_at;
        if is_ours { Reason::ResolvedWhileWaiting } else { Reason::NothingToResolve }
    }

    /// The ticket is closed, and the problem is back.
    fn relapse(&self, tracked: &TrackedTicket) -> Move {
        match tracked.closed_at {
            // Its recovery is here already: opening the ticket would only make work.
            Some(_) if self.is_waived() => Move::End(Reason::ResolvedWhileWaiting),
            Some(closed_at) if self.may_reopen(closed_at) => {
                Move::Note { ticket: tracked.id.clone(), purpose: NotePurpose::Relapse }
            }
            // Closed by a person, whose decision is respected.
            _ => self.new_ticket(Some(tracked)),
        }
    }

    fn new_ticket(&self, earlier: Option<&TrackedTicket>) -> Move {
        let has_open_ticket =
            earlier.is_some_and(|tracked| tracked.closed_at.is_none() && !tracked.is_roll_up);
        if self.is_waived() && !has_open_ticket {
            return Move::End(Reason::ResolvedWhileWaiting);
        }
        Move::Create { link: earlier.map(|tracked| tracked.id.clone()) }
    }

    fn may_reopen(&self, closed_at: Timestamp) -> bool {
        self.capabilities.reopen && self.capabilities.notes && self.choices.may_reopen(closed_at, self.now)
    }

    fn is_waived(&self) -> bool {
        self.resolve_waits && self.choices.resolve != Resolve::Ignore
    }
}
