//! What takes longer than an HTTP answer may: recorded, worked by the connection's worker, and read by its id.

use crate::{
    connection::Settings,
    ids::{ConnectionId, OperationId, PartnerId},
};
use jiff::Timestamp;
use psa_connector::{ClientId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A test ticket: made, found again, with each step told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// Who asked.
    pub partner: PartnerId,
    /// For which connection.
    pub connection: ConnectionId,
    /// The client that gets the test ticket.
    pub client: ClientId,
    /// The credentials of then; an operation does not outlive them.
    pub generation: u32,
    /// The settings that are tested.
    pub settings: Option<Settings>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: OperationState,
    /// Not to be worked before.
    pub due_at: Timestamp,
    /// What was done so far.
    pub steps: Vec<OperationStep>,
    /// Counts changes.
    pub version: u64,
}

/// Where an operation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OperationState {
    /// To be worked.
    Waiting,
    /// The ticket was requested then; its outcome is to be looked up, if nobody wrote it down.
    Creating {
        /// Just before the request left.
        started_at: Timestamp,
    },
    /// The ticket was made, and is to be found by its reference, as after a lost reply.
    Finding {
        /// Just before the request left.
        started_at: Timestamp,
        /// The ticket.
        #[schema(value_type = String)]
        ticket: TicketId,
    },
    /// It was found. A note is to be added, unless it is there already.
    Noting {
        /// The ticket.
        #[schema(value_type = String)]
        ticket: TicketId,
    },
    /// It is to be closed, so that nobody has to.
    Closing {
        /// The ticket.
        #[schema(value_type = String)]
        ticket: TicketId,
    },
    /// The ticket was made and found. Whether a note and closing worked, the steps tell.
    Succeeded {
        /// The ticket.
        #[schema(value_type = String)]
        ticket: TicketId,
        /// Where a person sees it.
        ticket_url: String,
    },
    /// A step did not work; its line says why.
    Failed {
        /// A stable code.
        code: String,
        /// What to do.
        message: String,
    },
}

impl OperationState {
    /// Whether nothing more will happen.
    pub fn is_finished(&self) -> bool {
        matches!(self, Self::Succeeded { .. } | Self::Failed { .. })
    }
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperationStep {
    /// When.
    pub at: Timestamp,
    /// `create`, `settle`, `find`, `note` or `close`.
    pub step: String,
    /// Whether it worked.
    pub ok: bool,
    /// What came of it.
    pub detail: String,
}
