//! The connections function: connect a PSA, choose the tickets, test, confirm, pause, revoke.
//!
//! The partner comes from the token alone, so whatever belongs to somebody else is answered like what does not exist.

mod actions;
mod answers;
mod backfill;
mod bodies;
mod connections;
mod refusal;
mod settings;
mod to_the_end;

pub use answers::{ConnectionAnswer, IntegrationsAnswer, SettingsAnswer, TestTicketAnswer, TestTicketProof};
pub use bodies::{ConnectBody, CredentialsBody, SettingsBody, TestTicketBody};
pub use psa_bridge_core::usecases::connections::Connections as ConnectionsState;
pub use refusal::NotConnectedProblem;

use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this function.
pub fn router(state: ConnectionsState) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(connections::list_integrations))
        .routes(routes!(connections::list_connections, connections::connect))
        .routes(routes!(connections::get_connection, actions::revoke_connection))
        .routes(routes!(connections::replace_credentials))
        .routes(routes!(connections::check_connection))
        .routes(routes!(actions::send_test_ticket))
        .routes(routes!(actions::confirm_connection))
        .routes(routes!(actions::pause_connection))
        .routes(routes!(actions::resume_connection))
        .routes(routes!(backfill::get_backfill, backfill::ask_backfill))
        .routes(routes!(settings::get_ticket_form))
        .routes(routes!(settings::get_settings, settings::put_settings, settings::reset_settings))
        .with_state(state)
}
