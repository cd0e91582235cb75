//! Many problems of one organisation at once: so many get a ticket of their own in an hour, and one ticket stands for the
//! rest.

use crate::ids::OrganizationId;
use jiff::{SignedDuration, Timestamp};
use psa_connector::{ClientId, TicketId};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

const HOUR: i64 = 3_600;

/// How long one ticket stands for many before a new one is made.
const ROLL_UP_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// What is remembered of the new tickets of one organisation in one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StormRecord {
    /// Whose.
    pub organization: OrganizationId,
    /// Which hour is counted: hours since the epoch.
    pub hour: i64,
    /// Tickets of their own that were made in it.
    pub created: u32,
    /// The ticket that stands for the rest.
    pub roll_up: Option<RollUpTicket>,
}

/// A ticket that stands for many problems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollUpTicket {
    /// Which.
    pub id: TicketId,
    /// Of which client.
    pub client: ClientId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Events that it lists.
    pub listed: u64,
}

fn hour_of(now: Timestamp) -> i64 {
    now.as_second().div_euclid(HOUR)
}

impl StormRecord {
    /// Nothing is known of it yet.
    pub fn new(organization: OrganizationId) -> Self {
        Self { organization, hour: 0, created: 0, roll_up: None }
    }

    /// Whether this hour's tickets are used up.
    pub fn is_capped(&self, cap: Option<NonZeroU32>, now: Timestamp) -> bool {
        cap.is_some_and(|cap| self.hour == hour_of(now) && self.created >= cap.get())
    }

    /// Another ticket was made.
    pub fn created(&mut self, now: Timestamp) {
        let hour = hour_of(now);
        if self.hour != hour {
            (self.hour, self.created) = (hour, 0);
        }
        self.created = self.created.saturating_add(1);
    }

    /// The ticket that stands for this client's problems, if it is not too old for more.
    pub fn roll_up_of(&self, client: &ClientId, now: Timestamp) -> Option<&RollUpTicket> {
        let fresh = |roll_up: &&RollUpTicket| now.duration_since(roll_up.created_at) < ROLL_UP_LASTS;
        self.roll_up.as_ref().filter(|roll_up| roll_up.client == *client).filter(fresh)
    }

    /// So many more are listed on that ticket.
    pub fn listed(&mut self, ticket: &TicketId, client: &ClientId, events: u64, now: Timestamp) {
        match &mut self.roll_up {
            Some(roll_up) if roll_up.id == *ticket => roll_up.listed = roll_up.listed.saturating_add(events),
            other => {
                let (id, client) = (ticket.clone(), client.clone());
                *other = Some(RollUpTicket { id, client, created_at: now, listed: events });
            }
        }
    }
}
