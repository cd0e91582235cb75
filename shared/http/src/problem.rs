//! Every answer that is no success is a problem of RFC 9457: a stable code for programs, and for people what is wrong,
//! where, and what to do. What an operator needs beyond that goes to the log, never into the answer.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, time::Duration};
use utoipa::ToSchema;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What a problem says (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// Identifies the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:psa-bridge:problem:not_found")]
    pub kind: String,
    /// The kind of problem, for people.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// This one problem, for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The kind of problem, for programs. Never changes its meaning.
    #[schema(example = "not_found")]
    pub code: Cow<'static, str>,
    /// The member, parameter or header that is wrong, as a path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fix: Option<Cow<'static, str>>,
    /// Each thing that is wrong, where it is several.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<FieldError>,
}

/// One of several things that are wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The member that is wrong, as a path.
    pub field: String,
    /// What is wrong, for programs.
    pub code: String,
    /// What to do.
    pub message: String,
}

/// A problem on its way to the caller: what it says, and the headers that go with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    status: StatusCode,
    details: ProblemDetails,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem. `code` is stable; `title` says it to people.
    pub fn new(status: StatusCode, code: &'static str, title: impl Into<Cow<'static, str>>) -> Self {
        let details = ProblemDetails {
            kind: format!("urn:psa-bridge:problem:{code}"),
            title: title.into(),
            status: status.as_u16(),
            detail: None,
            code: code.into(),
            field: None,
            fix: None,
            errors: Vec::new(),
        };
        Self(Box::new(Inner { status, details, headers: Vec::new() }))
    }

    /// There is nothing of that name that the caller may see.
    pub fn not_found(what: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}"))
    }

    /// A member of the body does not fit.
    pub fn invalid_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", "A field is not as it has to be")
            .with_field(field)
            .with_detail(detail)
            .with_fix("Correct the field and send the request again.")
    }

    /// A parameter of the address or a header does not fit.
    pub fn invalid_parameter(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_parameter", "A parameter is not as it has to be")
            .with_field(field)
            .with_detail(detail)
            .with_fix("Correct the parameter and send the request again.")
    }

    /// The state of the thing does not allow it.
    pub fn conflict(code: &'static str, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, title)
    }

    /// A fault of the bridge itself. What happened belongs into the log.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "PSA Bridge failed at this request")
            .with_fix("Try again later. If it stays, give the request id to the operator.")
    }

    /// What exactly is wrong.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.details.detail = Some(detail.into());
        self
    }

    /// Where it is wrong.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.0.details.field = Some(field.into());
        self
    }

    /// What to do.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<Cow<'static, str>>) -> Self {
        self.0.details.fix = Some(fix.into());
        self
    }

    /// Each thing that is wrong.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.details.errors = errors;
        self
    }

    /// A header of the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        self.with_header(header::RETRY_AFTER, after.as_secs().max(1).into())
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What it says.
    pub fn details(&self) -> &ProblemDetails {
        &self.0.details
    }

    /// What it says, for an answer that lists several outcomes.
    pub fn into_details(self) -> ProblemDetails {
        self.0.details
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.details.fmt(f)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.details.code)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Inner { status, details, headers } = *self.0;
        // Strings and numbers alone: this cannot fail, and an empty problem still has its status.
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        response.headers_mut().extend(headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}
