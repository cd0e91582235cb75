//! The parts of the API document that all functions share: the problems that any request may get, and the bearer token.

use crate::ProblemDetails;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        OpenApi,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// The name of the security scheme in the API document.
pub const BEARER: &str = "bearer";

/// What any read may be answered in place of what was asked for.
#[derive(IntoResponses)]
pub enum ReadProblems {
    /// A parameter is not as it has to be, e.g. `invalid_parameter`, `invalid_cursor`.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(ProblemDetails),
    /// `token_missing` or `invalid_token`.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(ProblemDetails),
    /// `insufficient_scope` or `mixed_token`.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemDetails),
    /// `internal`: a fault of the bridge.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(ProblemDetails),
    /// `store_unavailable`, `vault_unavailable` or `timeout`: try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDetails),
}

/// What any write may be answered in place of what was asked for.
#[derive(IntoResponses)]
pub enum WriteProblems {
    /// `invalid_json`, or a parameter is not as it has to be.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(ProblemDetails),
    /// `token_missing` or `invalid_token`.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(ProblemDetails),
    /// `insufficient_scope` or `mixed_token`.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemDetails),
    /// `request_in_flight`: the first request with this idempotency key is still being answered; or the state of the
    /// thing does not allow the change.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemDetails),
    /// `body_too_large`.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemDetails),
    /// `unsupported_media_type`: the body must be JSON.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(ProblemDetails),
    /// `invalid_field`, or `idempotency_key_reused`, or the PSA refuses it.
    #[response(status = 422, content_type = "application/problem+json")]
    Unprocessable(ProblemDetails),
    /// `internal`: a fault of the bridge.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(ProblemDetails),
    /// `store_unavailable`, `vault_unavailable` or `timeout`: try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemDetails),
}

/// Adds to a document what all functions refer to: the bearer token, and problems.
pub fn describe_common(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "A partner's token carries the partner and `psa:read` or `psa:manage`; a machine's token carries no \
             partner, and `events:write`, `organizations:write` or `psa:operate`.",
        ))
        .build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    let mut schemas = vec![(ProblemDetails::name().into_owned(), ProblemDetails::schema())];
    ProblemDetails::schemas(&mut schemas);
    components.schemas.extend(schemas);
}
