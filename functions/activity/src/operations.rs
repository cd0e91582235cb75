//! What takes longer than an answer may, read by its id until it is finished.

use crate::Activity;
use axum::extract::State;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::{ConnectionId, OperationId},
    operation::{Operation, OperationState, OperationStep},
};
use psa_bridge_http::{Json, PartnerReader, Path, Problem, ProblemDetails, ReadProblems};
use psa_connector::ClientId;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that was asked for and takes its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OperationView {
    /// Its id.
    id: OperationId,
    /// In which connection.
    connection: ConnectionId,
    /// For which client of the PSA.
    #[schema(value_type = String)]
    client: ClientId,
    /// When it was asked for.
    created_at: Timestamp,
    /// Whether nothing more will happen.
    finished: bool,
    /// Where it stands, and what came of it.
    #[serde(flatten)]
    state: OperationState,
    /// What was done so far.
    steps: Vec<OperationStep>,
}

impl From<Operation> for OperationView {
    fn from(operation: Operation) -> Self {
        Self {
            id: operation.id,
            connection: operation.connection,
            client: operation.client,
            created_at: operation.created_at,
            finished: operation.state.is_finished(),
            state: operation.state,
            steps: operation.steps,
        }
    }
}

/// Read an operation.
///
/// Ask again until `finished`: every two seconds is often enough.
#[utoipa::path(
    get,
    path = "/v1/operations/{id}",
    operation_id = "getOperation",
    tag = "operations",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The operation.")),
    responses(
        (status = 200, description = "The operation as it stands.", body = OperationView),
        (status = 404, description = "`not_found`: the partner has no such operation.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn get_operation(
    caller: PartnerReader,
    State(activity): State<Activity>,
    Path(id): Path<OperationId>,
) -> Result<Json<OperationView>, Problem> {
    let operation = activity.store.operation(&caller.partner, &id).await?;
    operation.map(|operation| Json(operation.into())).ok_or_else(|| Problem::not_found("operation"))
}
