//! Idempotency keys: a write that is sent again because its answer was lost is not done again, and gets the answer of
//! the first time.

use crate::{Claims, Problem, Protection, Scope, body::unreadable};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use jiff::SignedDuration;
use psa_bridge_core::ports::{IdempotencyOutcome, IdempotencyStore, StoreError, StoredResponse};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The header that carries the key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that marks an answer as one that was given before.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest body, of a request or an answer, that is held to be compared or kept, in bytes.
pub const MAX_IDEMPOTENT_BODY: usize = 5 * 1024 * 1024;

const LONGEST_KEY: usize = 255;
/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// When a request that was begun and never answered no longer counts. Longer than any answer takes.
const ABANDONED: SignedDuration = SignedDuration::from_secs(60);

/// Which key of whom on which route.
struct Place<'a> {
    store: &'a dyn IdempotencyStore,
    scope: String,
    key: String,
}

pub(crate) async fn remember(State(protection): State<Protection>, request: Request, next: Next) -> Response {
    let place = match place(&protection, &request) {
        Ok(Some(place)) => place,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    match answer(&place, &protection, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

fn place<'a>(protection: &'a Protection, request: &Request) -> Result<Option<Place<'a>>, Problem> {
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(key) = request.headers().get(IDEMPOTENCY_KEY).filter(|_| writes) else { return Ok(None) };
    let key = key
        .to_str()
        .ok()
        .filter(|key| {
            (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        })
        .ok_or_else(|| {
            let detail = format!("The key must be 1 to {LONGEST_KEY} visible ASCII characters.");
            Problem::invalid_parameter("Idempotency-Key", detail)
        })?;
    // Who may not write gets no answer of somebody who may; the handler refuses it.
    let who = match request.extensions().get::<Claims>() {
        Some(claims) => match claims.partner() {
            Some(partner) if claims.allows(Scope::Manage) => format!("partner {partner}"),
            Some(_) => return Ok(None),
            None => format!("subject {}", claims.subject()),
        },
        None => return Ok(None),
    };
    let scope = format!("{who} {} {}", request.method(), request.uri().path());
    Ok(Some(Place { store: &*protection.idempotency, scope, key: key.to_owned() }))
}

async fn answer(
    place: &Place<'_>,
    protection: &Protection,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body =
        to_bytes(body, MAX_IDEMPOTENT_BODY).await.map_err(|_| unreadable(StatusCode::PAYLOAD_TOO_LARGE))?;
    let now = protection.clock.now();
    let outcome = place
        .store
        .begin_idempotent(
            &place.scope,
            &place.key,
            &fingerprint(&parts, &body),
            now - ABANDONED,
            now - KEPT,
            now,
        )
        .await?;
    match outcome {
        IdempotencyOutcome::Answered(response) => Ok(replay(response)),
        IdempotencyOutcome::InFlight => Err(Problem::conflict(
            "request_in_flight",
            "The first request with this idempotency key is still being answered",
        )
        .with_field("Idempotency-Key")
        .with_fix("Send the same request again in a moment.")
        .retry_after(Duration::from_secs(2))),
        IdempotencyOutcome::OtherBody => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This idempotency key was used with another request",
        )
        .with_field("Idempotency-Key")
        .with_fix("Use a new key for each new request.")),
        IdempotencyOutcome::Fresh => {
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            Ok(keep(place, response).await)
        }
    }
}

/// What makes two requests the same: query and body.
fn fingerprint(parts: &Parts, body: &Bytes) -> String {
    let query = parts.uri.query().unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update((query.len() as u64).to_be_bytes());
    hash.update(query);
    hash.update(body);
    HEXLOWER.encode(&hash.finalize())
}

/// Keeps an answer that would be the same the next time, and frees the key of one that may not.
async fn keep(place: &Place<'_>, response: Response) -> Response {
    let status = response.status();
    let (parts, body) = response.into_parts();
    let bytes = match to_bytes(body, MAX_IDEMPOTENT_BODY).await {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::error!(%error, "Answer could not be read to be kept");
            noted(place.store.forget_idempotent(&place.scope, &place.key).await);
            return Problem::internal().into_response();
        }
    };
    let text = String::from_utf8(bytes.to_vec()).ok().filter(|_| is_final(status));
    noted(match text {
        Some(body) => {
            let stored = StoredResponse {
                status: status.as_u16(),
                content_type: header_text(&parts, &header::CONTENT_TYPE).unwrap_or_default(),
                location: header_text(&parts, &header::LOCATION),
                body,
            };
            place.store.finish_idempotent(&place.scope, &place.key, &stored).await
        }
        None => place.store.forget_idempotent(&place.scope, &place.key).await,
    });
    Response::from_parts(parts, Body::from(bytes))
}

/// Whether the same request would get the same answer the next time. Another token or a later moment may change these.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

fn header_text(parts: &http::response::Parts, name: &HeaderName) -> Option<String> {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The request was answered; that the key could not be written down must not turn its answer into a failure.
fn noted(result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::error!(%error, "Idempotency key could not be written down");
    }
}

fn replay(stored: StoredResponse) -> Response {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, stored.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    let kept = [(header::CONTENT_TYPE, Some(stored.content_type)), (header::LOCATION, stored.location)];
    for (name, value) in kept {
        // Both were read from valid headers; what a store garbled is left out.
        if let Some(value) = value.filter(|value| !value.is_empty()).and_then(|value| value.try_into().ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    response
}
