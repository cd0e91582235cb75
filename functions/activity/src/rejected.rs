//! Input that was no event: the operator's list of it, and taking it in again once what was in its way is mended.

use crate::Activity;
use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use http::StatusCode;
use jiff::Timestamp;
use psa_bridge_core::{
    cloud_event::{EventProblem, InvalidEvent},
    ids::{EventId, RejectedId},
    ports::{RejectedFilter, RejectedRecord, Replay},
    usecases::{accept::Ingest, replay::Replayed},
};
use psa_bridge_http::{
    FieldError, Json, List, OperatorCaller, Paging, PagingParams, Path, Problem, ProblemDetails, Query,
    ReadProblems, WriteProblems,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which input.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// With that code, e.g. `missing`.
    code: Option<String>,
    /// Received then or later.
    since: Option<Timestamp>,
    /// Received before then.
    until: Option<Timestamp>,
    /// That was replayed, or was not.
    replayed: Option<bool>,
}

/// Which input to replay.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReplayFilter {
    /// With that code, e.g. `missing`.
    code: String,
    /// Received then or later.
    since: Option<Timestamp>,
    /// Received before then.
    until: Option<Timestamp>,
}

/// List rejected input.
///
/// What pipelines sent and was no event, the latest first, as it came, and what became of it if it was replayed.
#[utoipa::path(
    get,
    path = "/v1/operator/rejected",
    operation_id = "listRejected",
    tag = "operator",
    security(("bearer" = ["psa:operate"])),
    params(Filter, PagingParams),
    responses(
        (status = 200, description = "A page of rejected input.", body = List<RejectedRecord>),
        ReadProblems,
    )
)]
pub(crate) async fn list_rejected(
    _: OperatorCaller,
    State(activity): State<Activity>,
    Query(filter): Query<Filter>,
    paging: Paging,
) -> Result<Json<List<RejectedRecord>>, Problem> {
    let Filter { code, since, until, replayed } = filter;
    let filter = RejectedFilter { code, since, until, replayed };
    let page = activity.store.rejected(&filter, paging.after.as_deref(), paging.limit).await?;
    Ok(Json(paging.list(page)))
}

/// Replay rejected input.
///
/// Takes the input in again, as it would be taken from the queue; or the body of this request in its place, where there
/// is one. Replaying again what became events is answered as the first time.
#[utoipa::path(
    post,
    path = "/v1/operator/rejected/{id}/replay",
    operation_id = "replayRejected",
    tag = "operator",
    security(("bearer" = ["psa:operate"])),
    params(
        ("id" = String, Path, description = "The input."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    request_body(
        content = Option<Object>,
        description = "A CloudEvent, or several, in place of the input. Left out: the input as it came.",
    ),
    responses(
        (status = 200, description = "It became events.", body = Replay),
        (status = 404, description = "`not_found`: there is no such input.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "`input_not_whole`: not all of the input was kept, so a body is needed.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "`still_invalid`: it is still no event; `errors` say why.", body = ProblemDetails, content_type = "application/problem+json"),
        WriteProblems,
    )
)]
pub(crate) async fn replay_rejected(
    caller: OperatorCaller,
    State(activity): State<Activity>,
    Path(id): Path<RejectedId>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Replay>, Problem> {
    let body = body.map_err(|rejection| {
        Problem::new(rejection.status(), "body_unreadable", "The body cannot be read")
            .with_detail(rejection.body_text())
            .with_fix("Send the events without what is not needed, or as several requests.")
    })?;
    let corrected = (!body.is_empty()).then_some(&*body);
    let replayed = activity.ingest().replay(&id, corrected, &caller.actor).await?;
    match replayed.ok_or_else(|| Problem::not_found("rejected input"))? {
        Replayed::Done(replay) | Replayed::Before(replay) => Ok(Json(replay)),
        Replayed::StillInvalid(invalid) => Err(still_invalid(invalid)),
        Replayed::NotWhole => Err(Problem::conflict("input_not_whole", "Not all of the input was kept")
            .with_detail("It was longer than an event may be, or no text.")
            .with_fix("Send the event in the body of this request, in place of the input.")),
    }
}

fn still_invalid(invalid: InvalidEvent) -> Problem {
    let detail = invalid.to_string();
    let errors = invalid.problems.into_iter().map(|problem| FieldError {
        field: problem.field.unwrap_or_default(),
        code: problem.code,
        message: problem.message,
    });
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "still_invalid", "It is still no event")
        .with_detail(detail)
        .with_errors(errors.collect())
        .with_fix("Mend what the errors name, or send a corrected event in the body of this request.")
}

/// What became of replaying input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReplayOutcome {
    /// It became events.
    Replayed,
    /// It is still no event.
    StillInvalid,
    /// Not all of it was kept: it takes a body in its place.
    NotWhole,
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayResult {
    /// Which input.
    id: RejectedId,
    /// What became of it.
    outcome: ReplayOutcome,
    /// The events that it became.
    events: Vec<EventId>,
    /// What is still wrong with it.
    errors: Vec<EventProblem>,
}

/// What became of many.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayAnswer {
    /// How many became events.
    replayed: usize,
    /// How many are still no events, or were not kept whole.
    left: usize,
    /// Each, the latest first.
    results: Vec<ReplayResult>,
    /// Give it as `cursor` to go on; null where all were tried.
    next: Option<String>,
}

/// Replay all rejected input of a code.
///
/// Takes a page of what was not replayed yet in again, the latest first. Asking again is harmless.
#[utoipa::path(
    post,
    path = "/v1/operator/rejected/replay",
    operation_id = "replayAllRejected",
    tag = "operator",
    security(("bearer" = ["psa:operate"])),
    params(
        ReplayFilter,
        PagingParams,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless."),
    ),
    responses(
        (status = 200, description = "What became of each of the page.", body = ReplayAnswer),
        WriteProblems,
    )
)]
pub(crate) async fn replay_all_rejected(
    caller: OperatorCaller,
    State(activity): State<Activity>,
    Query(filter): Query<ReplayFilter>,
    paging: Paging,
) -> Result<Json<ReplayAnswer>, Problem> {
    let ReplayFilter { code, since, until } = filter;
    let filter = RejectedFilter { code: Some(code), since, until, replayed: None };
    let ingest = activity.ingest();
    let page = ingest.replay_page(filter, paging.after.as_deref(), paging.limit, &caller.actor).await?;
    let list = paging.list(page);
    let results: Vec<ReplayResult> = list.items.into_iter().map(result).collect();
    let replayed = results.iter().filter(|result| result.outcome == ReplayOutcome::Replayed).count();
    Ok(Json(ReplayAnswer { replayed, left: results.len() - replayed, results, next: list.next }))
}

fn result((id, replayed): (RejectedId, Replayed)) -> ReplayResult {
    let (outcome, events, errors) = match replayed {
        Replayed::Done(replay) | Replayed::Before(replay) => {
            (ReplayOutcome::Replayed, replay.events, Vec::new())
        }
        Replayed::StillInvalid(invalid) => (ReplayOutcome::StillInvalid, Vec::new(), invalid.problems),
        Replayed::NotWhole => (ReplayOutcome::NotWhole, Vec::new(), Vec::new()),
    };
    ReplayResult { id, outcome, events, errors }
}

impl Activity {
    /// The way in for events, as the queue has it.
    fn ingest(&self) -> Ingest {
        Ingest { store: self.store.clone(), bell: self.bell.clone(), clock: self.clock.clone() }
    }
}
