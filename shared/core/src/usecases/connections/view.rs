//! A connection as its partner sees it: one badge, what is left to do, what holds it, and how it fares.

use crate::{
    catalogue::{Language, reason_text, setup_text},
    connection::{Connection, ConnectionConflict, Suspension},
    ports::Counters,
    reason::Reason,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A connection and what its partner has to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionView {
    /// The connection.
    pub connection: Connection,
    /// Its state in a word.
    pub badge: Badge,
    /// What is left to do, in order.
    pub left: Vec<SetupStep>,
    /// What keeps its deliveries from being worked.
    pub hold: Option<Hold>,
    /// How its calls fare.
    pub health: Health,
    /// How many deliveries stand where.
    pub counters: Counters,
}

/// The state of a connection in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Badge {
    /// The credentials work; something else is left to set up.
    NotSetUp,
    /// Nothing is left but to confirm.
    ReadyToConfirm,
    /// Events become tickets.
    Connected,
    /// A person paused it.
    Paused,
    /// The bridge stopped working it.
    Suspended,
    /// It was revoked.
    Revoked,
}

/// One thing that is left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetupStep {
    /// Stable: `settings_missing`, `emergency_contact_missing`, `test_ticket_missing`, `connection_suspended`.
    #[schema(example = "test_ticket_missing")]
    pub code: String,
    /// What to do, in the connection's language.
    pub text: String,
}

/// What keeps deliveries from being worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// Why.
    pub reason: Reason,
    /// Why and what to do, in the connection's language.
    pub text: String,
}

/// How the calls to the PSA fare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Calls that failed in a row.
    pub failures: u32,
    /// No request before then: the PSA's rate limit, or a spent budget.
    pub not_before: Option<Timestamp>,
    /// Why the bridge stopped working it, and when it looks again.
    pub suspended: Option<Suspension>,
    /// When it was last checked in full.
    pub checked_at: Option<Timestamp>,
}

impl ConnectionView {
    /// What a partner sees of `connection`.
    pub fn new(connection: Connection, counters: Counters) -> Self {
        Self {
            badge: badge(&connection),
            left: left(&connection),
            hold: hold(&connection),
            health: Health {
                failures: connection.failures,
                not_before: connection.not_before,
                suspended: connection.suspended.clone(),
                checked_at: connection.check.as_ref().map(|check| check.at),
            },
            connection,
            counters,
        }
    }
}

/// What keeps a person from confirming.
pub(super) fn left_to_confirm(connection: &Connection) -> Vec<SetupStep> {
    let suspended = connection.suspended.as_ref().map(|_| ConnectionConflict::Suspended);
    suspended
        .into_iter()
        .chain(connection.left_to_set_up())
        .map(|conflict| step(conflict, connection.language))
        .collect()
}

fn badge(connection: &Connection) -> Badge {
    if connection.revoked_at.is_some() {
        Badge::Revoked
    } else if connection.paused.is_some() {
        Badge::Paused
    } else if connection.suspended.is_some() {
        Badge::Suspended
    } else if connection.confirmed_at.is_some() {
        Badge::Connected
    } else if connection.left_to_set_up().is_empty() {
        Badge::ReadyToConfirm
    } else {
        Badge::NotSetUp
    }
}

fn left(connection: &Connection) -> Vec<SetupStep> {
    if connection.revoked_at.is_some() {
        return Vec::new();
    }
    if connection.confirmed_at.is_none() {
        return left_to_confirm(connection);
    }
    // A live connection works without a new test ticket.
    let needed = |conflict: &ConnectionConflict| *conflict != ConnectionConflict::NotProven;
    let left = connection.left_to_set_up().into_iter().filter(needed);
    left.map(|conflict| step(conflict, connection.language)).collect()
}

fn step(conflict: ConnectionConflict, language: Language) -> SetupStep {
    let code = conflict.code();
    SetupStep {
        code: code.to_owned(),
        text: setup_text(code, language).unwrap_or_else(|| conflict.to_string()),
    }
}

fn hold(connection: &Connection) -> Option<Hold> {
    let reason = connection.hold()?;
    let text = reason_text(reason.code(), connection.language).unwrap_or_else(|| reason.code().to_owned());
    Some(Hold { reason, text })
}
