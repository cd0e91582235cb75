//! What is asked of the PSA for a delivery, and what comes of it.

use crate::{
    ids::{EventId, Fingerprint, OrganizationId},
    reason::Reason,
};
use jiff::Timestamp;
use psa_connector::{ClientId, TicketId};
use serde::{Deserialize, Serialize};

/// A request that must not be made twice: recorded before it leaves, and looked for where its reply was lost.
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
    /// What was asked.
    #[serde(default)]
    pub request: Request,
}

/// What a request asks of the PSA.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// A ticket of its own.
    #[default]
    CreateTicket,
    /// A note on the ticket of the problem.
    AddNote {
        /// Which ticket.
        ticket: TicketId,
        /// What the note is for.
        purpose: NotePurpose,
    },
    /// A line on the ticket that stands for many; one request for all that are listed at once.
    RollUp {
        /// The first of those that are listed: its event names the request.
        lead: EventId,
        /// The ticket that gets a note; to be made, where none.
        ticket: Option<TicketId>,
    },
}

/// What a note is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotePurpose {
    /// It happened again while the ticket is open.
    Repeat,
    /// It is over, and the ticket will be closed.
    ResolveAndClose,
    /// It is over, and the ticket stays open: a person works on it, or the settings say so.
    Resolve,
    /// It is back, and the ticket will be opened again.
    Relapse,
}

/// The change of a ticket's status that follows a note. Idempotent, so it is made until it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusChange {
    /// The problem is over.
    Close,
    /// The problem is back.
    Reopen,
}

/// A note that is on its ticket, and whose change of status is still to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// The ticket.
    pub ticket: TicketId,
    /// For which client.
    pub client: ClientId,
    /// What waits until it is made.
    pub fingerprint: Fingerprint,
    /// The change.
    pub change: StatusChange,
}

/// What became of an event that has a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A ticket was made.
    #[default]
    Created,
    /// The ticket was there already after a lost reply.
    Found,
    /// A repeat: a note on the open ticket.
    Noted,
    /// A recovery: noted, and the ticket closed.
    Resolved,
    /// A recovery: noted, and the ticket left to whoever works on it.
    ResolveNoted,
    /// A relapse: noted, and the ticket opened again.
    Reopened,
    /// Listed on the ticket that stands for many.
    RolledUp,
}

impl NotePurpose {
    /// What has to follow the note.
    pub fn status_change(self) -> Option<StatusChange> {
        match self {
            Self::Repeat | Self::Resolve => None,
            Self::ResolveAndClose => Some(StatusChange::Close),
            Self::Relapse => Some(StatusChange::Reopen),
        }
    }

    /// What the note by itself amounts to.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Repeat | Self::Relapse => Outcome::Noted,
            Self::Resolve | Self::ResolveAndClose => Outcome::ResolveNoted,
        }
    }

    /// Whether the event says that the problem is over.
    pub fn is_resolve(self) -> bool {
        matches!(self, Self::Resolve | Self::ResolveAndClose)
    }
}

impl Outcome {
    /// The reason as partners read it.
    pub fn reason(self) -> Reason {
        match self {
            Self::Created => Reason::TicketCreated,
            Self::Found => Reason::TicketFound,
            Self::Noted => Reason::NoteAdded,
            Self::Resolved => Reason::TicketResolved,
            Self::ResolveNoted => Reason::ResolveNoted,
            Self::Reopened => Reason::TicketReopened,
            Self::RolledUp => Reason::RolledUp,
        }
    }
}

impl Attempt {
    pub(super) fn makes_own_ticket(&self) -> bool {
        self.request == Request::CreateTicket
    }

    /// The ticket that gets a note, and what the note is for.
    pub fn note(&self) -> Option<(&TicketId, NotePurpose)> {
        match &self.request {
            Request::AddNote { ticket, purpose } => Some((ticket, *purpose)),
            Request::CreateTicket | Request::RollUp { .. } => None,
        }
    }

    /// What must wait until the outcome is known: the problem itself and, for a line on a ticket that stands for many,
    /// that ticket.
    pub fn blocks(&self, organization: &OrganizationId) -> impl Iterator<Item = Fingerprint> {
        let roll_up = matches!(self.request, Request::RollUp { .. })
            .then(|| Fingerprint::of_roll_up(self.client.as_str(), organization));
        [self.fingerprint.clone()].into_iter().chain(roll_up)
    }
}
