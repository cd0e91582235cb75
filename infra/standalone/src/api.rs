//! The API of all functions in one router, its document, and what is public.

use crate::health::Health;
use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::get};
use psa_bridge_activity::Activity;
use psa_bridge_connections::ConnectionsState;
use psa_bridge_core::usecases::accept::Ingest;
use psa_bridge_http::{Problem, Protection, describe_common, finish, protect};
use psa_bridge_mappings::Mappings;
use psa_bridge_seats::Seats;
use std::sync::Arc;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, ServerBuilder};
use utoipa_axum::router::OpenApiRouter;

/// The JSON Schema of an event, published beside the API document.
pub const EVENT_SCHEMA: &str = include_str!("../../../docs/event.schema.json");

/// What the API is made of.
pub struct Parts {
    /// Who may call.
    pub protection: Protection,
    /// Connect, set up, test, revoke.
    pub connections: ConnectionsState,
    /// Clients, organisations, mappings.
    pub mappings: Mappings,
    /// Seat counts.
    pub seats: Seats,
    /// What became of events.
    pub activity: Activity,
    /// Events in.
    pub ingest: Ingest,
    /// How others reach it.
    pub public_url: String,
    /// Whether it can keep what it is sent.
    pub health: Arc<Health>,
}

/// The API, its document and what is public.
pub fn router(parts: &Parts) -> Router {
    let (functions, document) = protect(functions(parts), &parts.protection).split_for_parts();
    let document = Arc::new(describe(document, &parts.public_url));
    let public = Router::new()
        .route("/openapi.json", get(openapi))
        .route("/event.schema.json", get(event_schema))
        .with_state(document)
        .route("/healthz", get(healthz).with_state(Arc::clone(&parts.health)));
    finish(functions.merge(public))
}

fn functions(parts: &Parts) -> OpenApiRouter {
    OpenApiRouter::new()
        .merge(psa_bridge_connections::router(parts.connections.clone()))
        .merge(psa_bridge_mappings::router(parts.mappings.clone()))
        .merge(psa_bridge_seats::router(parts.seats.clone()))
        .merge(psa_bridge_activity::router(parts.activity.clone()))
        .merge(psa_bridge_ingest::router(parts.ingest.clone()))
}

/// Adds to the document what no single function knows.
fn describe(mut document: OpenApi, public_url: &str) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("PSA Bridge")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Turns what backup and security pipelines report into tickets in each partner's PSA: on the right client, \
             with the right fields, once, and never lost. Errors are RFC 9457 problems with a stable `code`. Lists page \
             by cursor. Writes take an `Idempotency-Key`.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url(public_url).build()]);
    describe_common(&mut document);
    document
}

/// Health: 200 where events can be kept, 503 where they cannot.
async fn healthz(State(health): State<Arc<Health>>) -> Result<Json<serde_json::Value>, Problem> {
    health.check().await?;
    Ok(Json(serde_json::json!({ "status": "ok" })))
}

async fn openapi(State(document): State<Arc<OpenApi>>) -> Json<OpenApi> {
    Json(OpenApi::clone(&document))
}

async fn event_schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], EVENT_SCHEMA)
}

#[cfg(test)]
mod tests;
