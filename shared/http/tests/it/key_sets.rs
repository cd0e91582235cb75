//! Tokens of an identity provider, checked with its key set.

use crate::app::{App, SECRET};
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use psa_bridge_http::{JwtKeys, KeyError};
use serde_json::{Value, json};

/// Signed by the private half of [`rsa`], which nobody has any more; good until the year 2100.
const RS256_TOKEN: &str = "eyJhbGciOiAiUlMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAicnNhLTEifQ.eyJpc3MiOiAiaHR0cHM6Ly9pZC5leGFtcGxlIiwgImF1ZCI6IFsicHNhLWJyaWRnZSIsICJvdGhlciJdLCAic3ViIjogInVzZXItNyIsICJleHAiOiA0MTAyNDQ0ODAwLCAicGFydG5lcl9pZCI6ICJhY21lIiwgInNjcCI6IFsicHNhOnJlYWQiXX0.I3Q07hn2N7BQykbGJqemrc7-dIEd8QbnZPLlLWcxuR7vFKbqp905GaEIr4m3-2ns4SkpajkU6YvziJVzDzkzgfl8sMngsTPdlyrw8ZowoK2yXBRwOAfXyhuJ6aIJ5KMnBQqM4xiXCriWSHQ86S388MwO9qq4bPHtTaWuQ25W4METL7G-E-Itzo0aY1WTSvDmQivB_UTI_DHHvJbOjZKR38Sxy-S45rSECXJxN6FqIPR4xEE6JXV0r_GMwAprqYrrYzAz7JW4b_8xqoir28-RRZ23v8omoQlT8IVmOgvzjMb-CADQcv0hDAW-MarICV3AYfmXsUtHNmauUPHnO0z0wA";

fn rsa() -> Value {
    json!({
        "kty": "RSA", "kid": "rsa-1", "use": "sig", "alg": "RS256", "e": "AQAB",
        "n": "uM3sQmnY10wAwoUC4lenM1jSXDIWx2aumPJglCUJsfUnc3JkqpkY1189Jhn5SIQLiteCMNqVbr_OMgShlt9peQ73OpOfc04WM_2mKM2LYkcxUug9bdKJpNXVnEnMiJ5pQB3Q32e0LQRP9C0k8Gq16e4SNWMe-YSvj7wRFrMlaI6ljOzDAYVoa084eusUflsTyh25qTLfxWAP0yX6w-HmT-mmNrlcY_C3NRL816OKEsgMOtX76JM4gqYHEb-35GYbafBRAWHjFuW-TfOzINMYONNOccIAr1t1PPlgZRUcclEuCFwXAUgpnq-_xmxNqFQvJSVykYKc-eANwRpRO4HB5Q",
    })
}

/// An Ed25519 key made of one repeated byte: its PKCS #8 form is a fixed prefix and the seed.
fn ed25519(seed: u8) -> EncodingKey {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([seed; 32]);
    EncodingKey::from_ed_der(&der)
}

/// A P-256 key made of one repeated byte, likewise.
fn p256(seed: u8) -> EncodingKey {
    let mut der = vec![0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    der.extend([6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20]);
    der.extend([seed; 32]);
    EncodingKey::from_ec_der(&der)
}

fn public(key: &EncodingKey, algorithm: Algorithm, id: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    serde_json::to_value(jwk).unwrap()
}

fn token(key: &EncodingKey, algorithm: Algorithm, id: Option<&str>) -> String {
    let claims = json!({
        "iss": "https://id.example", "aud": "psa-bridge", "sub": "user-7", "exp": 1_772_370_000,
        "partner_id": "acme", "scope": "psa:read",
    });
    let header = Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, &claims, key).unwrap()
}

fn key_set(keys: &[Value]) -> JwtKeys {
    JwtKeys::jwks(&json!({ "keys": keys }).to_string()).unwrap()
}

#[tokio::test]
async fn tokens_of_every_taken_algorithm_get_in_by_their_key() {
    let (ed, ec) = (ed25519(1), p256(2));
    let keys = [rsa(), public(&ed, Algorithm::EdDSA, "ed-1"), public(&ec, Algorithm::ES256, "ec-1")];
    let app = App::with_keys(key_set(&keys));
    for token in [
        RS256_TOKEN.to_owned(),
        token(&ed, Algorithm::EdDSA, Some("ed-1")),
        token(&ec, Algorithm::ES256, Some("ec-1")),
    ] {
        let answer = app.get("/v1/read", &token).await;
        assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!("acme")), "{token}");
    }
}

#[tokio::test]
async fn a_token_gets_in_by_no_other_key_and_no_other_algorithm() {
    let (ed, ec) = (ed25519(1), p256(2));
    let keys = [rsa(), public(&ed, Algorithm::EdDSA, "ed-1"), public(&ec, Algorithm::ES256, "ec-1")];
    let app = App::with_keys(key_set(&keys));
    let modulus = rsa()["n"].as_str().unwrap().to_owned();
    let forged = [
        ("another key under a known id", token(&ed25519(9), Algorithm::EdDSA, Some("ed-1"))),
        ("an id that is not known", token(&ed, Algorithm::EdDSA, Some("ed-2"))),
        ("no id among several keys", token(&ed, Algorithm::EdDSA, None)),
        ("the id of a key of another algorithm", token(&ec, Algorithm::ES256, Some("ed-1"))),
        (
            "a public key used as a shared secret",
            token(&EncodingKey::from_secret(modulus.as_bytes()), Algorithm::HS256, Some("rsa-1")),
        ),
        ("the local secret", token(&EncodingKey::from_secret(SECRET.as_bytes()), Algorithm::HS256, None)),
    ];
    for (name, token) in forged {
        assert_eq!(app.get("/v1/read", &token).await.problem(), (401, "invalid_token".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn the_only_key_of_a_set_serves_tokens_that_name_none() {
    let ed = ed25519(1);
    let app = App::with_keys(key_set(&[public(&ed, Algorithm::EdDSA, "ed-1")]));
    assert_eq!(app.get("/v1/read", &token(&ed, Algorithm::EdDSA, None)).await.status, StatusCode::OK);
}

#[test]
fn key_sets_that_would_be_unsafe_are_refused() {
    let shared = json!({ "kty": "oct", "kid": "s", "alg": "HS256", "k": "c2VjcmV0" });
    let encryption = json!({ "kty": "RSA", "kid": "e", "use": "enc", "e": "AQAB", "n": rsa()["n"] });
    let other_algorithm = json!({ "kty": "RSA", "kid": "p", "alg": "PS512", "e": "AQAB", "n": rsa()["n"] });
    for keys in [vec![], vec![shared], vec![encryption], vec![other_algorithm]] {
        let document = json!({ "keys": keys }).to_string();
        assert!(matches!(JwtKeys::jwks(&document), Err(KeyError::Empty)), "{document}");
    }
    let twice = json!({ "keys": [rsa(), rsa()] }).to_string();
    assert!(matches!(JwtKeys::jwks(&twice), Err(KeyError::Ambiguous(1))));
    assert!(matches!(JwtKeys::jwks("[]"), Err(KeyError::Document(_))));
}
