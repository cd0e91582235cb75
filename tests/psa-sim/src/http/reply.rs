//! What Halo answers, in the shapes that were observed live: a bare JSON string, a serialised .NET exception or a map
//! of members for 400, and no JSON at all for 401, 403, 404 and 500.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// An answer, before it is put on the wire.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    content_type: &'static str,
    body: String,
    retry_after: Option<u64>,
    /// The connection is cut instead of answering.
    pub cut: bool,
}

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Reply {
    fn new(status: StatusCode, content_type: &'static str, body: impl Into<String>) -> Self {
        Self { status, content_type, body: body.into(), retry_after: None, cut: false }
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

    /// 400, a bare JSON string.
    pub fn refused(message: &str) -> Self {
        Self::json(StatusCode::BAD_REQUEST, &Value::from(message))
    }

    /// 400, a .NET exception.
    pub fn exception(message: &str) -> Self {
        let body = json!({
            "ClassName": "System.Exception", "Message": message, "Data": null, "InnerException": null,
            "HelpURL": null, "StackTraceString": null, "RemoteStackTraceString": null, "RemoteStackIndex": 0,
            "ExceptionMethod": null, "HResult": -2_146_233_088, "Source": null, "WatsonBuckets": null
        });
        Self::json(StatusCode::BAD_REQUEST, &body)
    }

    /// 400, a map from the member to what is wrong with it.
    pub fn model_state(member: &str, message: &str) -> Self {
        Self::json(StatusCode::BAD_REQUEST, &json!({ member: [message] }))
    }

    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, HTML, "")
    }

    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, HTML, "")
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, HTML, error_page("404 - File or directory not found."))
    }

    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, HTML, "")
    }

    pub fn unsupported_media_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, HTML, "")
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

    /// No real 429 of Halo was ever published; the body is a guess, the status and the header are what clients use.
    pub fn too_many_requests(retry_after: Option<u64>) -> Self {
        let mut reply = Self::new(StatusCode::TOO_MANY_REQUESTS, "text/plain", "Too many requests");
        reply.retry_after = retry_after;
        reply
    }

    /// An error of the authorisation server, in OAuth's shape.
    pub fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        Self::json(status, &json!({ "error": error, "error_description": description }))
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
        response
    }
}

fn error_page(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\r\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    )
}
