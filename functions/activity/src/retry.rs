//! Trying events again that ended over a refusal, a failure or a missing client: one, or all that ended so.

use crate::Activity;
use axum::extract::State;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    ids::{ConnectionId, EventId, OrganizationId},
    ports::{Retried, RetryWish},
    reason::Reason,
};
use psa_bridge_http::{Json, PartnerManager, Path, Problem, ProblemDetails, WriteProblems};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Deliveries of one step of the store, so that no step keeps others waiting.
const PAGE: usize = 200;
/// How long one request goes on; well within the time that an answer may take.
const LONGEST: SignedDuration = SignedDuration::from_secs(10);

impl Activity {
    /// Rings for connections that have work now.
    async fn ring<'a>(&self, connections: impl IntoIterator<Item = &'a ConnectionId>) {
        for connection in connections {
            if let Err(error) = self.bell.ring(connection).await {
                tracing::warn!(%connection, %error, "Bell not rung, left to the sweep");
            }
        }
    }
}

/// What a retry set to work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetryAnswer {
    /// Connections in which the event is tried again.
    connections: Vec<ConnectionId>,
}

/// Try an event again.
///
/// Sets the partner's deliveries that ended over a refusal, a failure or a missing client to work again.
#[utoipa::path(
    post,
    path = "/v1/events/{id}/retry",
    operation_id = "retryEvent",
    tag = "events",
    security(("bearer" = ["psa:manage"])),
    params(
        ("id" = String, Path, description = "The event."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    responses(
        (status = 202, description = "It is tried again.", body = RetryAnswer),
        (status = 404, description = "`not_found`: the partner sees no such event.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`nothing_to_retry`: no delivery of it ended so that it can be tried again.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn retry_event(
    caller: PartnerManager,
    State(activity): State<Activity>,
    Path(id): Path<EventId>,
) -> Result<(StatusCode, Json<RetryAnswer>), Problem> {
    let now = activity.clock.now();
    match activity.store.retry(&caller.partner, &id, &caller.actor, now).await? {
        Retried::NotFound => Err(Problem::not_found("event")),
        Retried::NothingToRetry => {
            Err(Problem::conflict("nothing_to_retry", "There is nothing to try again")
                .with_detail("None of its deliveries ended over a refusal, a failure or a missing client.")
                .with_fix("Read the event: its deliveries say where they stand and what to do."))
        }
        Retried::Ring(connections) => {
            activity.ring(&connections).await;
            Ok((StatusCode::ACCEPTED, Json(RetryAnswer { connections })))
        }
    }
}

/// Which deliveries to try again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "psa_refused", "connection": "con_mfrggzdfmztwq2lk" }))]
pub(crate) struct RetryAllBody {
    /// Those that ended so: `psa_refused`, `psa_failed`, `client_missing` or another that can be tried again.
    reason: Reason,
    /// To that connection; to any, where left out.
    connection: Option<ConnectionId>,
    /// Of that organisation; of any, where left out.
    organization: Option<OrganizationId>,
    /// Accepted before then; whenever, where left out.
    until: Option<Timestamp>,
    /// Ended before then; before this request, where left out. Give the `ended_before` of the answer to go on with the
    /// same wish: what was tried again and ended anew is then left alone.
    ended_before: Option<Timestamp>,
}

/// What a retry of many set to work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetryAllAnswer {
    /// How many deliveries are tried again.
    retried: usize,
    /// In which connections.
    connections: BTreeSet<ConnectionId>,
    /// Whether there are more. Send the same again, with this `ended_before`, to go on.
    more: bool,
    /// The moment before which they had ended.
    ended_before: Timestamp,
}

/// Try all events of a reason again.
///
/// Sets the partner's deliveries that ended for this reason to work again: thousands by one request, and where that is
/// not enough, `more` by the next. Asking again is harmless. The audit holds one line a request, with how many.
#[utoipa::path(
    post,
    path = "/v1/events/retry",
    operation_id = "retryEvents",
    tag = "events",
    security(("bearer" = ["psa:manage"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless.")),
    request_body = RetryAllBody,
    responses(
        (status = 202, description = "They are tried again; none, where there are none.", body = RetryAllAnswer),
        (status = 404, description = "`not_found`: the partner has no such connection.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`not_retryable`: what ended for this reason cannot be tried again.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn retry_events(
    caller: PartnerManager,
    State(activity): State<Activity>,
    Json(body): Json<RetryAllBody>,
) -> Result<(StatusCode, Json<RetryAllAnswer>), Problem> {
    if !body.reason.is_retryable() {
        return Err(not_retryable(body.reason));
    }
    if let Some(connection) = &body.connection {
        let own = activity.store.connection(&caller.partner, connection).await?;
        own.ok_or_else(|| Problem::not_found("connection"))?;
    }
    let now = activity.clock.now();
    let wish = RetryWish {
        reason: body.reason,
        connection: body.connection,
        organization: body.organization,
        until: body.until,
        ended_before: body.ended_before.unwrap_or(now).min(now),
    };
    let (mut retried, mut connections, mut after) = (0, BTreeSet::new(), None::<String>);
    loop {
        let page = activity
            .store
            .retry_all(&caller.partner, &wish, after.as_deref(), PAGE, &caller.actor, now)
            .await?;
        activity.ring(&page.ring).await;
        retried += page.retried;
        connections.extend(page.ring);
        after = page.next;
        if after.is_none() || activity.clock.now().duration_since(now) >= LONGEST {
            break;
        }
    }
    tracing::info!(partner = %caller.partner, reason = wish.reason.code(), retried, "Retried all of a reason");
    let answer =
        RetryAllAnswer { retried, connections, more: after.is_some(), ended_before: wish.ended_before };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn not_retryable(reason: Reason) -> Problem {
    let others = Reason::ALL.iter().filter(|reason| reason.is_retryable());
    let others: Vec<&str> = others.map(|reason| reason.code()).collect();
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "not_retryable",
        "What ended for this reason cannot be tried again",
    )
    .with_field("reason")
    .with_detail(format!("The reason is {}; those that can: {}.", reason.code(), others.join(", ")))
    .with_fix("Choose a reason that can be tried again.")
}
