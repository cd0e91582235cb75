//! What the sender of events is told.

use axum::http::StatusCode;
use psa_bridge_core::{
    cloud_event::{EventProblem, InvalidEvent},
    ids::EventId,
    usecases::accept::Outcome,
};
use psa_bridge_http::{FieldError, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of the events of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IngestAnswer {
    /// Events that are kept now and were not before.
    pub accepted: usize,
    /// Events that were kept before.
    pub duplicates: usize,
    /// Events that are wrong. Nothing of them is kept.
    pub rejected: usize,
    /// One for each event, in the order of the request.
    pub results: Vec<EventResult>,
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventResult {
    /// Its place in the request, from 0.
    pub index: usize,
    /// Taken or not.
    pub status: EventStatus,
    /// The bridge's id of it, for `GET /v1/events/{id}`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<EventId>,
    /// All that is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<EventProblem>,
}

/// Whether an event was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Kept.
    Accepted,
    /// Kept before.
    Duplicate,
    /// Wrong.
    Rejected,
}

/// Sums up. An event that the store failed over fails the request, which can be sent again as it is; so does a lone
/// event that is wrong.
pub(crate) fn answer(outcomes: Vec<Outcome>, is_batch: bool) -> Result<IngestAnswer, Problem> {
    let mut answer = IngestAnswer { accepted: 0, duplicates: 0, rejected: 0, results: Vec::new() };
    for (index, outcome) in outcomes.into_iter().enumerate() {
        let (status, id, errors) = match outcome {
            Outcome::Accepted(id) => (EventStatus::Accepted, Some(id), Vec::new()),
            Outcome::Duplicate(id) => (EventStatus::Duplicate, Some(id), Vec::new()),
            Outcome::Invalid(invalid) if is_batch => (EventStatus::Rejected, None, invalid.problems),
            Outcome::Invalid(invalid) => return Err(refusal(&invalid)),
            Outcome::Failed(error) => return Err(error.into()),
        };
        match status {
            EventStatus::Accepted => answer.accepted += 1,
            EventStatus::Duplicate => answer.duplicates += 1,
            EventStatus::Rejected => answer.rejected += 1,
        }
        answer.results.push(EventResult { index, status, id, errors });
    }
    Ok(answer)
}

/// The problem that tells what is wrong with a whole request.
pub(crate) fn refusal(invalid: &InvalidEvent) -> Problem {
    let status = match invalid.problems.first().map(|problem| problem.code.as_str()) {
        Some("not_json") => StatusCode::BAD_REQUEST,
        Some("batch_too_large" | "too_large") => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let code = match invalid.problems.first().map(|problem| problem.code.as_str()) {
        Some("not_json") => "invalid_json",
        Some("batch_too_large") => "batch_too_large",
        Some("too_large") => "event_too_large",
        _ => "invalid_event",
    };
    let errors = invalid
        .problems
        .iter()
        .map(|problem| FieldError {
            field: problem.field.clone().unwrap_or_default(),
            code: problem.code.clone(),
            message: problem.message.clone(),
        })
        .collect();
    Problem::new(status, code, "The event is not taken")
        .with_detail(invalid.to_string())
        .with_errors(errors)
        .with_fix("Correct it and send it again: nothing of it was kept.")
}
