//! The PSA's clients and their licences, read live.

use crate::{Mappings, problems::problem};
use axum::extract::State;
use psa_bridge_core::ids::ConnectionId;
use psa_bridge_http::{
    Json, List, Paging, PagingParams, PartnerReader, Path, Problem, ProblemDetails, Query, ReadProblems,
};
use psa_connector::{Client, ClientId, License};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which clients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClientFilter {
    /// Part of the name; all active clients, where left out.
    #[serde(default)]
    #[param(required = false, max_length = 200)]
    search: String,
}

/// Search clients.
///
/// Active clients of the PSA, read at this moment, in order of name. The PSA decides how many a page has.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/clients",
    operation_id = "searchClients",
    tag = "mappings",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection."), ClientFilter, PagingParams),
    responses(
        (status = 200, description = "A page of clients.", body = List<Client>),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`connection_revoked`, or `connection_suspended` over its credentials.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`psa_…`: the PSA refuses; the detail says what to do.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or another failure of the PSA.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn search_clients(
    caller: PartnerReader,
    State(mappings): State<Mappings>,
    Path(connection): Path<ConnectionId>,
    Query(filter): Query<ClientFilter>,
    paging: Paging,
) -> Result<Json<List<Client>>, Problem> {
    if filter.search.chars().count() > 200 {
        return Err(Problem::invalid_parameter(
            "search",
            "The search text must have at most 200 characters.",
        ));
    }
    let page = mappings
        .search_clients(&caller.partner, &connection, &filter.search, paging.after.as_deref())
        .await
        .map_err(problem)?;
    Ok(Json(paging.list(page)))
}

/// A client's licences.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Licenses {
    /// All of them.
    items: Vec<License>,
}

/// List a client's licences.
///
/// Read from the PSA at this moment; empty for a PSA without licences.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/clients/{client}/licenses",
    operation_id = "listLicenses",
    tag = "mappings",
    security(("bearer" = ["psa:read"])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("client" = String, Path, description = "The PSA's id of the client."),
    ),
    responses(
        (status = 200, description = "All licences of the client.", body = Licenses),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`connection_revoked`, or `connection_suspended` over its credentials.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`psa_…`: the PSA refuses; the detail says what to do.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or another failure of the PSA.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn list_licenses(
    caller: PartnerReader,
    State(mappings): State<Mappings>,
    Path((connection, client)): Path<(ConnectionId, ClientId)>,
) -> Result<Json<Licenses>, Problem> {
    let items = mappings.licenses(&caller.partner, &connection, &client).await.map_err(problem)?;
    Ok(Json(Licenses { items }))
}
