//! What a partner chooses about the life of its tickets.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use utoipa::ToSchema;

/// What becomes of repeats, recoveries and relapses, and of many problems at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LifeCycle {
    /// What a repeat of a problem becomes while its ticket is open.
    pub repeats: Repeats,
    /// What a recovery does to the open ticket.
    pub resolve: Resolve,
    /// What a relapse becomes after the bridge closed the ticket.
    pub relapse: Relapse,
    /// How long after the bridge closed a ticket a relapse opens it again. Hours.
    pub reopen_window_hours: u16,
    /// New tickets of one organisation in one hour before a single ticket stands for the rest. Null: no cap.
    #[schema(value_type = Option<u32>)]
    pub storm_cap_per_hour: Option<NonZeroU32>,
}

/// What a repeat becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// A note on the open ticket, with a counter.
    #[default]
    Note,
    /// A new ticket each time, which links the earlier one.
    NewTicket,
}

/// What a recovery does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolve {
    /// A note, and the ticket is closed unless a person touched it.
    #[default]
    NoteAndClose,
    /// A note. Closing is left to people.
    Note,
    /// Nothing.
    Ignore,
}

/// What a relapse becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relapse {
    /// The ticket that the bridge closed is opened again, within the window.
    #[default]
    Reopen,
    /// A new ticket, which links the earlier one.
    NewTicket,
}

impl Default for LifeCycle {
    fn default() -> Self {
        Self {
            repeats: Repeats::default(),
            resolve: Resolve::default(),
            relapse: Relapse::default(),
            reopen_window_hours: 72,
            storm_cap_per_hour: NonZeroU32::new(50),
        }
    }
}

impl LifeCycle {
    /// Whether a ticket that the bridge closed then may be opened again now.
    pub fn may_reopen(&self, closed_at: Timestamp, now: Timestamp) -> bool {
        let window = SignedDuration::from_hours(i64::from(self.reopen_window_hours));
        self.relapse == Relapse::Reopen && now.duration_since(closed_at) <= window
    }
}
