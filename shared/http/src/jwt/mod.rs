//! Bearer tokens checked by the bridge itself, for homes without a gateway that does so. The algorithm is the key's,
//! never the token's wish, so that neither `none` nor a public key used as a shared secret gets anybody in.

mod keys;
mod minting;

pub use keys::{JwtKeys, KeyError, LocalKey};
pub use minting::{TokenRequest, mint};

use crate::{
    Claims, Problem,
    authenticate::{Authenticator, bearer_token, invalid_token},
};
use async_trait::async_trait;
use http::request::Parts;
use jsonwebtoken::{Validation, decode, decode_header};
use psa_bridge_core::ids::PartnerId;
use psa_connector::Clock;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::Arc};

/// How far clocks may differ, in seconds.
const LEEWAY: f64 = 60.0;

/// What a token must say to count here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRules {
    /// Its `iss`.
    pub issuer: String,
    /// One of its `aud`.
    pub audience: String,
    /// The claim that names the partner.
    pub partner_claim: String,
}

impl TokenRules {
    /// Rules with the partner in `partner_id`.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), audience: audience.into(), partner_claim: "partner_id".to_owned() }
    }
}

/// Checks bearer tokens.
#[derive(Clone, Debug)]
pub struct JwtAuthenticator {
    rules: TokenRules,
    keys: JwtKeys,
    clock: Arc<dyn Clock>,
}

impl JwtAuthenticator {
    /// Checks tokens of these keys by these rules.
    pub fn new(rules: TokenRules, keys: JwtKeys, clock: Arc<dyn Clock>) -> Self {
        Self { rules, keys, clock }
    }

    /// The claims of a token.
    ///
    /// # Errors
    /// 401 `invalid_token`, or 403 `mixed_token`.
    pub fn check(&self, token: &str) -> Result<Claims, Problem> {
        let header = decode_header(token)
            .map_err(|_| invalid_token("It is no signed JWT, or its algorithm is not taken."))?;
        if header.crit.is_some() {
            return Err(invalid_token("It demands an extension that is not known here."));
        }
        let key = self
            .keys
            .find(header.kid.as_deref())
            .ok_or_else(|| invalid_token("It is signed with a key that is not known here."))?;
        let claims = decode::<Map<String, Value>>(token, key.decoding(), &self.validation(key.algorithm()))
            .map_err(|error| invalid_token(why(error.kind())))?
            .claims;
        self.check_times(&claims)?;
        self.claims(&claims)
    }

    fn validation(&self, algorithm: jsonwebtoken::Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.rules.issuer]);
        validation.set_audience(&[&self.rules.audience]);
        // Times are checked against our own clock, below.
        validation.validate_exp = false;
        validation
    }

    fn check_times(&self, claims: &Map<String, Value>) -> Result<(), Problem> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 are exact in an f64 for ages to come"
        )]
        let now = self.clock.now().as_second() as f64;
        let expires =
            claims.get("exp").and_then(Value::as_f64).ok_or_else(|| invalid_token("It has no expiry."))?;
        if expires + LEEWAY <= now {
            return Err(invalid_token("It has expired."));
        }
        match claims.get("nbf").map(Value::as_f64) {
            None => Ok(()),
            Some(Some(begins)) if begins <= now + LEEWAY => Ok(()),
            Some(_) => Err(invalid_token("It is not valid yet.")),
        }
    }

    fn claims(&self, claims: &Map<String, Value>) -> Result<Claims, Problem> {
        let subject = claims
            .get("sub")
            .and_then(Value::as_str)
            .filter(|subject| !subject.is_empty())
            .ok_or_else(|| invalid_token("It has no subject."))?;
        let partner = match claims.get(&self.rules.partner_claim) {
            None | Some(Value::Null) => None,
            Some(value) => {
                Some(partner(value).ok_or_else(|| invalid_token("Its partner is no partner's id."))?)
            }
        };
        Claims::new(subject, partner, scopes(claims))
    }
}

fn partner(value: &Value) -> Option<PartnerId> {
    value.as_str()?.parse().ok()
}

/// The scopes of `scope` (a text with spaces) and `scp` (that, or a list).
fn scopes(claims: &Map<String, Value>) -> BTreeSet<&str> {
    ["scope", "scp"]
        .into_iter()
        .filter_map(|name| claims.get(name))
        .flat_map(|value| match value {
            Value::String(text) => text.split(' ').collect(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        })
        .filter(|scope| !scope.is_empty())
        .collect()
}

fn why(error: &jsonwebtoken::errors::ErrorKind) -> &'static str {
    use jsonwebtoken::errors::ErrorKind as E;
    match error {
        E::InvalidSignature => "Its signature does not fit.",
        E::InvalidAlgorithm => "Its algorithm is not the one of its key.",
        E::InvalidIssuer => "It is of another issuer.",
        E::InvalidAudience => "It is for another audience.",
        E::MissingRequiredClaim(_) => "It lacks one of the claims exp, iss, aud and sub.",
        _ => "It cannot be read.",
    }
}

#[async_trait]
impl Authenticator for JwtAuthenticator {
    async fn authenticate(&self, parts: &Parts) -> Result<Claims, Problem> {
        self.check(bearer_token(parts)?)
    }
}
