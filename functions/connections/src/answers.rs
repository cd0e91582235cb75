//! What callers get.

use jiff::Timestamp;
use psa_bridge_core::{
    catalogue::Language,
    connection::{CheckResult, Connection, Paused, Settings},
    ids::{ConnectionId, OperationId},
    ports::Counters,
    seats::{SeatMode, SeatSettings},
    usecases::connections::{Badge, ConnectionView, Health, Hold, SetupStep},
};
use psa_connector::{FieldProblem, FieldValues, Integration, PsaKind, TenantIdentity, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The PSAs on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntegrationsAnswer {
    /// Each with its credential form, its guide and what it can do.
    pub items: Vec<Integration>,
}

/// A connection. Never holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionAnswer {
    /// Its id.
    #[schema(value_type = String, example = "con_mfrggzdfmztwq2lknnwg23tp")]
    pub id: ConnectionId,
    /// Which PSA.
    pub psa: PsaKind,
    /// Which tenant of it.
    pub tenant: TenantIdentity,
    /// Its state in a word.
    pub badge: Badge,
    /// What is left to do, in order.
    pub left_to_set_up: Vec<SetupStep>,
    /// What keeps its deliveries from being worked.
    pub hold: Option<Hold>,
    /// The language of its tickets and mails.
    pub language: Language,
    /// Who is written to when it stops working.
    pub emergency_contact: Option<String>,
    /// The partner's choices; null until saved, and after a reset.
    pub settings: Option<Settings>,
    /// The latest full check: a line a permission.
    pub check: Option<CheckResult>,
    /// The latest test ticket that was made and found.
    pub test_ticket: Option<TestTicketProof>,
    /// How its calls fare.
    pub health: Health,
    /// How many deliveries stand where.
    pub counters: Counters,
    /// When it was connected.
    pub created_at: Timestamp,
    /// When its set-up was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// Who paused it, and when.
    pub paused: Option<Paused>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A test ticket that was made and found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestTicketProof {
    /// When.
    pub at: Timestamp,
    /// The PSA's id of it.
    #[schema(value_type = String)]
    pub ticket: TicketId,
    /// Whether credentials and settings are still the same, so that it counts.
    pub counts: bool,
}

impl From<ConnectionView> for ConnectionAnswer {
    fn from(view: ConnectionView) -> Self {
        let test_ticket = test_ticket(&view.connection);
        let connection = view.connection;
        Self {
            id: connection.id,
            psa: connection.psa,
            tenant: connection.tenant,
            badge: view.badge,
            left_to_set_up: view.left,
            hold: view.hold,
            language: connection.language,
            emergency_contact: connection.emergency_contact,
            settings: connection.settings,
            check: connection.check,
            test_ticket,
            health: view.health,
            counters: view.counters,
            created_at: connection.created_at,
            confirmed_at: connection.confirmed_at,
            paused: connection.paused,
            revoked_at: connection.revoked_at,
        }
    }
}

fn test_ticket(connection: &Connection) -> Option<TestTicketProof> {
    let proof = connection.proof.as_ref()?;
    Some(TestTicketProof { at: proof.at, ticket: proof.ticket.clone(), counts: connection.is_proven() })
}

/// The partner's choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingsAnswer {
    /// Whether choices for tickets are saved. Without them the connection cannot work.
    pub saved: bool,
    /// Fields of a new ticket by their id in the ticket form.
    #[schema(value_type = Object, example = json!({ "tickettype_id": 1, "sla_id": 2, "priority_id": 3 }))]
    pub ticket: FieldValues,
    /// Fields of a note.
    #[schema(value_type = Object)]
    pub note: FieldValues,
    /// Fields of a ticket that is resolved.
    #[schema(value_type = Object)]
    pub resolve: FieldValues,
    /// Fields of a ticket that is opened again.
    #[schema(value_type = Object)]
    pub reopen: FieldValues,
    /// Values that the tenant no longer takes, as the daily check found them. Saving the settings clears them.
    pub unfit: Vec<FieldProblem>,
    /// Whether the seat count is written to the PSA.
    pub sync_seats: bool,
    /// When and how; null where it was not said, so that the defaults hold.
    pub seats: Option<SeatSettings>,
    /// The language of tickets and mails.
    pub language: Language,
    /// Who is written to when the connection stops working.
    pub emergency_contact: Option<String>,
}

impl From<Connection> for SettingsAnswer {
    fn from(connection: Connection) -> Self {
        let saved = connection.settings.is_some();
        let settings = connection.settings.unwrap_or_default();
        Self {
            saved,
            sync_seats: settings.seats().mode != SeatMode::Off,
            seats: settings.seats,
            ticket: settings.ticket,
            note: settings.note,
            resolve: settings.resolve,
            reopen: settings.reopen,
            unfit: connection.unfit_settings,
            language: connection.language,
            emergency_contact: connection.emergency_contact,
        }
    }
}

/// A test ticket that is being made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestTicketAnswer {
    /// Its steps and result are at `/v1/operations/{operation}`.
    #[schema(value_type = String, example = "op_mfrggzdfmztwq2lknnwg23tp")]
    pub operation: OperationId,
}
