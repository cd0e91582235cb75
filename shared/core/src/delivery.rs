//! One event for one connection, and what became of it: the one state machine of the bridge.
//!
//! ```text
//!            AttemptStarted            TicketCreated
//!  Waiting ----------------> Attempting -------------> Done
//!     ^  ^                    |  |  |                   ^
//!     |  |  TryAgain          |  |  | OutcomeUnknown    | TicketFound
//!     |  +--------------------+  |  +-------> Settling -+
//!     |        NotFound          | Ended         |  | LookAgain (stays)
//!     +--------------------------|---------------+  |
//!     |  Retried, Rerouted       v                  |
//!     +---------------------- Ended <---------------+
//! ```
//!
//! An attempt is recorded before the request leaves. So whatever dies, the next worker knows that there may be a ticket,
//! and looks for it once the settle time has passed, before it makes one.

use crate::{
    ids::{ConnectionId, EventId, Fingerprint, OrganizationId, PartnerId},
    reason::Reason,
};
use jiff::Timestamp;
use psa_connector::{ClientId, TicketId};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

/// Lines that a timeline keeps; a delivery that was tried for weeks keeps the first ones and the latest.
pub const MAX_TIMELINE: usize = 60;

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
    /// Whether the attempt made a ticket is to be found out when due.
    Settling(Attempt),
    /// There is a ticket.
    Done {
        /// Which.
        ticket: TicketId,
        /// For which client.
        client: ClientId,
    },
    /// There will be no ticket.
    Ended {
        /// Why.
        reason: Reason,
    },
}

/// A request that makes a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it was recorded, just before it left.
    pub started_at: Timestamp,
    /// With which credentials.
    pub generation: u32,
    /// By which lease.
    pub fence: u64,
    /// For which client.
    pub client: ClientId,
    /// What waits for its outcome.
    pub fingerprint: Fingerprint,
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// What happened, for programs.
    pub what: Happened,
    /// Why, where there is a reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// Particulars: the PSA's words, a ticket's number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

impl TimelineEntry {
    /// The ticket that the line is about.
    pub fn ticket(&self) -> Option<TicketId> {
        let is_about_one = matches!(self.what, Happened::TicketCreated | Happened::TicketFound);
        self.detail.as_deref().filter(|_| is_about_one).map(TicketId::new)
    }
}

/// What a line of a timeline says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// The event was accepted and goes to this connection.
    Accepted,
    /// A ticket is about to be requested.
    AttemptStarted,
    /// The PSA confirmed the ticket.
    TicketCreated,
    /// The ticket was found after a lost reply.
    TicketFound,
    /// The reply was lost.
    OutcomeUnknown,
    /// It was not there after the settle time.
    NotFound,
    /// The search failed and will be repeated.
    LookAgain,
    /// It will be tried again.
    TryAgain,
    /// It ended without a ticket.
    Ended,
    /// A person asked for another try.
    Retried,
    /// The organisation was mapped after it had ended as unmapped.
    Rerouted,
}

/// A change of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Before the request leaves.
    AttemptStarted(Attempt),
    /// The PSA confirmed the ticket.
    TicketCreated(TicketId),
    /// The search found it.
    TicketFound(TicketId),
    /// Whether there is a ticket can be told at `look_at`.
    OutcomeUnknown {
        /// The start of the attempt and the settle time.
        look_at: Timestamp,
        /// What came in place of a reply.
        detail: String,
    },
    /// The search itself failed.
    LookAgain {
        /// When.
        due_at: Timestamp,
        /// What happened.
        detail: String,
    },
    /// The settle time has passed and there is no ticket.
    NotFound {
        /// When to try again.
        due_at: Timestamp,
    },
    /// Nothing was stored.
    TryAgain {
        /// When.
        due_at: Timestamp,
        /// Against which limit it counts.
        counts: Counts,
        /// What happened.
        detail: String,
    },
    /// No ticket.
    Ended {
        /// Why.
        reason: Reason,
        /// Particulars.
        detail: Option<String>,
    },
    /// A person wants it tried again.
    Retried {
        /// Who.
        by: String,
    },
    /// There is a mapping now.
    Rerouted,
}

/// Against which limit a failed attempt counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// The PSA refused the content.
    Refusal,
    /// The PSA failed.
    Failure,
    /// Neither: the request never left, or only had to wait.
    Nothing,
}

/// A change that the state does not allow: a bug, or a worker that lost its lease.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{change:?} is not possible in state {state:?}")]
pub struct IllegalChange {
    /// The state.
    pub state: Box<DeliveryState>,
    /// The change.
    pub change: Box<Change>,
}

impl Delivery {
    /// A delivery of an event that was just accepted; ended at once where routing says so.
    pub fn new(
        event: &crate::event::Event,
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
            event_time: event.time,
            accepted_at,
            state: DeliveryState::Waiting,
            due_at: now,
            search_since: None,
            refusals: 0,
            failures: 0,
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
        use DeliveryState::{Attempting, Done, Ended, Settling, Waiting};
        match (&self.state, change) {
            (Waiting, Change::AttemptStarted(attempt)) => {
                self.due_at = at;
                self.note(at, Happened::AttemptStarted, None, None);
                self.state = Attempting(attempt);
            }
            (Attempting(attempt), Change::TicketCreated(ticket)) => {
                let client = attempt.client.clone();
                self.note(at, Happened::TicketCreated, Some(Reason::TicketCreated), Some(ticket.to_string()));
                self.state = Done { ticket, client };
            }
            (Settling(attempt), Change::TicketFound(ticket)) => {
                let client = attempt.client.clone();
                self.note(at, Happened::TicketFound, Some(Reason::TicketFound), Some(ticket.to_string()));
                self.state = Done { ticket, client };
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
            (Attempting(_), Change::TryAgain { due_at, counts, detail }) => {
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
            (state, change) => {
                return Err(IllegalChange { state: Box::new(state.clone()), change: Box::new(change) });
            }
        }
        self.version += 1;
        Ok(())
    }

    fn start_over(&mut self, at: Timestamp) {
        self.due_at = at;
        self.refusals = 0;
        self.failures = 0;
        self.state = DeliveryState::Waiting;
    }

    fn note(&mut self, at: Timestamp, what: Happened, reason: Option<Reason>, detail: Option<String>) {
        if self.timeline.len() >= MAX_TIMELINE {
            self.timeline.remove(MAX_TIMELINE / 2);
        }
        self.timeline.push(TimelineEntry { at, what, reason, detail });
    }
}
