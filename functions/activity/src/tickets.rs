//! The tickets of an event as their PSAs have them at this moment. A ticket's number and what became of it are read here
//! and nowhere else, when somebody asks to see them: making a ticket stays one request, and a list costs none.

use crate::{
    Activity,
    event_view::{EventSummary, Languages},
};
use axum::extract::State;
use futures_util::{
    StreamExt, TryStreamExt,
    future::{Either, select},
    stream,
};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    budget::Purpose,
    connection::Connection,
    ids::{ConnectionId, EventId, PartnerId},
    ports::StoreError,
};
use psa_bridge_http::{Json, PartnerReader, Path, Problem, ProblemDetails, Query, ReadProblems};
use psa_connector::{PsaConnector, PsaError, PsaErrorKind, Ticket, TicketId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, pin::pin, time::Duration};
use utoipa::{IntoParams, ToSchema};

/// How long reading all of them may take; an answer must be given within 25 seconds.
const TIME: SignedDuration = SignedDuration::from_secs(15);

/// PSAs that may be asked at the same time for one answer.
const SIDE_BY_SIDE: usize = 8;

/// Which of the event's tickets.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TicketFilter {
    /// The one in that connection; all, where left out.
    #[param(value_type = Option<String>)]
    connection: Option<ConnectionId>,
}

/// The tickets of an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventTickets {
    /// One for each delivery that has a ticket.
    items: Vec<EventTicket>,
}

/// A ticket, and what its PSA says of it or why it says nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventTicket {
    /// In which connection.
    connection: ConnectionId,
    /// The PSA's id.
    #[schema(value_type = String)]
    id: TicketId,
    /// Where a person sees it; null where that cannot be told at present.
    url: Option<String>,
    /// The ticket as the PSA has it now; null where it could not be read.
    current: Option<CurrentTicket>,
    /// Why it could not be read; null where it was.
    problem: Option<ProblemDetails>,
}

/// A ticket as its PSA has it now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "number": "T20260604.0002", "title": "E-mail backup failed", "state": "open", "merged_into": null, "status": 1
}))]
pub(crate) struct CurrentTicket {
    /// What people call it: of HaloPSA the id, of Autotask a number of its own. Null where the PSA says none.
    number: Option<String>,
    /// One line; null of a deleted ticket.
    title: Option<String>,
    /// Where it is in its life.
    state: TicketState,
    /// The PSA's id of the ticket that it was merged into, where the PSA tells.
    #[schema(value_type = Option<String>)]
    merged_into: Option<TicketId>,
    /// The PSA's id of its status.
    status: Option<i64>,
}

/// Where a ticket is in its life.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TicketState {
    /// It can be worked on.
    Open,
    /// It is done.
    Closed,
    /// Its story goes on in another ticket.
    Merged,
    /// The PSA no longer has it, or does not show it.
    Deleted,
}

impl From<Ticket> for CurrentTicket {
    fn from(ticket: Ticket) -> Self {
        let (state, merged_into) = match ticket.state {
            psa_connector::TicketState::Open => (TicketState::Open, None),
            psa_connector::TicketState::Closed => (TicketState::Closed, None),
            psa_connector::TicketState::Merged(into) => (TicketState::Merged, Some(into)),
            psa_connector::TicketState::Deleted => (TicketState::Deleted, None),
        };
        let title = Some(ticket.title).filter(|title| !title.is_empty());
        Self { number: ticket.number, title, state, merged_into, status: ticket.status }
    }
}

/// Read an event's tickets.
///
/// Asks the PSA of each of the partner's deliveries that has a ticket for its number, title and state at this moment: one
/// request a ticket, from the budget for people. A PSA that fails is told on its line and spoils no other.
#[utoipa::path(
    get,
    path = "/v1/events/{id}/tickets",
    operation_id = "readEventTickets",
    tag = "events",
    security(("bearer" = ["psa:read"])),
    params(("id" = String, Path, description = "The event."), TicketFilter),
    responses(
        (status = 200, description = "The tickets, each read or with its `problem`: `connection_revoked`, `connection_suspended` over its credentials, `credentials_…` or `psa_…`.", body = EventTickets),
        (status = 404, description = "`not_found`: the partner sees no such event.", body = ProblemDetails, content_type = "application/problem+json"),
        ReadProblems,
    )
)]
pub(crate) async fn read_event_tickets(
    caller: PartnerReader,
    State(activity): State<Activity>,
    Path(id): Path<EventId>,
    Query(filter): Query<TicketFilter>,
) -> Result<Json<EventTickets>, Problem> {
    let view = activity.store.event(&caller.partner, &id).await?;
    let view = view.ok_or_else(|| Problem::not_found("event"))?;
    let languages = Languages { asked: None, connections: BTreeMap::new() };
    let until = activity.clock.now().saturating_add(TIME).unwrap_or(Timestamp::MAX);
    let reads: Vec<_> = EventSummary::new(&view, &languages)
        .deliveries
        .into_iter()
        .filter(|delivery| filter.connection.as_ref().is_none_or(|wanted| *wanted == delivery.connection))
        .filter_map(|delivery| Some((delivery.connection, delivery.ticket?.id)))
        .map(|(connection, ticket)| activity.event_ticket(&caller.partner, connection, ticket, until))
        .collect();
    let items = stream::iter(reads).buffered(SIDE_BY_SIDE).try_collect().await?;
    Ok(Json(EventTickets { items }))
}

impl Activity {
    async fn event_ticket(
        &self,
        partner: &PartnerId,
        id: ConnectionId,
        ticket: TicketId,
        until: Timestamp,
    ) -> Result<EventTicket, StoreError> {
        let (url, current) = match self.store.connection(partner, &id).await? {
            Some(connection) => self.read_ticket(&connection, &ticket, until).await,
            None => (None, Err(Problem::not_found("connection"))),
        };
        let (current, problem) = match current {
            Ok(current) => (Some(current), None),
            Err(problem) => (None, Some(problem.into_details())),
        };
        Ok(EventTicket { connection: id, id: ticket, url, current, problem })
    }

    /// Where the ticket is seen, which takes no request, and the ticket.
    async fn read_ticket(
        &self,
        connection: &Connection,
        ticket: &TicketId,
        until: Timestamp,
    ) -> (Option<String>, Result<CurrentTicket, Problem>) {
        let psa = match self.connectors.open(connection, Purpose::Person).await {
            Ok(psa) => psa,
            // That it was revoked says more than that its credentials are gone.
            Err(error) => {
                let problem = connection.may_be_asked().err().map_or_else(|| error.into(), Problem::from);
                return (None, Err(problem));
            }
        };
        let current = match connection.may_be_asked() {
            Ok(()) => self.ask(psa.as_ref(), ticket, until).await.map(CurrentTicket::from),
            Err(conflict) => Err(conflict.into()),
        };
        (Some(psa.ticket_url(ticket)), current)
    }

    /// Reads the ticket, and stops waiting when time is up.
    async fn ask(
        &self,
        psa: &dyn PsaConnector,
        ticket: &TicketId,
        until: Timestamp,
    ) -> Result<Ticket, Problem> {
        let left = Duration::try_from(until.duration_since(self.clock.now())).unwrap_or_default();
        if !left.is_zero() {
            let (read, time_is_up) = (psa.ticket(ticket), self.clock.sleep(left));
            if let Either::Left((answer, _)) = select(pin!(read), pin!(time_is_up)).await {
                return Ok(answer?);
            }
        }
        Err(PsaError::new(PsaErrorKind::Unavailable, "read ticket", "No answer while a person waited").into())
    }
}
