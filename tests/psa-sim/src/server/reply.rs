//! An answer, and the answers that look the same whatever the PSA: what gateways and proxies say.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

/// An answer, before it is put on the wire.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    content_type: &'static str,
    body: String,
    pub retry_after: Option<u64>,
    /// What a 401 says about how to authenticate.
    pub challenge: Option<String>,
    /// The connection is cut instead of answering.
    pub cut: bool,
}

/// JSON, as .NET calls it.
const JSON: &str = "application/json; charset=utf-8";
/// A page.
pub const HTML: &str = "text/html; charset=utf-8";

impl Reply {
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<String>) -> Self {
        Self { status, content_type, body: body.into(), retry_after: None, challenge: None, cut: false }
    }

    pub fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, JSON, body.to_string())
    }

    pub fn ok(body: &Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub fn page(body: &str) -> Self {
        Self::new(StatusCode::OK, HTML, body)
    }

    pub fn asset(content_type: &'static str, body: &str) -> Self {
        Self::new(StatusCode::OK, content_type, body)
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, HTML, error_page("404 - File or directory not found."))
    }

    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, HTML, error_page("413 - Request Entity Too Large"))
    }

    pub fn server_error() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, HTML, error_page("500 - Internal server error."))
    }

    pub fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, HTML, error_page("503 - Service Unavailable"))
    }

    pub fn gateway_timeout() -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, HTML, error_page("504 Gateway Time-out"))
    }

    /// 200, and yet not what was asked for.
    pub fn maintenance() -> Self {
        Self::page(&error_page("We are carrying out maintenance and will be back shortly."))
    }

    /// No answer at all.
    pub fn reset() -> Self {
        let mut reply = Self::new(StatusCode::OK, HTML, "");
        reply.cut = true;
        reply
    }

    /// How the counts call it.
    pub fn outcome(&self) -> String {
        if self.cut { "reset".to_owned() } else { self.status.as_u16().to_string() }
    }

    pub fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(value) = self.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

fn error_page(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\r\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    )
}
