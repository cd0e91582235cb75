//! What is remembered of one fingerprint: its ticket, and the latest times at which it broke and was mended.

use crate::ids::Fingerprint;
use jiff::Timestamp;
use psa_connector::TicketId;
use serde::{Deserialize, Serialize};

/// What is remembered of one fingerprint in one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FingerprintRecord {
    /// Of what.
    pub fingerprint: Fingerprint,
    /// The latest ticket about it.
    pub ticket: Option<TrackedTicket>,
    /// Time of the latest failure that a ticket tells of.
    pub triggered_at: Option<Timestamp>,
    /// Time of the latest recovery. A failure that is no newer opens nothing.
    pub resolved_at: Option<Timestamp>,
    /// Time of the latest failure that ended without a ticket, because its recovery waited with it.
    pub waived_at: Option<Timestamp>,
}

/// A ticket that the bridge made and keeps up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedTicket {
    /// Which.
    pub id: TicketId,
    /// Notes about repeats on it.
    pub repeats: u32,
    /// When the bridge closed it; whether a person did is asked when it matters.
    pub closed_at: Option<Timestamp>,
    /// Whether it took the place of a ticket that took no note.
    pub is_fallback: bool,
    /// Whether it stands for many problems.
    pub is_roll_up: bool,
    /// Whether a person merged another ticket into it: it is not the bridge's own to close.
    pub is_merged: bool,
}

impl FingerprintRecord {
    /// Nothing is known of it yet.
    pub fn new(fingerprint: Fingerprint) -> Self {
        Self { fingerprint, ticket: None, triggered_at: None, resolved_at: None, waived_at: None }
    }

    /// A ticket of its own was made for a failure of that time.
    pub fn created(&mut self, ticket: TicketId, is_fallback: bool, event_time: Timestamp) {
        self.track(ticket, is_fallback, false, event_time);
    }

    /// It is listed on a ticket that stands for many.
    pub fn rolled_up(&mut self, ticket: TicketId, event_time: Timestamp) {
        self.track(ticket, false, true, event_time);
    }

    fn track(&mut self, id: TicketId, is_fallback: bool, is_roll_up: bool, event_time: Timestamp) {
        self.ticket = Some(TrackedTicket {
            id,
            repeats: 0,
            closed_at: None,
            is_fallback,
            is_roll_up,
            is_merged: false,
        });
        self.triggered_at = self.triggered_at.max(Some(event_time));
    }

    /// A failure of that time was noted on the ticket, which is open then.
    pub fn noted(&mut self, event_time: Timestamp) {
        self.triggered_at = self.triggered_at.max(Some(event_time));
        if let Some(ticket) = &mut self.ticket {
            ticket.repeats = ticket.repeats.saturating_add(1);
            ticket.is_fallback = false;
        }
    }

    /// Its ticket went on in another: a person merged them.
    pub fn merged_into(&mut self, target: TicketId) {
        if let Some(ticket) = &mut self.ticket {
            ticket.id = target;
            ticket.is_merged = true;
            ticket.closed_at = None;
        }
    }

    /// Its ticket is open, whoever opened it again.
    pub fn is_open_again(&mut self) {
        if let Some(ticket) = &mut self.ticket {
            ticket.closed_at = None;
        }
    }

    /// The bridge closed its ticket.
    pub fn closed(&mut self, now: Timestamp) {
        if let Some(ticket) = &mut self.ticket {
            ticket.closed_at = Some(now);
        }
    }

    /// A recovery of that time is known.
    pub fn resolved(&mut self, event_time: Timestamp) {
        self.resolved_at = self.resolved_at.max(Some(event_time));
    }

    /// A failure of that time needed no ticket, because its recovery waits.
    pub fn waived(&mut self, event_time: Timestamp) {
        self.waived_at = self.waived_at.max(Some(event_time));
    }
}
