//! What is around every answer of every home: a request id, a log line, a time limit, and problems in place of panics,
//! of routes that are not there, and of methods that they don't take.

use crate::{MAX_BODY, Problem, body::unreadable};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use data_encoding::BASE32_NOPAD;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use psa_connector::{Random, SystemRandom};
use std::{
    any::Any,
    time::{Duration, Instant},
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, field};

/// The header that names a request in answers and logs.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How long an answer may take: gateways give up at 29 seconds.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(25);

/// The name of a request, for handlers that hand it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// Puts around a router what every answer has.
pub fn finish(router: Router) -> Router {
    router
        .fallback(async || Problem::not_found("resource").with_fix("See the API document at /openapi.json."))
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "The resource has no such method",
            )
            .with_fix("See the header Allow, and the API document at /openapi.json.")
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(in_problems))
        .layer(from_fn(in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(observe))
}

/// Puts in words what an extractor of the framework refused with a line of text.
async fn in_problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|media_type| media_type.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST if is_text => {
            unreadable(response.status()).into_response()
        }
        StatusCode::INTERNAL_SERVER_ERROR if is_text => {
            tracing::error!("Request handler failed without a problem");
            Problem::internal().into_response()
        }
        _ => response,
    }
}

async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "The answer took too long")
            .with_detail("Whether the request took effect is not known.")
            .with_fix("Read what it was to change, or send it again with the same idempotency key.")
            .retry_after(Duration::from_secs(5))
            .into_response(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over by value")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "Request handler panicked");
    Problem::internal().into_response()
}

async fn observe(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        request_id = id,
        method = %request.method(),
        route,
        subject = field::Empty,
        partner = field::Empty,
    );
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = Instant::now();
    async {
        let mut response = next.run(request).await;
        let duration_ms = started.elapsed().as_millis();
        tracing::info!(status = response.status().as_u16(), duration_ms, "Answered");
        if let Ok(value) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
    .instrument(span)
    .await
}

/// The caller's own, where it is fit for a log line, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let fit = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(fit);
    given.map_or_else(new_request_id, str::to_owned)
}

fn new_request_id() -> String {
    let mut bytes = [0; 10];
    SystemRandom.fill(&mut bytes);
    format!("req_{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}
