//! What stands between the world and every handler that is not public: who is calling, idempotency keys, and the key
//! that cursors are sealed with.

use crate::{Authenticator, CursorKey, Problem, idempotency};
use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use psa_bridge_core::ports::IdempotencyStore;
use psa_connector::Clock;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// What protecting a router needs.
#[derive(Clone)]
pub struct Protection {
    /// Tells who is calling.
    pub authenticator: Arc<dyn Authenticator>,
    /// Keeps the answers of writes.
    pub idempotency: Arc<dyn IdempotencyStore>,
    /// Seals cursors.
    pub cursors: CursorKey,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Puts authentication and idempotency keys around every route that the router has so far.
pub fn protect(router: OpenApiRouter, protection: &Protection) -> OpenApiRouter {
    router
        .route_layer(from_fn_with_state(protection.clone(), idempotency::remember))
        .route_layer(from_fn_with_state(protection.clone(), identify))
}

async fn identify(State(protection): State<Protection>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match protection.authenticator.authenticate(&parts).await {
        Ok(claims) => {
            tracing::Span::current().record("subject", claims.subject());
            if let Some(partner) = claims.partner() {
                tracing::Span::current().record("partner", partner.as_str());
            }
            parts.extensions.insert(claims);
            parts.extensions.insert(protection.cursors);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => refused(problem),
    }
}

fn refused(problem: Problem) -> Response {
    tracing::info!(code = %problem, why = problem.details().detail.as_deref(), "Caller refused");
    problem.into_response()
}
