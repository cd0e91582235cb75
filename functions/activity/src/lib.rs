//! The activity function: what became of events, what people changed, what is under way, and the operator's view.

mod audit;
mod delivery_view;
mod event_view;
mod events;
mod operations;
mod operator;
mod rejected;
mod retry;
mod ticket_links;
mod tickets;
mod turns;
mod words;

use psa_bridge_core::ports::{Bell, ConnectorFactory, Store};
use psa_connector::Clock;
use std::{fmt, sync::Arc};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the activity function needs.
#[derive(Clone)]
pub struct Activity {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Tell where a person sees a ticket, and read it when asked to.
    pub connectors: Arc<dyn ConnectorFactory>,
    /// Rung for connections that have work after a retry.
    pub bell: Arc<dyn Bell>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activity").finish_non_exhaustive()
    }
}

/// The routes of this function.
pub fn router(activity: Activity) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(events::list_events))
        .routes(routes!(events::get_event))
        .routes(routes!(tickets::read_event_tickets))
        .routes(routes!(retry::retry_event))
        .routes(routes!(retry::retry_events))
        .routes(routes!(audit::list_audit))
        .routes(routes!(audit::list_operator_audit))
        .routes(routes!(operations::get_operation))
        .routes(routes!(operator::list_connections_of_all))
        .routes(routes!(rejected::list_rejected))
        .routes(routes!(rejected::replay_rejected))
        .routes(routes!(rejected::replay_all_rejected))
        .with_state(activity)
}
