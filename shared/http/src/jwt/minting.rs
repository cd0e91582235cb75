//! Making tokens with the local key: for development, and for a small vendor without an identity provider.

use super::{LocalKey, TokenRules};
use crate::Scope;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use psa_bridge_core::ids::PartnerId;
use secrecy::SecretString;
use serde_json::{Map, Value};

/// What a token is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// Who it is for.
    pub subject: String,
    /// For which partner; none for a machine.
    pub partner: Option<PartnerId>,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// How long.
    pub valid_for: SignedDuration,
}

/// Makes a token that [`JwtAuthenticator`](super::JwtAuthenticator) takes by the same rules and key.
///
/// # Errors
/// What the signature library says.
pub fn mint(
    key: &LocalKey,
    rules: &TokenRules,
    request: &TokenRequest,
    now: Timestamp,
) -> Result<SecretString, jsonwebtoken::errors::Error> {
    let scope: Vec<&str> = request.scopes.iter().map(|scope| scope.as_str()).collect();
    let issued = now.as_second();
    let mut claims = Map::from_iter([
        ("iss".to_owned(), Value::from(rules.issuer.as_str())),
        ("aud".to_owned(), Value::from(rules.audience.as_str())),
        ("sub".to_owned(), Value::from(request.subject.as_str())),
        ("iat".to_owned(), Value::from(issued)),
        ("exp".to_owned(), Value::from(issued.saturating_add(request.valid_for.as_secs()))),
        ("scope".to_owned(), Value::from(scope.join(" "))),
    ]);
    if let Some(partner) = &request.partner {
        claims.insert(rules.partner_claim.clone(), Value::from(partner.as_str()));
    }
    let token = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(key.bytes()))?;
    Ok(token.into())
}
