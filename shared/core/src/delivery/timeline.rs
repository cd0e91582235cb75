//! What a partner reads of a delivery's life, line by line.

use crate::reason::Reason;
use jiff::Timestamp;
use psa_connector::TicketId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lines that a timeline keeps; a delivery that was tried for weeks keeps the first ones and the latest.
pub const MAX_TIMELINE: usize = 60;

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
        let is_about_one = matches!(
            self.what,
            Happened::TicketCreated
                | Happened::TicketFound
                | Happened::NoteAdded
                | Happened::NoteFound
                | Happened::TicketClosed
                | Happened::TicketReopened
                | Happened::RolledUp
        );
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
    /// A note was added to the ticket of the problem.
    NoteAdded,
    /// The note was found after a lost reply.
    NoteFound,
    /// The PSA refused the note, so that there will be a new ticket.
    NoteRefused,
    /// The ticket was closed, because the problem is over.
    TicketClosed,
    /// The ticket was left open: a person works on it, or the PSA refused to close it.
    TicketLeftOpen,
    /// The closed ticket was opened again, because the problem is back.
    TicketReopened,
    /// The PSA refused to open the ticket again, so that there will be a new one.
    ReopenRefused,
    /// It was listed on the ticket that stands for many.
    RolledUp,
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
