//! A connection's backfill: events that came before the connection could take them.

use crate::{ConnectionsState, bodies::IdempotencyKey, refusal::Refusal, to_the_end::to_the_end};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use psa_bridge_core::{ids::ConnectionId, ports::BackfillProgress};
use psa_bridge_http::{
    Json, PartnerManager, PartnerReader, Path, ProblemDetails, ReadProblems, WriteProblems,
};

/// Read where the backfill stands.
///
/// Confirming, mapping and changes of an organisation's partners start it by themselves: events of the last 48 hours that
/// have no delivery get one. `remaining` counts those that are still to come, before the set-up is confirmed too.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/backfill",
    operation_id = "getBackfill",
    tag = "connections",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection's id.")),
    responses(
        (status = 200, description = "Where it stands, and what came of the latest.", body = BackfillProgress),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn get_backfill(
    caller: PartnerReader,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<BackfillProgress>, Refusal> {
    Ok(Json(state.backfill_progress(&caller.partner, &id).await?))
}

/// Ask for the backfill.
///
/// It starts by itself whenever it is needed; this is for who wants to be sure. Asking again while it goes on starts no
/// second one. `Location` is where it can be read how far it has come.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/backfill",
    operation_id = "askBackfill",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    responses(
        WriteProblems,
        (status = 202, description = "It is asked for, or goes on already.", body = BackfillProgress,
            headers(("Location" = String, description = "Where its progress is."))),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`not_confirmed`, `connection_revoked`, `request_in_flight`.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ask_backfill(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<impl IntoResponse, Refusal> {
    let location = format!("/v1/connections/{id}/backfill");
    let asked =
        to_the_end(async move { state.ask_backfill(&caller.partner, &id, &caller.actor).await }).await?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(asked)))
}
