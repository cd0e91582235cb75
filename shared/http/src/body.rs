//! JSON in and out. A body that does not fit is answered with the path of the member that is wrong.

use crate::Problem;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::error::Category;

/// Longest body that is taken where a function says nothing else, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// A JSON body. What it must not have is refused by `#[serde(deny_unknown_fields)]` on its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => {
                tracing::error!(%error, "Answer cannot be written as JSON");
                Problem::internal().into_response()
            }
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body must be JSON",
            )
            .with_field("Content-Type")
            .with_fix("Send the header “Content-Type: application/json”."));
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| unreadable(rejection.status()))?;
        parse(&bytes).map(Json)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim)
        .unwrap_or_default();
    media_type.eq_ignore_ascii_case("application/json")
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// The body could not be read.
pub(crate) fn unreadable(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(status, "body_too_large", "The body is too large")
            .with_fix("Send less at a time.");
    }
    Problem::new(StatusCode::BAD_REQUEST, "body_unreadable", "The body did not arrive whole")
        .with_fix("Send the request again.")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            Category::Data => {
                let field = if path == "." { String::new() } else { path };
                Problem::invalid_field(field, without_value(&inner.to_string()))
            }
            Category::Io | Category::Syntax | Category::Eof => invalid_json(&inner),
        }
    })?;
    deserializer.end().map_err(|error| invalid_json(&error))?;
    Ok(value)
}

/// The message without the value that was found, which may be a secret under a wrong name.
pub(crate) fn without_value(message: &str) -> String {
    let quotes = ["invalid type", "invalid value", "invalid length", "unknown variant"];
    match message.rsplit_once(", expected ") {
        Some((found, expected)) if quotes.iter().any(|quote| found.starts_with(quote)) => {
            format!("expected {expected}")
        }
        _ => message.to_owned(),
    }
}

fn invalid_json(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_json", "The body is not JSON")
        .with_detail(error.to_string())
        .with_fix("Correct the JSON and send the request again.")
}
