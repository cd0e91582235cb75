//! Organisations: the partner's list of them, and the registry that the vendor's systems keep.

use crate::{Mappings, problems::problem};
use axum::extract::State;
use http::StatusCode;
use psa_bridge_core::{
    ids::{OrganizationId, PartnerId},
    organization::Organization,
    usecases::mappings::{ConnectionMapping, OrganizationView},
};
use psa_bridge_http::{
    Json, List, OrganizationWriter, Paging, PagingParams, PartnerReader, Path, Problem, ProblemDetails,
    ReadProblems, WriteProblems,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// List organisations.
///
/// All organisations in whose chain the partner is, each with how the partner mapped it.
#[utoipa::path(
    get,
    path = "/v1/organizations",
    operation_id = "listOrganizations",
    tag = "organizations",
    security(("bearer" = ["psa:read"])),
    params(PagingParams),
    responses(
        (status = 200, description = "A page of organisations.", body = List<OrganizationView>),
        ReadProblems,
    )
)]
pub(crate) async fn list_organizations(
    caller: PartnerReader,
    State(mappings): State<Mappings>,
    paging: Paging,
) -> Result<Json<List<OrganizationView>>, Problem> {
    let page = mappings
        .organizations(&caller.partner, paging.after.as_deref(), paging.limit)
        .await
        .map_err(problem)?;
    Ok(Json(paging.list(page)))
}

/// What the registry is to say of an organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Contoso GmbH", "chain": ["distributor-1", "msp-7"] }))]
pub(crate) struct OrganizationBody {
    /// What a person calls it.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// The partners that own it, top tier first, each once.
    #[schema(min_items = 1, max_items = 10)]
    chain: Vec<PartnerId>,
}

/// Register an organisation.
///
/// The registry is the authority on who owns an organisation. Changing the chain routes its events of the last 48 hours
/// again.
#[utoipa::path(
    put,
    path = "/v1/organizations/{id}",
    operation_id = "putOrganization",
    tag = "organizations",
    security(("bearer" = ["organizations:write"])),
    params(
        ("id" = String, Path, description = "The vendor's id of the organisation."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    request_body = OrganizationBody,
    responses(
        (status = 200, description = "It was changed.", body = Organization),
        (status = 201, description = "It was registered.", body = Organization),
        WriteProblems,
    )
)]
pub(crate) async fn put_organization(
    caller: OrganizationWriter,
    State(mappings): State<Mappings>,
    Path(id): Path<OrganizationId>,
    Json(body): Json<OrganizationBody>,
) -> Result<(StatusCode, Json<Organization>), Problem> {
    let (organization, is_new) =
        mappings.put_organization(id, body.name, body.chain, &caller.actor).await.map_err(problem)?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(organization)))
}

/// Remove an organisation.
///
/// Removes it from the registry, with every partner's mapping of it.
#[utoipa::path(
    delete,
    path = "/v1/organizations/{id}",
    operation_id = "deleteOrganization",
    tag = "organizations",
    security(("bearer" = ["organizations:write"])),
    params(
        ("id" = String, Path, description = "The vendor's id of the organisation."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "`not_found`: it is not registered.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn delete_organization(
    caller: OrganizationWriter,
    State(mappings): State<Mappings>,
    Path(id): Path<OrganizationId>,
) -> Result<StatusCode, Problem> {
    mappings.delete_organization(&id, &caller.actor).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The partner's connections, seen from an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionMappings {
    /// All connections that are not revoked, oldest first.
    items: Vec<ConnectionMapping>,
}

/// List an organisation's connections.
///
/// All connections of the partner, with how the organisation is mapped in each.
#[utoipa::path(
    get,
    path = "/v1/organizations/{id}/connections",
    operation_id = "listConnectionsOfOrganization",
    tag = "organizations",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The vendor's id of the organisation.")),
    responses(
        (status = 200, description = "The partner's connections.", body = ConnectionMappings),
        (status = 404, description = "`not_found`: the partner has no such organisation.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn list_connections_of_organization(
    caller: PartnerReader,
    State(mappings): State<Mappings>,
    Path(id): Path<OrganizationId>,
) -> Result<Json<ConnectionMappings>, Problem> {
    let items = mappings.connections_of(&caller.partner, &id).await.map_err(problem)?;
    Ok(Json(ConnectionMappings { items }))
}
