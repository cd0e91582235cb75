//! The API of all functions in one router, its document, and what is public.

use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::get};
use psa_bridge_activity::ActivityState;
use psa_bridge_connections::ConnectionsState;
use psa_bridge_core::{
    ports::{Bell, ConnectorFactory, RouteNudge, Store, Vault},
    usecases::accept::Ingest,
};
use psa_bridge_http::{Protection, describe_common, finish, protect};
use psa_bridge_mappings::MappingsState;
use psa_connector::{Clock, Random};
use std::sync::Arc;
use utoipa::openapi::{ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder};
use utoipa_axum::router::OpenApiRouter;

/// The JSON Schema of an event, published beside the API document.
pub const EVENT_SCHEMA: &str = include_str!("../../../docs/event.schema.json");

/// What the API is made of.
pub struct Parts {
    /// Who may call.
    pub protection: Protection,
    /// The table.
    pub store: Arc<dyn Store>,
    /// Secrets.
    pub vault: Arc<dyn Vault>,
    /// PSAs.
    pub connectors: Arc<dyn ConnectorFactory>,
    /// Workers.
    pub bell: Arc<dyn Bell>,
    /// Routing.
    pub nudge: Arc<dyn RouteNudge>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Events in.
    pub ingest: Ingest,
    /// How others reach it.
    pub public_url: String,
}
