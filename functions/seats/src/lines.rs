//! Both counts beside each other.

use crate::{Seats, problems::problem};
use axum::extract::State;
use psa_bridge_core::{ids::ConnectionId, usecases::seats::SeatView};
use psa_bridge_http::{
    Json, List, Paging, PagingParams, PartnerReader, Path, Problem, ProblemDetails, Query, ReadProblems,
};
use serde::Deserialize;
use utoipa::IntoParams;

/// How to read counts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadSeats {
    /// Whether the PSA is asked first what it shows now. Nothing is changed by it.
    #[serde(default)]
    #[param(required = false)]
    refresh: bool,
}

/// List seat counts.
///
/// What the vendor told beside what the PSA shows, the difference, and what waits for a person, in order of organisation
/// and product. Without `refresh`, the PSA's counts are those of the last comparison. With it, ask for small pages: what
/// could not be read in time is shown as it was seen last.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}/seats",
    operation_id = "listSeats",
    tag = "seats",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The connection."), ReadSeats, PagingParams),
    responses(
        (status = 200, description = "A page of counts.", body = List<SeatView>),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "With `refresh`: `connection_revoked`, or `connection_suspended` over its credentials.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn list_seats(
    caller: PartnerReader,
    State(seats): State<Seats>,
    Path(connection): Path<ConnectionId>,
    Query(read): Query<ReadSeats>,
    paging: Paging,
) -> Result<Json<List<SeatView>>, Problem> {
    let after = paging.after.as_deref();
    let page = if read.refresh {
        seats.list_fresh(&caller.partner, &connection, after, paging.limit).await
    } else {
        seats.list(&caller.partner, &connection, after, paging.limit).await
    };
    Ok(Json(paging.list(page.map_err(problem)?)))
}
