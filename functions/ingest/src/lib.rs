//! The ingest function: events in, over HTTP and from the pipelines' queue.
//!
//! Over HTTP the sender learns what is wrong and keeps what it sent. A queue has nobody to tell, so what is no event is
//! kept with its reason (see [`psa_bridge_core::usecases::accept::Ingest::message`]).

mod answer;

pub use answer::{EventResult, EventStatus, IngestAnswer};

use answer::{answer, refusal};
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use psa_bridge_core::usecases::accept::Ingest;
use psa_bridge_http::{EventWriter, Problem, WriteProblems};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Largest body of `POST /v1/events`, in bytes: what the smaller home's gateway takes, with room for its envelope.
pub const MAX_POST: usize = 5_000_000;

/// The routes of this function.
pub fn router(ingest: Ingest) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(post_events))
        .layer(DefaultBodyLimit::max(MAX_POST))
        .with_state(ingest)
}

/// Report events.
///
/// Takes one CloudEvents 1.0 event in JSON (structured mode), or a batch of up to 1,000. `source` and `id` identify an
/// event: sending it again is harmless and answered `duplicate`. Of a batch, each event is taken or refused by itself.
#[utoipa::path(
    post,
    path = "/v1/events",
    operation_id = "postEvents",
    tag = "events",
    security(("bearer" = ["events:write"])),
    request_body(
        content(
            (Object = "application/cloudevents+json"),
            (Vec<Object> = "application/cloudevents-batch+json"),
            (Object = "application/json"),
        ),
        description = "See the schema of an event at /event.schema.json."
    ),
    responses(
        (status = 202, description = "Taken, each as its result says.", body = IngestAnswer),
        WriteProblems,
    )
)]
async fn post_events(
    caller: EventWriter,
    State(ingest): State<Ingest>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    check_media_type(&headers)?;
    tracing::debug!(actor = %caller.actor.0, bytes = body.len(), "Events posted");
    let is_batch = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let outcomes = ingest.post(&body).await.map_err(|invalid| refusal(&invalid))?;
    let answer = answer(outcomes, is_batch)?;
    Ok((StatusCode::ACCEPTED, axum::Json(answer)).into_response())
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    const TAKEN: [&str; 3] =
        ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"];
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if TAKEN.contains(&media_type.as_str()) && !headers.contains_key("ce-specversion") {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Events are taken as CloudEvents in structured JSON",
    )
    .with_fix("Send the whole event as the body, with `Content-Type: application/cloudevents+json`."))
}
