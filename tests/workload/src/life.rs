//! What partners choose about the life of their tickets: the usual, a low cap so that storms come in every run, or a ticket
//! an event.

use serde_json::{Value, json};

/// What a partner chooses about the life of its tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Nothing is chosen, so the bridge's defaults hold: notes on repeats, closed on recovery, opened again on relapse.
    Usual,
    /// The same, but with so few tickets of an organisation in an hour before one ticket stands for the rest.
    Capped(u32),
    /// A ticket for every failure, and nothing for recoveries.
    TicketAnEvent,
}

impl Life {
    /// As in settings; none where the partner saves nothing of it.
    pub fn json(self) -> Option<Value> {
        match self {
            Self::Usual => None,
            Self::Capped(cap) => Some(json!({ "storm_cap_per_hour": cap })),
            Self::TicketAnEvent => {
                Some(json!({ "repeats": "new_ticket", "resolve": "ignore", "storm_cap_per_hour": null }))
            }
        }
    }

    /// Tickets of one organisation in an hour, before one stands for the rest.
    pub fn cap(self) -> Option<usize> {
        match self {
            // As the settings' reference says.
            Self::Usual => Some(50),
            Self::Capped(cap) => usize::try_from(cap).ok(),
            Self::TicketAnEvent => None,
        }
    }
}
