//! The operator's view: every connection and how it fares, and input that was no event. Shows no credentials, no
//! settings and no contacts: those are the partners'.

use crate::{Activity, words::ReasonView};
use axum::extract::State;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use psa_bridge_core::{
    catalogue::Language,
    connection::{Connection, Suspension},
    ids::{ConnectionId, PartnerId},
    ports::{Counters, RejectedInput, StoreError},
};
use psa_bridge_http::{Json, List, OperatorCaller, Paging, PagingParams, Problem, ReadProblems};
use psa_connector::{Page, PsaKind};
use serde::Serialize;
use utoipa::ToSchema;

/// Lookups that may be under way at the same time for one answer.
const SIDE_BY_SIDE: usize = 16;

/// A connection as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OperatorConnection {
    /// Its id.
    connection: ConnectionId,
    /// Whose it is.
    partner: PartnerId,
    /// Which PSA.
    psa: PsaKind,
    /// What a person calls the tenant.
    tenant: String,
    /// When it was connected.
    created_at: Timestamp,
    /// When its set-up was confirmed; null where it was not.
    confirmed_at: Option<Timestamp>,
    /// What keeps its deliveries from being worked.
    hold: Option<ReasonView>,
    /// Why the bridge stopped working it, and when it looks again.
    suspended: Option<Suspension>,
    /// No request before then.
    not_before: Option<Timestamp>,
    /// Calls that failed in a row.
    failures: u32,
    /// How many deliveries stand where.
    counters: Counters,
}

impl OperatorConnection {
    fn new(connection: Connection, counters: Counters) -> Self {
        Self {
            hold: connection.hold().map(|reason| ReasonView::new(reason, Language::En)),
            connection: connection.id,
            partner: connection.partner,
            psa: connection.psa,
            tenant: connection.tenant.name,
            created_at: connection.created_at,
            confirmed_at: connection.confirmed_at,
            suspended: connection.suspended,
            not_before: connection.not_before,
            failures: connection.failures,
            counters,
        }
    }
}

impl Activity {
    async fn operator_connection(&self, connection: Connection) -> Result<OperatorConnection, StoreError> {
        let counters = self.store.counters(&connection.id).await?;
        Ok(OperatorConnection::new(connection, counters))
    }
}

/// List all connections.
///
/// Connections of all partners that are not revoked, in order of id, with how they fare.
#[utoipa::path(
    get,
    path = "/v1/operator/connections",
    operation_id = "listConnectionsOfAll",
    tag = "operator",
    security(("bearer" = ["psa:operate"])),
    params(PagingParams),
    responses(
        (status = 200, description = "A page of connections.", body = List<OperatorConnection>),
        ReadProblems,
    )
)]
pub(crate) async fn list_connections_of_all(
    _: OperatorCaller,
    State(activity): State<Activity>,
    paging: Paging,
) -> Result<Json<List<OperatorConnection>>, Problem> {
    let page = activity.store.all_connections(paging.after.as_deref(), paging.limit).await?;
    let views: Vec<_> = page.items.into_iter().map(|it| activity.operator_connection(it)).collect();
    let items = stream::iter(views).buffered(SIDE_BY_SIDE).try_collect().await?;
    Ok(Json(paging.list(Page { items, next: page.next })))
}

/// List rejected input.
///
/// What pipelines sent and was no event, the latest first, as it came.
#[utoipa::path(
    get,
    path = "/v1/operator/rejected",
    operation_id = "listRejected",
    tag = "operator",
    security(("bearer" = ["psa:operate"])),
    params(PagingParams),
    responses(
        (status = 200, description = "A page of rejected input.", body = List<RejectedInput>),
        ReadProblems,
    )
)]
pub(crate) async fn list_rejected(
    _: OperatorCaller,
    State(activity): State<Activity>,
    paging: Paging,
) -> Result<Json<List<RejectedInput>>, Problem> {
    let page = activity.store.rejected(paging.after.as_deref(), paging.limit).await?;
    Ok(Json(paging.list(page)))
}
