//! What this tenant's tickets take, and what the partner chose.

use crate::{
    ConnectionsState,
    answers::SettingsAnswer,
    bodies::{IdempotencyKey, SettingsBody},
    refusal::Refusal,
    to_the_end::to_the_end,
};
use axum::extract::State;
use psa_bridge_core::ids::ConnectionId;
use psa_bridge_http::{
    Json, PartnerManager, PartnerReader, Path, ProblemDetails, ReadProblems, WriteProblems,
};
use psa_connector::TicketForm;

/// Read the tenant's ticket form.
///
/// The fields that a ticket takes in this PSA: options, what depends on what, what is required, what is the default.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/ticket-form",
    operation_id = "getTicketForm",
    tag = "connections",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection's id.")),
    responses(
        ReadProblems,
        (status = 200, description = "The form, read from the PSA just now.", body = TicketForm),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`connection_revoked`, `credentials_missing`, `credentials_unreadable`.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`psa_invalid_credentials`, `psa_missing_permission` and the like: the PSA \
            refuses to answer.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or `psa_protocol`: the PSA gave no usable answer.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_ticket_form(
    caller: PartnerReader,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<TicketForm>, Refusal> {
    Ok(Json(state.ticket_form(&caller.partner, &id).await?))
}

/// Read a connection's settings.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/settings",
    operation_id = "getSettings",
    tag = "connections",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection's id.")),
    responses(
        (status = 200, description = "The settings.", body = SettingsAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn get_settings(
    caller: PartnerReader,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<SettingsAnswer>, Refusal> {
    Ok(Json(state.get(&caller.partner, &id).await?.connection.into()))
}

/// Save a connection's settings.
///
/// They are checked against the tenant's ticket form; whatever does not fit is named, all at once, and nothing is saved.
/// After a change the set-up needs a new test ticket before it can be confirmed.
#[utoipa::path(
    put,
    path = "/v1/connections/{id}/settings",
    operation_id = "putSettings",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    request_body = SettingsBody,
    responses(
        WriteProblems,
        (status = 200, description = "Saved.", body = SettingsAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_settings`: `errors` names every field that does not fit, e.g. \
            `ticket.priority_id`. Or `invalid_field`, `idempotency_key_reused`, or the PSA refuses to answer.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or `psa_protocol`: the PSA gave no usable answer.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_settings(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
    Json(body): Json<SettingsBody>,
) -> Result<Json<SettingsAnswer>, Refusal> {
    let saved =
        to_the_end(
            async move { state.save_settings(&caller.partner, &id, body.into(), &caller.actor).await },
        )
        .await?;
    Ok(Json(saved.into()))
}

/// Reset a connection's settings.
///
/// The choices for tickets and seats go. The connection, its contact and its language stay; deliveries wait until
/// settings are saved again.
#[utoipa::path(
    delete,
    path = "/v1/connections/{id}/settings",
    operation_id = "resetSettings",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    responses(
        (status = 200, description = "Reset; what stays.", body = SettingsAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn reset_settings(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<SettingsAnswer>, Refusal> {
    let reset =
        to_the_end(async move { state.reset_settings(&caller.partner, &id, &caller.actor).await }).await?;
    Ok(Json(reset.into()))
}
