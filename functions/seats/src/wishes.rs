//! What a person wants of seat counts: written now, confirmed, taken back.

use crate::{Seats, problems::problem};
use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header};
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId},
    ports::SeatWish,
};
use psa_bridge_http::{Json, PartnerManager, Path, Problem, ProblemDetails, WriteProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most organisations of one request.
const MAX: usize = 500;

/// What is to be compared and written now.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "organizations": ["org-17"] }))]
pub(crate) struct SyncBody {
    /// Whose; all, where left out. Up to 500; where one of them has no counts here, nothing is done. What is guarded or was
    /// moved by hand goes on waiting.
    #[schema(max_items = 500)]
    organizations: Option<Vec<OrganizationId>>,
    /// Whether a change that waits is confirmed. Needs `organizations` with just one, `product`, and both counts as they
    /// were shown.
    confirm: bool,
    /// With `confirm`: of what.
    product: Option<String>,
    /// With `confirm`: the PSA's count as it was shown.
    there: Option<i64>,
    /// With `confirm`: the count that the PSA is to have, as it was shown.
    here: Option<i64>,
}

/// What was set to work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asked {
    /// How many counts are compared now, and written where that is right. What becomes of each is at
    /// `/v1/connections/{id}/seats`.
    asked: u64,
}

/// A change to be taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "organization": "org-17", "product": "m365-backup", "to": 80 }))]
pub(crate) struct UndoBody {
    /// Whose.
    organization: OrganizationId,
    /// Of what.
    product: String,
    /// What the last change made of the count, as the history shows it.
    to: i64,
}

/// Write seat counts now.
///
/// Compares the counts of all or the named organisations with the PSA and writes them, whatever the mode in the settings.
/// With `confirm` a change that waits (`big_drop`, `to_zero`, `moved_by_hand`, `ambiguous_after_lost_answer`) is made, but
/// only at exactly the counts that were shown: where either changed meanwhile, it waits anew. The connection's worker does
/// it, at once unless something holds the connection.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/seats/sync",
    operation_id = "syncSeats",
    tag = "seats",
    security(("bearer" = ["psa:manage"])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    request_body = SyncBody,
    responses(
        (status = 202, description = "It is being done. `Location` is where to see what becomes of it.", body = Asked),
        (status = 404, description = "`not_found`: the partner has no such connection, or no such count: `detail` names the organisations that have none, and nothing was done.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`counts_changed`, `nothing_to_confirm`, `change_under_way`.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn sync_seats(
    caller: PartnerManager,
    State(seats): State<Seats>,
    Path(connection): Path<ConnectionId>,
    Json(body): Json<SyncBody>,
) -> Result<impl IntoResponse, Problem> {
    let wish = wish(body)?;
    let asked = seats.wish(&caller.partner, &connection, &wish, &caller.actor).await.map_err(problem)?;
    Ok(accepted(&connection, asked))
}

/// Take a change back.
///
/// Sets the PSA's count back to what it was before the last change, and keeps it there until the vendor tells another
/// count. Only where the PSA still shows what that change made of it; else it waits for a person as `moved_by_hand`.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/seats/undo",
    operation_id = "undoSeats",
    tag = "seats",
    security(("bearer" = ["psa:manage"])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    request_body = UndoBody,
    responses(
        (status = 202, description = "It is being done. `Location` is where to see what becomes of it.", body = Asked),
        (status = 404, description = "`not_found`: the partner has no such connection, or no such count.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`nothing_to_undo`, `change_under_way`.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn undo_seats(
    caller: PartnerManager,
    State(seats): State<Seats>,
    Path(connection): Path<ConnectionId>,
    Json(body): Json<UndoBody>,
) -> Result<impl IntoResponse, Problem> {
    let wish = SeatWish::Undo { organization: body.organization, product: body.product, to: body.to };
    let asked = seats.wish(&caller.partner, &connection, &wish, &caller.actor).await.map_err(problem)?;
    Ok(accepted(&connection, asked))
}

fn accepted(connection: &ConnectionId, asked: u64) -> impl IntoResponse + use<> {
    let location = [(header::LOCATION, format!("/v1/connections/{connection}/seats"))];
    (StatusCode::ACCEPTED, location, Json(Asked { asked }))
}

fn wish(body: SyncBody) -> Result<SeatWish, Problem> {
    if body.confirm {
        return confirmation(body);
    }
    for (field, is_there) in
        [("product", body.product.is_some()), ("there", body.there.is_some()), ("here", body.here.is_some())]
    {
        if is_there {
            return Err(Problem::invalid_field(
                field,
                "This belongs to `confirm`: set it, or leave this out.",
            ));
        }
    }
    match body.organizations {
        None => Ok(SeatWish::SyncAll),
        Some(named) if (1..=MAX).contains(&named.len()) => Ok(SeatWish::Sync(named)),
        Some(_) => Err(Problem::invalid_field(
            "organizations",
            format!("Name 1 to {MAX} organisations, or leave it out for all."),
        )),
    }
}

fn confirmation(body: SyncBody) -> Result<SeatWish, Problem> {
    let missing = |field: &'static str| {
        Problem::invalid_field(field, "A confirmation says exactly what was shown: add this.")
    };
    let mut organizations = body.organizations.unwrap_or_default();
    let organization = organizations.pop().filter(|_| organizations.is_empty());
    Ok(SeatWish::Confirm {
        organization: organization
            .ok_or_else(|| Problem::invalid_field("organizations", "Confirm one organisation at a time."))?,
        product: body.product.ok_or_else(|| missing("product"))?,
        there: body.there.ok_or_else(|| missing("there"))?,
        here: body.here.ok_or_else(|| missing("here"))?,
    })
}
