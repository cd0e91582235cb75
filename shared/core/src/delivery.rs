//! One event for one connection, and what became of it: the one state machine of the bridge.
//!
//! ```text
//!            AttemptStarted            TicketCreated, NoteAdded, RolledUp
//!  Waiting ----------------> Attempting -------------------------------> Done
//!   ^ ^ |  \                  |  |  |                                    ^ ^
//!   | | |   \ StatusChanged   |  |  | OutcomeUnknown  TicketFound, ...   | |
//!   | | |    +----------------|--|--|------------------------------------|-+
//!   | | |  TryAgain           |  |  +-------> Settling ------------------+
//!   | +-|---------------------+  |             |  | LookAgain (stays)
//!   |   |    NotFound            |             |  |
//!   +---|------------------------|-------------+  |
//!   |   | Ended                  v                |
//!   +---+-------------------- Ended <-------------+
//!     Retried, Rerouted
//! ```
//!
//! An attempt is recorded before the request leaves. So whatever dies, the next worker knows that there may be a ticket
//! or a note, and looks for it once the settle time has passed, before it makes one. A note that is on its ticket but
//! whose change of status is still to be made is remembered in [`Delivery::noted`], since a status may be set twice.

mod change;
mod request;
mod timeline;

pub use change::{Change, Counts, IllegalChange};
pub use request::{Attempt, NotePurpose, Noted, Outcome, Request, StatusChange};
pub use timeline::{Happened, MAX_TIMELINE, TimelineEntry};

use crate::{
    event::Event,
    ids::{ConnectionId, EventId, OrganizationId, PartnerId, Topic},
    reason::Reason,
};
use jiff::Timestamp;
use psa_connector::{ClientId, TicketId};
use serde::{Deserialize, Serialize};

/// One event for one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which event.
    pub event: EventId,
    /// To where.
    pub connection: ConnectionId,
    /// Whose connection that is.
    pub partner: PartnerId,
    /// Whose event it is.
    pub organization: OrganizationId,
    /// What it is about, whichever client the organisation is mapped onto.
    #[serde(default)]
    pub topic: Topic,
    /// Whether it says that the problem is over.
    #[serde(default)]
    pub resolves: bool,
    /// When it happened: the order of work.
    pub event_time: Timestamp,
    /// When the event was accepted.
    pub accepted_at: Timestamp,
    /// Where it stands.
    pub state: DeliveryState,
    /// Not to be worked before.
    pub due_at: Timestamp,
    /// Start of the first attempt whose outcome was ever unknown: how far back a search must reach.
    pub search_since: Option<Timestamp>,
    /// Times that the PSA refused it.
    pub refusals: u32,
    /// Times that the PSA failed over it without making a ticket.
    pub failures: u32,
    /// A note that is on its ticket, and whose change of status is still to be made.
    #[serde(default)]
    pub noted: Option<Noted>,
    /// Whether the PSA refused to take it on the ticket that is there, so that it gets a ticket of its own.
    #[serde(default)]
    pub fallback: bool,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Counts changes; a change names the version that it was made from.
    pub version: u64,
}

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be worked.
    Waiting,
    /// A request is, or was when its worker died, under way.
    Attempting(Attempt),
    /// Whether the attempt made a ticket or a note is to be found out when due.
    Settling(Attempt),
    /// There is a ticket that tells of it.
    Done {
        /// Which.
        ticket: TicketId,
        /// For which client.
        client: ClientId,
        /// How it came to be told there.
        #[serde(default)]
        outcome: Outcome,
    },
    /// There will be no ticket.
    Ended {
        /// Why.
        reason: Reason,
    },
}

impl Delivery {
    /// A delivery of an event that was just accepted; ended at once where routing says so.
    pub fn new(
        event: &Event,
        connection: ConnectionId,
        partner: PartnerId,
        ended: Option<Reason>,
        accepted_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        let mut delivery = Self {
            event: event.id.clone(),
            connection,
            partner,
            organization: event.organization.clone(),
            topic: event.topic(),
            resolves: event.is_resolve(),
            event_time: event.time,
            accepted_at,
            state: DeliveryState::Waiting,
            due_at: now,
            search_since: None,
            refusals: 0,
            failures: 0,
            noted: None,
            fallback: false,
            timeline: Vec::new(),
            version: 0,
        };
        delivery.note(now, Happened::Accepted, None, None);
        if let Some(reason) = ended {
            delivery.state = DeliveryState::Ended { reason };
            delivery.note(now, Happened::Ended, Some(reason), None);
        }
        delivery
    }

    /// Whether it still has to be worked.
    pub fn is_unfinished(&self) -> bool {
        matches!(
            self.state,
            DeliveryState::Waiting | DeliveryState::Attempting(_) | DeliveryState::Settling(_)
        )
    }

    /// The attempt whose outcome is open.
    pub fn open_attempt(&self) -> Option<&Attempt> {
        match &self.state {
            DeliveryState::Attempting(attempt) | DeliveryState::Settling(attempt) => Some(attempt),
            _ => None,
        }
    }

    /// Makes the change, or leaves all as it was.
    pub fn apply(&mut self, change: Change, at: Timestamp) -> Result<(), IllegalChange> {
        use DeliveryState::{Attempting, Ended, Settling, Waiting};
        match (&self.state, change) {
            (Waiting, Change::AttemptStarted(attempt)) if self.noted.is_none() => {
                self.due_at = at;
                self.note(at, Happened::AttemptStarted, None, None);
                self.state = Attempting(attempt);
            }
            (Attempting(attempt), Change::TicketCreated(ticket)) if attempt.makes_own_ticket() => {
                let client = attempt.client.clone();
                self.finish(at, Happened::TicketCreated, ticket, client, Outcome::Created);
            }
            (Settling(attempt), Change::TicketFound(ticket)) if attempt.makes_own_ticket() => {
                let client = attempt.client.clone();
                self.finish(at, Happened::TicketFound, ticket, client, Outcome::Found);
            }
            (
                Attempting(Attempt { request: Request::RollUp { .. }, client, .. })
                | Settling(Attempt { request: Request::RollUp { .. }, client, .. }),
                Change::RolledUp(ticket),
            ) => {
                let client = client.clone();
                self.finish(at, Happened::RolledUp, ticket, client, Outcome::RolledUp);
            }
            (Attempting(attempt), Change::NoteAdded) if attempt.note().is_some() => {
                let attempt = attempt.clone();
                self.noted(at, Happened::NoteAdded, attempt);
            }
            (Settling(attempt), Change::NoteFound) if attempt.note().is_some() => {
                let attempt = attempt.clone();
                self.noted(at, Happened::NoteFound, attempt);
            }
            (Attempting(attempt), Change::NoteRefused { detail }) if attempt.note().is_some() => {
                self.fall_back(at, Happened::NoteRefused, detail);
            }
            (Waiting, change @ (Change::StatusChanged | Change::StatusRefused { .. })) => {
                let Some(noted) = self.noted.take() else { return Err(self.illegal(change)) };
                self.status_told(at, noted, change);
            }
            (Attempting(attempt), Change::OutcomeUnknown { look_at, detail }) => {
                let attempt = attempt.clone();
                self.due_at = look_at;
                self.search_since = Some(self.search_since.unwrap_or(attempt.started_at));
                self.note(at, Happened::OutcomeUnknown, Some(Reason::OutcomeUnknown), Some(detail));
                self.state = Settling(attempt);
            }
            (Settling(_), Change::LookAgain { due_at, detail }) => {
                self.due_at = due_at;
                self.note(at, Happened::LookAgain, None, Some(detail));
            }
            (Settling(_), Change::NotFound { due_at }) => {
                self.due_at = due_at;
                self.failures += 1;
                self.note(at, Happened::NotFound, None, None);
                self.state = Waiting;
            }
            // From waiting, where what must be asked beforehand could not be asked.
            (Attempting(_) | Waiting, Change::TryAgain { due_at, counts, detail }) => {
                self.due_at = due_at;
                match counts {
                    Counts::Refusal => self.refusals += 1,
                    Counts::Failure => self.failures += 1,
                    Counts::Nothing => {}
                }
                self.note(at, Happened::TryAgain, None, Some(detail));
                self.state = Waiting;
            }
            (Waiting | Attempting(_) | Settling(_), Change::Ended { reason, detail }) => {
                self.note(at, Happened::Ended, Some(reason), detail);
                self.noted = None;
                self.state = Ended { reason };
            }
            (Ended { reason }, Change::Retried { by }) if reason.is_retryable() => {
                self.start_over(at);
                self.note(at, Happened::Retried, Some(Reason::RetriedByPerson), Some(by));
            }
            (Ended { reason: Reason::Unmapped }, Change::Rerouted) => {
                self.start_over(at);
                self.note(at, Happened::Rerouted, None, None);
            }
            (_, change) => return Err(self.illegal(change)),
        }
        self.version += 1;
        Ok(())
    }

    fn illegal(&self, change: Change) -> IllegalChange {
        IllegalChange { state: Box::new(self.state.clone()), change: Box::new(change) }
    }

    fn finish(
        &mut self,
        at: Timestamp,
        what: Happened,
        ticket: TicketId,
        client: ClientId,
        outcome: Outcome,
    ) {
        self.note(at, what, Some(outcome.reason()), Some(ticket.to_string()));
        self.state = DeliveryState::Done { ticket, client, outcome };
    }

    /// The note is on its ticket; its change of status, where there is one, follows.
    fn noted(&mut self, at: Timestamp, what: Happened, attempt: Attempt) {
        let Some((ticket, purpose)) = attempt.note() else { return };
        let (ticket, client) = (ticket.clone(), attempt.client.clone());
        match purpose.status_change() {
            None => self.finish(at, what, ticket, client, purpose.outcome()),
            Some(change) => {
                self.note(at, what, Some(purpose.outcome().reason()), Some(ticket.to_string()));
                self.noted = Some(Noted { ticket, client, fingerprint: attempt.fingerprint, change });
                self.due_at = at;
                self.state = DeliveryState::Waiting;
            }
        }
    }

    fn status_told(&mut self, at: Timestamp, noted: Noted, told: Change) {
        let Noted { ticket, client, change, .. } = noted;
        match (change, told) {
            (StatusChange::Close, Change::StatusRefused { detail }) => {
                let outcome = Outcome::ResolveNoted;
                self.note(at, Happened::TicketLeftOpen, Some(outcome.reason()), Some(detail));
                self.state = DeliveryState::Done { ticket, client, outcome };
            }
            (StatusChange::Reopen, Change::StatusRefused { detail }) => {
                self.fall_back(at, Happened::ReopenRefused, detail);
            }
            (StatusChange::Close, _) => {
                self.finish(at, Happened::TicketClosed, ticket, client, Outcome::Resolved);
            }
            (StatusChange::Reopen, _) => {
                self.finish(at, Happened::TicketReopened, ticket, client, Outcome::Reopened);
            }
        }
    }

    /// The ticket that is there does not take it: it gets one of its own.
    fn fall_back(&mut self, at: Timestamp, what: Happened, detail: String) {
        self.note(at, what, None, Some(detail));
        self.fallback = true;
        self.due_at = at;
        self.state = DeliveryState::Waiting;
    }

    fn start_over(&mut self, at: Timestamp) {
        self.due_at = at;
        self.refusals = 0;
        self.failures = 0;
        self.fallback = false;
        self.state = DeliveryState::Waiting;
    }

    fn note(&mut self, at: Timestamp, what: Happened, reason: Option<Reason>, detail: Option<String>) {
        if self.timeline.len() >= MAX_TIMELINE {
            self.timeline.remove(MAX_TIMELINE / 2);
        }
        self.timeline.push(TimelineEntry { at, what, reason, detail });
    }
}
