//! Events: what a partner sees of them.

use crate::{
    Activity,
    event_view::{EventDetail, EventSummary, Languages},
};
use axum::extract::State;
use jiff::Timestamp;
use psa_bridge_core::{
    catalogue::Language,
    ids::{ConnectionId, EventId, OrganizationId, PartnerId},
    ports::{EventFilter, StoreError},
    reason::Reason,
};
use psa_bridge_http::{
    Json, List, Paging, PagingParams, PartnerReader, Path, Problem, ProblemDetails, Query, ReadProblems,
    RequestLanguage,
};
use psa_connector::Page;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Where events may stand.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateFilter {
    /// A delivery is to be worked.
    Waiting,
    /// A ticket is being requested.
    Attempting,
    /// Whether there is a ticket is being found out.
    Settling,
    /// A delivery has a ticket.
    Done,
    /// A delivery ended without a ticket.
    Ended,
    /// There is no delivery.
    Unrouted,
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Of that organisation.
    #[param(value_type = Option<String>)]
    organization: Option<OrganizationId>,
    /// With a delivery to that connection.
    #[param(value_type = Option<String>)]
    connection: Option<ConnectionId>,
    /// With a delivery that stands there, or without any.
    #[param(inline)]
    state: Option<StateFilter>,
    /// Unrouted, ended or held for that reason, as its `reason` shows; events with a ticket are found by their state.
    reason: Option<Reason>,
    /// Accepted then or later.
    since: Option<Timestamp>,
    /// Accepted before then.
    until: Option<Timestamp>,
}

impl From<Filter> for EventFilter {
    fn from(filter: Filter) -> Self {
        let state = filter.state.map(|state| match state {
            StateFilter::Waiting => "waiting",
            StateFilter::Attempting => "attempting",
            StateFilter::Settling => "settling",
            StateFilter::Done => "done",
            StateFilter::Ended => "ended",
            StateFilter::Unrouted => "unrouted",
        });
        Self {
            organization: filter.organization,
            connection: filter.connection,
            state: state.map(str::to_owned),
            reason: filter.reason,
            since: filter.since,
            until: filter.until,
        }
    }
}

impl Activity {
    async fn languages(&self, partner: &PartnerId, asked: Option<Language>) -> Result<Languages, StoreError> {
        let connections = self.store.connections(partner).await?;
        let connections =
            connections.into_iter().map(|connection| (connection.id, connection.language)).collect();
        Ok(Languages { asked, connections })
    }
}

/// List events.
///
/// Events of the partner's organisations, the latest accepted first, with what became of each.
#[utoipa::path(
    get,
    path = "/v1/events",
    operation_id = "listEvents",
    tag = "events",
    security(("bearer" = ["psa:read"])),
    params(
        Filter,
        PagingParams,
        ("Accept-Language" = Option<String>, Header, description = "In which language reasons are told: en, de or fr. Left out: the connection's."),
    ),
    responses(
        (status = 200, description = "A page of events.", body = List<EventSummary>),
        ReadProblems,
    )
)]
pub(crate) async fn list_events(
    caller: PartnerReader,
    State(activity): State<Activity>,
    Query(filter): Query<Filter>,
    RequestLanguage(asked): RequestLanguage,
    paging: Paging,
) -> Result<Json<List<EventSummary>>, Problem> {
    let filter = EventFilter::from(filter);
    let page = activity.store.events(&caller.partner, &filter, paging.after.as_deref(), paging.limit).await?;
    let languages = activity.languages(&caller.partner, asked).await?;
    let items = page.items.iter().map(|view| EventSummary::new(view, &languages)).collect();
    Ok(Json(paging.list(Page { items, next: page.next })))
}

/// Read an event.
///
/// The event, and for each of the partner's connections what became of it, why, and what happened step by step.
#[utoipa::path(
    get,
    path = "/v1/events/{id}",
    operation_id = "getEvent",
    tag = "events",
    security(("bearer" = ["psa:read"])),
    params(
        ("id" = String, Path, description = "The event."),
        ("Accept-Language" = Option<String>, Header, description = "In which language reasons are told: en, de or fr. Left out: the connection's."),
    ),
    responses(
        (status = 200, description = "The event.", body = EventDetail),
        (status = 404, description = "`not_found`: the partner sees no such event.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn get_event(
    caller: PartnerReader,
    State(activity): State<Activity>,
    Path(id): Path<EventId>,
    RequestLanguage(asked): RequestLanguage,
) -> Result<Json<EventDetail>, Problem> {
    let view = activity.store.event(&caller.partner, &id).await?;
    let view = view.ok_or_else(|| Problem::not_found("event"))?;
    let languages = activity.languages(&caller.partner, asked).await?;
    let mut event = EventDetail::new(&view, &languages);
    activity.link_tickets(&caller.partner, &mut event).await?;
    activity.tell_turns(&mut event, &languages).await?;
    Ok(Json(event))
}
