//! The PSA's clients and their licences, read live.

use crate::{Mappings, problems::problem};
use axum::extract::State;
use psa_bridge_core::ids::ConnectionId;
use psa_bridge_http::{
    Json, List, Paging, PagingParams, PartnerManager, PartnerReader, Path, Problem, ProblemDetails, Query,
    ReadProblems, WriteProblems,
};
use psa_connector::{Client, ClientId, License, LicenseDraft};
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
/// Licences, or the services of the client's recurring-service contracts: what can take a seat count. Read from the PSA at
/// this moment.
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

/// A licence to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Backup seats", "product": "m365-backup" }))]
pub(crate) struct NewLicense {
    /// Its name in the PSA. A client has one of a name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The product as the vendor's events name it, written onto the licence where the PSA has a field for it.
    product: String,
    /// The seats that it begins with. The count that the vendor told is written later, as the settings say.
    #[serde(default)]
    #[schema(minimum = 0, default = 0)]
    count: i64,
}

/// Make a licence.
///
/// For a mapping of a client that has none yet. Where the client has an active licence of that name, nothing is made and
/// that one is answered. Contracts are made by people, so for Autotask this is refused.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/clients/{client}/licenses",
    operation_id = "createLicense",
    tag = "mappings",
    security(("bearer" = ["psa:manage"])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("client" = String, Path, description = "The PSA's id of the client."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    request_body = NewLicense,
    responses(
        (status = 200, description = "The licence.", body = License),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 502, description = "`psa_unavailable` or another failure of the PSA. After `psa_outcome_unknown` wait three minutes and send it again.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn create_license(
    caller: PartnerManager,
    State(mappings): State<Mappings>,
    Path((connection, client)): Path<(ConnectionId, ClientId)>,
    Json(body): Json<NewLicense>,
) -> Result<Json<License>, Problem> {
    let draft = LicenseDraft { name: body.name, product: body.product, count: body.count };
    let made = mappings.create_license(&caller.partner, &connection, &client, &draft, &caller.actor).await;
    made.map(Json).map_err(problem)
}
