//! What was changed in the PSA.

use crate::{Seats, problems::problem};
use axum::extract::State;
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId},
    ports::HistoryLine,
};
use psa_bridge_http::{
    Json, List, Paging, PagingParams, PartnerReader, Path, Problem, ProblemDetails, Query, ReadProblems,
};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryFilter {
    /// Only those of this organisation.
    #[param(value_type = Option<String>)]
    organization: Option<OrganizationId>,
}

/// List changes of seat counts.
///
/// Every change that the bridge made in the PSA, newest first: when, who wanted it, why, from, to, and from which day on.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/seats/history",
    operation_id = "listSeatHistory",
    tag = "seats",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection."), HistoryFilter, PagingParams),
    responses(
        (status = 200, description = "A page of changes.", body = List<HistoryLine>),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn list_seat_history(
    caller: PartnerReader,
    State(seats): State<Seats>,
    Path(connection): Path<ConnectionId>,
    Query(filter): Query<HistoryFilter>,
    paging: Paging,
) -> Result<Json<List<HistoryLine>>, Problem> {
    let (organization, after) = (filter.organization.as_ref(), paging.after.as_deref());
    let page = seats.history(&caller.partner, &connection, organization, after, paging.limit).await;
    Ok(Json(paging.list(page.map_err(problem)?)))
}
