//! What Halo answers, in the shapes that were observed live: a bare JSON string, a serialised .NET exception or a map
//! of members for 400, and no JSON at all for 401, 403, 404 and 500.

use http::StatusCode;
use serde_json::{Value, json};

use crate::server::{HTML, Reply};

impl Reply {
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

    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, HTML, "")
    }

    pub fn unsupported_media_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, HTML, "")
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
}
