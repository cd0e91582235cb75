//! A connection's life: test ticket, confirm, pause, resume, revoke.

use crate::{
    ConnectionsState,
    answers::{ConnectionAnswer, TestTicketAnswer},
    bodies::{IdempotencyKey, TestTicketBody},
    refusal::Refusal,
    to_the_end::to_the_end,
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use psa_bridge_core::ids::ConnectionId;
use psa_bridge_http::{Json, PartnerManager, Path, ProblemDetails, WriteProblems};

/// Send a test ticket.
///
/// It is made by the worker on the same way as all tickets, and then found again by its reference. `Location` is the
/// address of its steps and result. Asking again while one for the same client is being made gets that one.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/test-ticket",
    operation_id = "sendTestTicket",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    request_body = TestTicketBody,
    responses(
        WriteProblems,
        (status = 202, description = "It is being made.", body = TestTicketAnswer,
            headers(("Location" = String, description = "Where its steps and result are."))),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`settings_missing`, `connection_revoked`, `request_in_flight`.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`client_not_found` or `client_inactive`. Or `invalid_field`, \
            `idempotency_key_reused`, or the PSA refuses to answer.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or `psa_protocol`: the PSA gave no usable answer.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn send_test_ticket(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
    Json(body): Json<TestTicketBody>,
) -> Result<impl IntoResponse, Refusal> {
    let operation = to_the_end(async move {
        state.request_test_ticket(&caller.partner, &id, &body.client, &caller.actor).await
    })
    .await?
    .id;
    let location = format!("/v1/operations/{operation}");
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(TestTicketAnswer { operation })))
}

/// Confirm the set-up.
///
/// From then on events become tickets, and so do those of the last 48 hours. Refused while something is left to do:
/// settings, an emergency contact, a test ticket that was found.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/confirm",
    operation_id = "confirmConnection",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    responses(
        WriteProblems,
        (status = 200, description = "Confirmed.", body = ConnectionAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`setup_incomplete`: `errors` names what is left, in order. Or \
            `connection_revoked`, `request_in_flight`.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn confirm_connection(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<ConnectionAnswer>, Refusal> {
    let view = to_the_end(async move {
        let confirmed = state.confirm(&caller.partner, &id, &caller.actor).await?;
        state.view(confirmed).await
    })
    .await?;
    Ok(Json(view.into()))
}

/// Pause a connection.
///
/// Events still reach it and are held until it is resumed.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/pause",
    operation_id = "pauseConnection",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    responses(
        WriteProblems,
        (status = 200, description = "Paused.", body = ConnectionAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`not_confirmed`, `connection_revoked`, `request_in_flight`.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn pause_connection(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<ConnectionAnswer>, Refusal> {
    let view = to_the_end(async move {
        let paused = state.pause(&caller.partner, &id, &caller.actor).await?;
        state.view(paused).await
    })
    .await?;
    Ok(Json(view.into()))
}

/// Resume a connection.
///
/// What was held is worked, in order.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/resume",
    operation_id = "resumeConnection",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    responses(
        WriteProblems,
        (status = 200, description = "Resumed.", body = ConnectionAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`not_confirmed`, `connection_revoked`, `request_in_flight`.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn resume_connection(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<ConnectionAnswer>, Refusal> {
    let view = to_the_end(async move {
        let resumed = state.resume(&caller.partner, &id, &caller.actor).await?;
        state.view(resumed).await
    })
    .await?;
    Ok(Json(view.into()))
}

/// Revoke a connection.
///
/// Final. Once answered, no call to the PSA begins with its credentials, and they are deleted. What waits ends as
/// `connection_revoked`. Revoking again is answered the same.
#[utoipa::path(
    delete,
    path = "/v1/connections/{id}",
    operation_id = "revokeConnection",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    responses(
        WriteProblems,
        (status = 204, description = "Revoked."),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke_connection(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<StatusCode, Refusal> {
    to_the_end(async move { state.revoke(&caller.partner, &id, &caller.actor).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
