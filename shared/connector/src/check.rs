//! The answer to "is this connection set up right", a line a question, all in one go.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every line of a connection check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckReport {
    /// In the order in which a person would fix them.
    pub lines: Vec<CheckLine>,
}

impl CheckReport {
    /// Whether no line failed. Lines that nothing but a ticket can prove, and rights that tickets do not need, do not
    /// count against it.
    pub fn passed(&self) -> bool {
        self.lines.iter().all(|line| line.status != CheckStatus::Failed)
    }
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckLine {
    /// What was asked, for programs.
    pub code: CheckCode,
    /// What was asked, for people.
    pub label: String,
    /// The answer.
    pub status: CheckStatus,
    /// What was found.
    pub found: String,
    /// For a failed line: the screen and the setting in the PSA, and what to change it to.
    pub fix: Option<String>,
}

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// Right.
    Ok,
    /// Wrong; the line says how to mend it.
    Failed,
    /// No request without side effects can tell; the test ticket proves it.
    ProvenByTestTicket,
    /// Not asked, because an earlier line failed.
    Skipped,
    /// Not granted, and tickets work without it: it is needed for seat counts, or makes settings easier to choose.
    NotGranted,
}

/// What a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckCode {
    /// The address leads to the PSA.
    Reachable,
    /// The PSA accepts the credentials.
    Credentials,
    /// The API user belongs to the right integration vendor.
    Integration,
    /// Tickets can be read.
    TicketsRead,
    /// Tickets can be changed.
    TicketsModify,
    /// New tickets can be added.
    TicketsAdd,
    /// Tickets not assigned to the API user can be changed.
    TicketsOfOthers,
    /// All ticket types can be used.
    TicketTypes,
    /// Clients can be read, and which.
    ClientsRead,
    /// Suppliers can be read and changed.
    Suppliers,
    /// Software licences can be read and changed.
    Licenses,
    /// Notes can be added to tickets and read.
    Notes,
    /// Ticket categories can be read.
    TicketCategories,
    /// Contracts and their services can be read and adjusted.
    Contracts,
}
