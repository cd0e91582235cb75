//! Who changed what.

use crate::Activity;
use axum::extract::State;
use psa_bridge_core::ports::AuditEntry;
use psa_bridge_http::{Json, List, Paging, PagingParams, PartnerReader, Problem, ReadProblems};

/// List changes.
///
/// What people and the bridge changed in the partner's configuration, the latest first. Never holds a secret.
#[utoipa::path(
    get,
    path = "/v1/audit",
    operation_id = "listAudit",
    tag = "audit",
    security(("bearer" = ["psa:read"])),
    params(PagingParams),
    responses(
        (status = 200, description = "A page of changes.", body = List<AuditEntry>),
        ReadProblems,
    )
)]
pub(crate) async fn list_audit(
    caller: PartnerReader,
    State(activity): State<Activity>,
    paging: Paging,
) -> Result<Json<List<AuditEntry>>, Problem> {
    let page = activity.store.audit(&caller.partner, paging.after.as_deref(), paging.limit).await?;
    Ok(Json(paging.list(page)))
}
