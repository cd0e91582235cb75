//! Mappings, one and many, and suggestions for those that are missing.

use crate::{Mappings, problems::problem};
use axum::extract::State;
use http::StatusCode;
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId},
    mapping::MappingHealth,
    usecases::mappings::{MAX_BULK, MappingView, MappingWish, Suggestions},
};
use psa_bridge_http::{
    Json, List, Paging, PagingParams, PartnerManager, PartnerReader, Path, Problem, ProblemDetails, Query,
    ReadProblems, WriteProblems,
};
use psa_connector::{ClientId, LicenseId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which mappings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MappingFilter {
    /// Only those of this health.
    health: Option<MappingHealth>,
}

/// List mappings.
///
/// The mappings of a connection in order of organisation.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/mappings",
    operation_id = "listMappings",
    tag = "mappings",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection."), MappingFilter, PagingParams),
    responses(
        (status = 200, description = "A page of mappings.", body = List<MappingView>),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn list_mappings(
    caller: PartnerReader,
    State(mappings): State<Mappings>,
    Path(connection): Path<ConnectionId>,
    Query(filter): Query<MappingFilter>,
    paging: Paging,
) -> Result<Json<List<MappingView>>, Problem> {
    let page = mappings
        .list(&caller.partner, &connection, filter.health, paging.after.as_deref(), paging.limit)
        .await
        .map_err(problem)?;
    Ok(Json(paging.list(page)))
}

/// What a mapping is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "client": "24", "license": "7", "flow": true }))]
pub(crate) struct MappingBody {
    /// The PSA's id of an active client.
    #[schema(value_type = String)]
    client: ClientId,
    /// The PSA's id of one of the client's licences, which takes the seat count.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    license: Option<LicenseId>,
    /// Whether events become tickets.
    #[serde(default = "yes")]
    #[schema(default = true)]
    flow: bool,
}

/// One mapping of many.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "organization": "org-17", "client": "24" }))]
pub(crate) struct BulkItem {
    /// Which organisation.
    organization: OrganizationId,
    /// The PSA's id of an active client.
    #[schema(value_type = String)]
    client: ClientId,
    /// The PSA's id of one of the client's licences, which takes the seat count.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    license: Option<LicenseId>,
    /// Whether events become tickets.
    #[serde(default = "yes")]
    #[schema(default = true)]
    flow: bool,
}

fn yes() -> bool {
    true
}

/// Many mappings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkBody {
    /// Up to 500, each organisation once. Mappings that are not named stay as they are.
    #[schema(min_items = 1, max_items = 500)]
    mappings: Vec<BulkItem>,
}

/// What became of each mapping.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkAnswer {
    /// In the order of the request.
    results: Vec<BulkResult>,
}

/// What became of one mapping of many.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkResult {
    /// Which organisation.
    organization: OrganizationId,
    /// Whether it was saved.
    saved: bool,
    /// The mapping, where it was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    mapping: Option<MappingView>,
    /// Why not, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemDetails>,
}

/// Map many organisations.
///
/// Each item is taken or refused by itself. Trouble with the PSA refuses the whole request, before anything is changed.
/// Events of the last 48 hours become tickets at once.
#[utoipa::path(
    put,
    path = "/v1/connections/{id}/mappings",
    operation_id = "putMappings",
    tag = "mappings",
    security(("bearer" = ["psa:manage"])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    request_body = BulkBody,
    responses(
        (status = 200, description = "What became of each.", body = BulkAnswer),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or another failure of the PSA.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn put_mappings(
    caller: PartnerManager,
    State(mappings): State<Mappings>,
    Path(connection): Path<ConnectionId>,
    Json(body): Json<BulkBody>,
) -> Result<Json<BulkAnswer>, Problem> {
    if !(1..=MAX_BULK).contains(&body.mappings.len()) {
        return Err(Problem::invalid_field("mappings", format!("Send 1 to {MAX_BULK} mappings at a time.")));
    }
    let wishes = body
        .mappings
        .into_iter()
        .map(|item| MappingWish {
            organization: item.organization,
            client: item.client,
            license: item.license,
            flow: item.flow,
        })
        .collect();
    let outcomes =
        mappings.put_all(&caller.partner, &connection, wishes, &caller.actor).await.map_err(problem)?;
    let results = outcomes
        .into_iter()
        .map(|outcome| {
            let (mapping, problem) = match outcome.result {
                Ok(mapping) => (Some(mapping), None),
                Err(error) => (None, Some(problem(error).into_details())),
            };
            BulkResult { organization: outcome.organization, saved: mapping.is_some(), mapping, problem }
        })
        .collect();
    Ok(Json(BulkAnswer { results }))
}

/// How to read a mapping.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadMapping {
    /// Whether the PSA is asked first what became of the client.
    #[serde(default)]
    #[param(required = false)]
    refresh: bool,
}

/// Read a mapping.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/mappings/{organization}",
    operation_id = "getMapping",
    tag = "mappings",
    security(("bearer" = ["psa:read"])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("organization" = String, Path, description = "The organisation."),
        ReadMapping,
    ),
    responses(
        (status = 200, description = "The mapping.", body = MappingView),
        (status = 404, description = "`not_found`: no such connection, organisation or mapping of this partner.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "With `refresh`: `connection_revoked`, or `connection_suspended` over its credentials.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "With `refresh`: `psa_…`: the PSA refuses.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "With `refresh`: `psa_unavailable` or another failure of the PSA.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn get_mapping(
    caller: PartnerReader,
    State(mappings): State<Mappings>,
    Path((connection, organization)): Path<(ConnectionId, OrganizationId)>,
    Query(read): Query<ReadMapping>,
) -> Result<Json<MappingView>, Problem> {
    let mapping = if read.refresh {
        mappings.refresh(&caller.partner, &connection, &organization).await
    } else {
        mappings.get(&caller.partner, &connection, &organization).await
    };
    mapping.map(Json).map_err(problem)
}

/// Map an organisation.
///
/// Makes a mapping or changes it. Client and licence are looked up in the PSA first. Events of the last 48 hours become
/// tickets at once; switching the flow on again does not bring those that came while it was off.
#[utoipa::path(
    put,
    path = "/v1/connections/{id}/mappings/{organization}",
    operation_id = "putMapping",
    tag = "mappings",
    security(("bearer" = ["psa:manage"])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("organization" = String, Path, description = "The organisation."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    request_body = MappingBody,
    responses(
        (status = 200, description = "The mapping as it is now.", body = MappingView),
        (status = 404, description = "`not_found`: no such connection or organisation of this partner.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or another failure of the PSA.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn put_mapping(
    caller: PartnerManager,
    State(mappings): State<Mappings>,
    Path((connection, organization)): Path<(ConnectionId, OrganizationId)>,
    Json(body): Json<MappingBody>,
) -> Result<Json<MappingView>, Problem> {
    let wish = MappingWish { organization, client: body.client, license: body.license, flow: body.flow };
    mappings.put(&caller.partner, &connection, wish, &caller.actor).await.map(Json).map_err(problem)
}

/// Remove a mapping.
///
/// No ticket is made for the organisation from then on, not even for events that wait.
#[utoipa::path(
    delete,
    path = "/v1/connections/{id}/mappings/{organization}",
    operation_id = "deleteMapping",
    tag = "mappings",
    security(("bearer" = ["psa:manage"])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("organization" = String, Path, description = "The organisation."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "`not_found`: no such connection or mapping of this partner.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn delete_mapping(
    caller: PartnerManager,
    State(mappings): State<Mappings>,
    Path((connection, organization)): Path<(ConnectionId, OrganizationId)>,
) -> Result<StatusCode, Problem> {
    mappings.delete(&caller.partner, &connection, &organization, &caller.actor).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Suggest mappings.
///
/// Compares organisations that are not mapped with the PSA's active clients by name. Nothing is mapped by it.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/mappings/suggest",
    operation_id = "suggestMappings",
    tag = "mappings",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection.")),
    responses(
        (status = 200, description = "What may be mapped onto what, the surest first.", body = Suggestions),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`connection_revoked`, or `connection_suspended` over its credentials.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`psa_…`: the PSA refuses; the detail says what to do.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or another failure of the PSA.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn suggest_mappings(
    caller: PartnerReader,
    State(mappings): State<Mappings>,
    Path(connection): Path<ConnectionId>,
) -> Result<Json<Suggestions>, Problem> {
    mappings.suggest(&caller.partner, &connection).await.map(Json).map_err(problem)
}
