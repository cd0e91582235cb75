//! The operator's view: every connection and how it fares. Shows no credentials, no settings and no contacts: those are
//! the partners'.

use crate::{Activity, words::ReasonView};
use axum::extract::State;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use psa_bridge_core::{
    catalogue::Language,
    connection::{Connection, Suspension},
    ids::{ConnectionId, PartnerId},
    ports::{Counters, StoreError},
    trouble::Trouble,
};
use psa_bridge_http::{Json, List, OperatorCaller, Paging, PagingParams, Problem, Query, ReadProblems};
use psa_connector::{Page, PsaKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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
    /// What an operator has to know of it; empty where it does what its partner expects.
    troubles: Vec<Trouble>,
    /// How many deliveries stand where.
    counters: Counters,
    /// How many of them something holds.
    held: u64,
    /// How many seconds ago the earliest event happened that waits; null where none does.
    waiting_seconds: Option<i64>,
}

impl OperatorConnection {
    fn new(connection: Connection, counters: Counters, now: Timestamp) -> Self {
        let waiting = counters.oldest_unfinished.map(|oldest| now.duration_since(oldest).as_secs().max(0));
        Self {
            troubles: Trouble::all_of(&connection, counters.unfinished > 0),
            held: connection.hold().map_or(0, |_| counters.unfinished),
            waiting_seconds: waiting,
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
        Ok(OperatorConnection::new(connection, counters, self.clock.now()))
    }
}

/// Which trouble.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TroubleFilter {
    /// Any of those below.
    Any,
    /// The bridge stopped working it.
    Suspended,
    /// A person paused it.
    Paused,
    /// Its set-up was never confirmed.
    NotConfirmed,
    /// Its settings were reset after it had been confirmed.
    SettingsMissing,
    /// The tenant no longer takes some of its settings.
    UnfitSettings,
    /// Deliveries wait, and something holds them.
    Held,
}

impl TroubleFilter {
    fn troubles(self) -> &'static [Trouble] {
        match self {
            Self::Any => &Trouble::ALL,
            Self::Suspended => &[Trouble::Suspended],
            Self::Paused => &[Trouble::Paused],
            Self::NotConfirmed => &[Trouble::NotConfirmed],
            Self::SettingsMissing => &[Trouble::SettingsMissing],
            Self::UnfitSettings => &[Trouble::UnfitSettings],
            Self::Held => &[Trouble::Held],
        }
    }
}

/// Which connections.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// With that trouble. Left out: all, with or without.
    #[param(inline)]
    trouble: Option<TroubleFilter>,
}

/// List all connections.
///
/// Connections of all partners that are not revoked, in order of id, with how they fare: all, or those with trouble.
#[utoipa::path(
    get,
    path = "/v1/operator/connections",
    operation_id = "listConnectionsOfAll",
    tag = "operator",
    security(("bearer" = ["psa:operate"])),
    params(Filter, PagingParams),
    responses(
        (status = 200, description = "A page of connections.", body = List<OperatorConnection>),
        ReadProblems,
    )
)]
pub(crate) async fn list_connections_of_all(
    _: OperatorCaller,
    State(activity): State<Activity>,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Json<List<OperatorConnection>>, Problem> {
    let (after, limit) = (paging.after.as_deref(), paging.limit);
    let page = match filter.trouble {
        None => activity.store.all_connections(after, limit).await?,
        Some(trouble) => activity.store.troubled_connections(trouble.troubles(), after, limit).await?,
    };
    let views: Vec<_> = page.items.into_iter().map(|it| activity.operator_connection(it)).collect();
    let items = stream::iter(views).buffered(SIDE_BY_SIDE).try_collect().await?;
    Ok(Json(paging.list(Page { items, next: page.next })))
}
