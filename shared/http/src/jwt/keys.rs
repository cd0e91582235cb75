//! The keys that tokens are checked with, each pinned to one algorithm.

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use thiserror::Error;

/// Fewest bytes of a shared secret: as many as its hash has.
const SHORTEST_SECRET: usize = 32;

/// Why keys are not usable.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Anybody could guess it.
    #[error("the local key must have at least {SHORTEST_SECRET} bytes")]
    TooShort,
    /// Not a key set.
    #[error("the key set is not a JWKS document: {0}")]
    Document(#[source] serde_json::Error),
    /// Nothing in it that can check a token.
    #[error("the key set has no RS256, ES256 or EdDSA key")]
    Empty,
    /// Tokens could not tell the keys apart.
    #[error("the key set has several keys, and key {0} has no id, or that of another one")]
    Ambiguous(usize),
    /// A key that cannot be read.
    #[error("key {index} of the key set cannot be read: {source}")]
    Key {
        /// Which, from 0.
        index: usize,
        /// Why.
        source: jsonwebtoken::errors::Error,
    },
}

/// A secret that tokens are both made and checked with (HS256).
#[derive(Clone)]
pub struct LocalKey(SecretString);

impl LocalKey {
    /// A secret of at least 32 bytes.
    pub fn new(secret: SecretString) -> Result<Self, KeyError> {
        if secret.expose_secret().len() < SHORTEST_SECRET {
            return Err(KeyError::TooShort);
        }
        Ok(Self(secret))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey([redacted])")
    }
}

/// The keys that tokens are checked with.
#[derive(Clone)]
pub struct JwtKeys(Vec<JwtKey>);

/// One key and the only algorithm it is used with.
#[derive(Clone)]
pub(super) struct JwtKey {
    id: Option<String>,
    algorithm: Algorithm,
    decoding: DecodingKey,
}

impl JwtKey {
    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

impl JwtKeys {
    /// Tokens of one shared secret.
    pub fn local(key: &LocalKey) -> Self {
        let decoding = DecodingKey::from_secret(key.bytes());
        Self(vec![JwtKey { id: None, algorithm: Algorithm::HS256, decoding }])
    }

    /// Tokens of an identity provider, by its JWKS document. Keys for other purposes and of other kinds are left out.
    pub fn jwks(document: &str) -> Result<Self, KeyError> {
        let set: JwkSet = serde_json::from_str(document).map_err(KeyError::Document)?;
        let mut keys: Vec<JwtKey> = Vec::new();
        for (index, jwk) in set.keys.iter().enumerate() {
            let Some(algorithm) = algorithm(jwk) else { continue };
            let decoding = DecodingKey::from_jwk(jwk).map_err(|source| KeyError::Key { index, source })?;
            let id = jwk.common.key_id.clone();
            if keys.iter().any(|other| other.id.is_none() || id.is_none() || other.id == id) {
                return Err(KeyError::Ambiguous(index));
            }
            keys.push(JwtKey { id, algorithm, decoding });
        }
        if keys.is_empty() { Err(KeyError::Empty) } else { Ok(Self(keys)) }
    }

    /// The key of a token: the one that it names, or the only one where token or key have no name.
    pub(super) fn find(&self, id: Option<&str>) -> Option<&JwtKey> {
        match (id, self.0.as_slice()) {
            (None, [only]) => Some(only),
            (Some(_), [only]) if only.id.is_none() => Some(only),
            (None, _) => None,
            (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)),
        }
    }
}

impl fmt::Debug for JwtKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| (&key.id, key.algorithm))).finish()
    }
}

/// The one algorithm that a public key is used with; none where it is not for checking tokens here.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
        return None;
    }
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    jwk.common.key_algorithm.is_none_or(|given| given == named).then_some(algorithm)
}
