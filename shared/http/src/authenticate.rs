//! Finding out who is calling, behind a trait: standalone checks the token itself, behind a gateway its authorizer has
//! done so and passes the claims on.

use crate::{Claims, Problem};
use async_trait::async_trait;
use http::{HeaderValue, StatusCode, header, request::Parts};

/// Tells who is calling.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The checked claims of a request.
    ///
    /// # Errors
    /// A 401 with a challenge, or a 403.
    async fn authenticate(&self, parts: &Parts) -> Result<Claims, Problem>;
}

/// The token of `Authorization: Bearer …`.
///
/// # Errors
/// 401 `token_missing` where there is none, 401 `invalid_token` where there are several.
pub fn bearer_token(parts: &Parts) -> Result<&str, Problem> {
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(token_missing()) };
    if values.next().is_some() {
        return Err(invalid_token("The request has several Authorization headers."));
    }
    let (scheme, token) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(token_missing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(token_missing()) }
}

fn token_missing() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "token_missing", "The request has no bearer token")
        .with_fix("Send the header “Authorization: Bearer <token>”.")
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// The token is not one that counts here. `why` says what is wrong with it, and never quotes it.
pub(crate) fn invalid_token(why: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_token", "The bearer token is not valid here")
        .with_detail(why)
        .with_fix("Get a new token and send the request again.")
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""))
}
