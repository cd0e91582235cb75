//! What every HTTP function of PSA Bridge shares: identity, problem details, cursors, idempotency keys.
//!
//! A function builds an [`OpenApiRouter`](utoipa_axum::router::OpenApiRouter) with its own state. A host merges those that
//! it serves, puts [`protect`] around them (who is calling, idempotency keys, cursors), adds what is public, and puts
//! [`finish`] around it all (request ids, logs, time limit, panics, fallbacks).

mod authenticate;
mod body;
mod callers;
mod claims;
mod conversions;
mod cursor;
mod finish;
mod idempotency;
mod jwt;
mod language;
mod openapi;
mod params;
mod problem;
mod protect;

pub use authenticate::{Authenticator, bearer_token};
pub use body::{Json, MAX_BODY};
pub use callers::{EventWriter, OperatorCaller, OrganizationWriter, PartnerManager, PartnerReader};
pub use claims::{Claims, SCOPES, Scope};
pub use cursor::{CursorKey, List, MAX_LIMIT, Paging, PagingParams};
pub use finish::{ANSWER_TIMEOUT, REQUEST_ID, RequestId, finish};
pub use idempotency::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, MAX_IDEMPOTENT_BODY};
pub use jwt::{JwtAuthenticator, JwtKeys, KeyError, LocalKey, TokenRequest, TokenRules, mint};
pub use language::RequestLanguage;
pub use openapi::{BEARER, ReadProblems, WriteProblems, describe_common};
pub use params::{Path, Query};
pub use problem::{FieldError, Problem, ProblemDetails};
pub use protect::{Protection, protect};
