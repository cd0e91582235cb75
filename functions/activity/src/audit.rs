//! Who changed what.

use crate::Activity;
use axum::extract::State;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{AuditEntry, AuditFilter},
};
use psa_bridge_http::{
    Json, List, OperatorCaller, Paging, PagingParams, PartnerReader, Problem, Query, ReadProblems,
};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Of that connection.
    #[param(value_type = Option<String>)]
    connection: Option<ConnectionId>,
    /// Made then or later.
    since: Option<Timestamp>,
    /// Made before then.
    until: Option<Timestamp>,
}

impl From<Filter> for AuditFilter {
    fn from(filter: Filter) -> Self {
        let Filter { connection, since, until } = filter;
        Self { connection, since, until }
    }
}

/// List changes.
///
/// What people and the bridge changed in the partner's configuration, the latest first. Never holds a secret.
#[utoipa::path(
    get,
    path = "/v1/audit",
    operation_id = "listAudit",
    tag = "audit",
    security(("bearer" = ["psa:read"])),
    params(Filter, PagingParams),
    responses(
        (status = 200, description = "A page of changes.", body = List<AuditEntry>),
        ReadProblems,
    )
)]
pub(crate) async fn list_audit(
    caller: PartnerReader,
    State(activity): State<Activity>,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Json<List<AuditEntry>>, Problem> {
    let filter = filter.into();
    let page = activity.store.audit(&caller.partner, &filter, paging.after.as_deref(), paging.limit).await?;
    Ok(Json(paging.list(page)))
}

/// List the vendor's changes.
///
/// What the vendor's systems changed in the registry of organisations, and what operators replayed, the latest first.
#[utoipa::path(
    get,
    path = "/v1/operator/audit",
    operation_id = "listOperatorAudit",
    tag = "operator",
    security(("bearer" = ["psa:operate"])),
    params(Filter, PagingParams),
    responses(
        (status = 200, description = "A page of changes.", body = List<AuditEntry>),
        ReadProblems,
    )
)]
pub(crate) async fn list_operator_audit(
    _: OperatorCaller,
    State(activity): State<Activity>,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Json<List<AuditEntry>>, Problem> {
    let page = activity.store.operator_audit(&filter.into(), paging.after.as_deref(), paging.limit).await?;
    Ok(Json(paging.list(page)))
}
