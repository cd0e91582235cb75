//! Connecting a PSA, and what became of it.

use crate::{
    ConnectionsState,
    answers::{ConnectionAnswer, IntegrationsAnswer},
    bodies::{ConnectBody, CredentialsBody, IdempotencyKey},
    refusal::{NotConnectedProblem, Refusal},
    to_the_end::to_the_end,
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use psa_bridge_core::{ids::ConnectionId, usecases::connections::Connect};
use psa_bridge_http::{
    Json, List, PartnerManager, PartnerReader, Path, ProblemDetails, ReadProblems, RequestLanguage,
    WriteProblems,
};

/// List the PSAs on offer.
///
/// Each with the form for its credentials, the guide to preparing it, and what it can do.
#[utoipa::path(
    get,
    path = "/v1/integrations",
    operation_id = "listIntegrations",
    tag = "connections",
    security(("bearer" = ["psa:read"])),
    responses(
        (status = 200, description = "All PSAs on offer.", body = IntegrationsAnswer),
        ReadProblems,
    )
)]
pub(crate) async fn list_integrations(
    _: PartnerReader,
    State(state): State<ConnectionsState>,
) -> Json<IntegrationsAnswer> {
    Json(IntegrationsAnswer { items: state.integrations() })
}

/// List the partner's connections.
///
/// All that are not revoked, oldest first, in one page.
#[utoipa::path(
    get,
    path = "/v1/connections",
    operation_id = "listConnections",
    tag = "connections",
    security(("bearer" = ["psa:read"])),
    responses(
        (status = 200, description = "All connections that are not revoked.", body = List<ConnectionAnswer>),
        ReadProblems,
    )
)]
pub(crate) async fn list_connections(
    caller: PartnerReader,
    State(state): State<ConnectionsState>,
) -> Result<Json<List<ConnectionAnswer>>, Refusal> {
    let views = state.list(&caller.partner).await?;
    Ok(Json(List { items: views.into_iter().map(ConnectionAnswer::from).collect(), next: None }))
}

/// Connect a PSA.
///
/// The credentials are checked against the PSA first. Unless every line of the check passes, nothing is stored and the
/// whole check is in the answer. `Location` is the new connection's address.
#[utoipa::path(
    post,
    path = "/v1/connections",
    operation_id = "connect",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(IdempotencyKey),
    request_body = ConnectBody,
    responses(
        WriteProblems,
        (status = 201, description = "Connected.", body = ConnectionAnswer,
            headers(("Location" = String, description = "The connection's address."))),
        (status = 409, description = "`already_connected`: there is a connection to this PSA. Or `request_in_flight`.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`not_connected`: the check did not pass; `report` holds every line of it. \
            `invalid_credentials_form`: credentials are missing or malformed. Or `invalid_field`, \
            `idempotency_key_reused`.",
            body = NotConnectedProblem, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or `psa_protocol`: the PSA gave no usable answer.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn connect(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    RequestLanguage(reads): RequestLanguage,
    Json(body): Json<ConnectBody>,
) -> Result<impl IntoResponse, Refusal> {
    let language = body.language.or(reads).unwrap_or_default();
    let wish = Connect { psa: body.psa, credentials: body.credentials, language };
    let view = to_the_end(async move {
        let connection = state.connect(&caller.partner, wish, &caller.actor).await?;
        state.view(connection).await
    })
    .await?;
    let location = format!("/v1/connections/{}", view.connection.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(ConnectionAnswer::from(view))))
}

/// Read a connection.
///
/// With its permission report, its health and its counters. A revoked connection can still be read.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}",
    operation_id = "getConnection",
    tag = "connections",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection's id.")),
    responses(
        (status = 200, description = "The connection.", body = ConnectionAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn get_connection(
    caller: PartnerReader,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<ConnectionAnswer>, Refusal> {
    Ok(Json(state.get(&caller.partner, &id).await?.into()))
}

/// Replace a connection's credentials.
///
/// They must lead to the same tenant of the PSA and pass the check. The old ones are deleted, a suspension ends, and
/// what was held goes on. A test ticket that was made with the old ones no longer counts.
#[utoipa::path(
    put,
    path = "/v1/connections/{id}/credentials",
    operation_id = "replaceCredentials",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    request_body = CredentialsBody,
    responses(
        WriteProblems,
        (status = 200, description = "Replaced.", body = ConnectionAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`different_tenant`, `connection_revoked`, `credentials_changed`, \
            `request_in_flight`.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`not_connected`: the check did not pass; `report` holds every line of it. \
            `invalid_credentials_form`: credentials are missing or malformed. Or `invalid_field`, \
            `idempotency_key_reused`.",
            body = NotConnectedProblem, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or `psa_protocol`: the PSA gave no usable answer.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn replace_credentials(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
    Json(body): Json<CredentialsBody>,
) -> Result<Json<ConnectionAnswer>, Refusal> {
    let view = to_the_end(async move {
        let replaced =
            state.replace_credentials(&caller.partner, &id, &body.credentials, &caller.actor).await?;
        state.view(replaced).await
    })
    .await?;
    Ok(Json(view.into()))
}

/// Check a connection.
///
/// Asks the PSA every question of the set-up guide; `check` in the answer has a line for each. A check that passes ends
/// a suspension.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/check",
    operation_id = "checkConnection",
    tag = "connections",
    security(("bearer" = ["psa:manage"])),
    params(("id" = String, Path, description = "The connection's id."), IdempotencyKey),
    responses(
        WriteProblems,
        (status = 200, description = "Checked; read `check` for what came of it.", body = ConnectionAnswer),
        (status = 404, description = "The partner has no such connection.",
            body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable`: the PSA gave no answer in time.",
            body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn check_connection(
    caller: PartnerManager,
    State(state): State<ConnectionsState>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<ConnectionAnswer>, Refusal> {
    let view = to_the_end(async move {
        let checked = state.check(&caller.partner, &id, &caller.actor).await?;
        state.view(checked).await
    })
    .await?;
    Ok(Json(view.into()))
}
