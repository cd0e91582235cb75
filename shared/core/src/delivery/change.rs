//! What can happen to a delivery.

use super::{Attempt, DeliveryState};
use crate::reason::Reason;
use jiff::Timestamp;
use psa_connector::TicketId;
use thiserror::Error;

/// A change of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Before the request leaves.
    AttemptStarted(Attempt),
    /// The PSA confirmed the ticket.
    TicketCreated(TicketId),
    /// The search found it.
    TicketFound(TicketId),
    /// The PSA confirmed the note.
    NoteAdded,
    /// The search found the note.
    NoteFound,
    /// The PSA refused the note: a new ticket takes its place.
    NoteRefused {
        /// Its words.
        detail: String,
    },
    /// The ticket has the status that its note spoke of.
    StatusChanged,
    /// The PSA refused the status, or the ticket is not the bridge's to close.
    StatusRefused {
        /// Its words.
        detail: String,
    },
    /// It is listed on the ticket that stands for many.
    RolledUp(TicketId),
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
