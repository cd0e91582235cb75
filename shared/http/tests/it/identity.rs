//! Who gets in, and where to.

use crate::app::{App, SECRET};
use http::{Request, StatusCode};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use psa_bridge_http::{JwtKeys, LocalKey, SCOPES, Scope};
use serde_json::{Value, json};

fn claims(changes: &[(&str, Value)]) -> Value {
    let mut claims = json!({
        "iss": "https://id.example", "aud": "psa-bridge", "sub": "user-7", "exp": 1_772_370_000,
        "partner_id": "acme", "scope": "openid psa:read",
    });
    for (name, value) in changes {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(*name),
            value => claims.as_object_mut().unwrap().insert((*name).to_owned(), value.clone()),
        };
    }
    claims
}

fn signed(algorithm: Algorithm, claims: &Value, secret: &str) -> String {
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

#[tokio::test]
async fn a_good_token_names_the_partner() {
    let app = App::new();
    let answer = app.get("/v1/read", &signed(Algorithm::HS256, &claims(&[]), SECRET)).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!("acme")));
}

#[tokio::test]
async fn a_request_without_a_token_is_challenged() {
    let app = App::new();
    for header in [None, Some("Basic dXNlcjpwYXNz"), Some("Bearer"), Some("token")] {
        let mut request = Request::get("/v1/read");
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let answer = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), (401, "token_missing".to_owned()), "{header:?}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
}

#[tokio::test]
async fn a_token_that_does_not_count_here_is_refused_and_never_quoted() {
    let app = App::new();
    let cases = [
        ("another issuer", claims(&[("iss", json!("https://evil.example"))])),
        ("no issuer", claims(&[("iss", Value::Null)])),
        ("another audience", claims(&[("aud", json!(["other"]))])),
        ("no audience", claims(&[("aud", Value::Null)])),
        ("no expiry", claims(&[("exp", Value::Null)])),
        ("an expiry in words", claims(&[("exp", json!("tomorrow"))])),
        ("no subject", claims(&[("sub", Value::Null)])),
        ("an empty subject", claims(&[("sub", json!(""))])),
        ("a partner that is a number", claims(&[("partner_id", json!(7))])),
        ("an empty partner", claims(&[("partner_id", json!(""))])),
    ];
    for (name, claims) in cases {
        let token = signed(Algorithm::HS256, &claims, SECRET);
        let answer = app.get("/v1/read", &token).await;
        assert_eq!(answer.problem(), (401, "invalid_token".to_owned()), "{name}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        assert!(!answer.text.contains(&token), "{name}");
    }
}

#[tokio::test]
async fn a_forged_token_is_refused() {
    let app = App::new();
    let good = signed(Algorithm::HS256, &claims(&[]), SECRET);
    let (_, rest) = good.split_once('.').unwrap();
    let (payload, _) = rest.split_once('.').unwrap();
    let none = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
    let demanding = Header { crit: Some(vec!["exp".to_owned()]), ..Header::new(Algorithm::HS256) };
    let forged = [
        encode(&demanding, &claims(&[]), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap(),
        signed(Algorithm::HS256, &claims(&[]), "another secret of thirty-two bytes"),
        signed(Algorithm::HS512, &claims(&[]), SECRET),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.AAAA"),
        good[..good.len() - 4].to_owned(),
        "nonsense".to_owned(),
        String::new(),
    ];
    for token in forged {
        let answer = app.get("/v1/read", &token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let app = App::new();
    let token = format!("Bearer {}", app.manager("acme"));
    let request = Request::get("/v1/read").header("authorization", &token).header("authorization", &token);
    let answer = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(), (401, "invalid_token".to_owned()));
}

#[tokio::test]
async fn times_count_with_a_leeway_of_a_minute() {
    let app = App::new();
    let token = app.manager("acme");
    app.clock.turn(SignedDuration::from_secs(3600 + 59));
    assert_eq!(app.get("/v1/read", &token).await.status, StatusCode::OK);
    app.clock.turn(SignedDuration::from_secs(1));
    assert_eq!(app.get("/v1/read", &token).await.status, StatusCode::UNAUTHORIZED);

    let app = App::new();
    let noon = 1_772_366_400;
    let early = |nbf: i64| signed(Algorithm::HS256, &claims(&[("nbf", json!(nbf))]), SECRET);
    assert_eq!(app.get("/v1/read", &early(noon + 60)).await.status, StatusCode::OK);
    assert_eq!(app.get("/v1/read", &early(noon + 61)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn each_scope_opens_its_own_routes_and_no_other() {
    let app = App::new();
    let routes = [
        ("GET", "/v1/read", true, vec![Scope::Read, Scope::Manage]),
        ("POST", "/v1/things", true, vec![Scope::Manage]),
        ("POST", "/v1/events", false, vec![Scope::WriteEvents]),
        ("POST", "/v1/organizations", false, vec![Scope::WriteOrganizations]),
        ("GET", "/v1/operator", false, vec![Scope::Operate]),
    ];
    for (method, path, partner, opens) in routes {
        for scope in SCOPES {
            let token = app.token((!scope.is_machine()).then_some("acme"), &[scope]);
            let answer = match method {
                "GET" => app.get(path, &token).await,
                _ => app.post(path, &token, None, r#"{"name":"a"}"#).await,
            };
            if opens.contains(&scope) {
                assert!(answer.status.is_success(), "{scope:?} {path} {answer:?}");
            } else {
                assert_eq!(answer.problem(), (403, "insufficient_scope".to_owned()), "{scope:?} {path}");
                let challenge = answer.header("www-authenticate").unwrap();
                assert!(
                    challenge.contains("insufficient_scope") && challenge.contains("scope="),
                    "{challenge}"
                );
            }
        }
        // A partner's scope without a partner opens nothing, and neither does a token without scopes.
        for token in [app.token(None, &[Scope::Read, Scope::Manage]), app.token(Some("acme"), &[])] {
            let answer = match method {
                "GET" => app.get(path, &token).await,
                _ => app.post(path, &token, None, r#"{"name":"a"}"#).await,
            };
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {partner}");
        }
    }
}

#[tokio::test]
async fn a_partners_token_with_a_machines_scope_is_refused_everywhere() {
    let app = App::new();
    for scope in SCOPES.into_iter().filter(|scope| scope.is_machine()) {
        let token = app.token(Some("acme"), &[Scope::Manage, scope]);
        for path in ["/v1/read", "/v1/operator"] {
            assert_eq!(app.get(path, &token).await.problem(), (403, "mixed_token".to_owned()), "{scope:?}");
        }
    }
}

#[tokio::test]
async fn scopes_are_read_from_either_claim_in_either_form() {
    let app = App::new();
    let forms = [
        claims(&[("scope", Value::Null), ("scp", json!("a psa:read b"))]),
        claims(&[("scope", Value::Null), ("scp", json!(["a", "psa:read"]))]),
        claims(&[("scope", json!("a")), ("scp", json!(["psa:read"]))]),
    ];
    for claims in forms {
        let answer = app.get("/v1/read", &signed(Algorithm::HS256, &claims, SECRET)).await;
        assert_eq!(answer.status, StatusCode::OK, "{claims}");
    }
    let mixed = claims(&[("scp", json!(["psa:operate"]))]);
    let answer = app.get("/v1/read", &signed(Algorithm::HS256, &mixed, SECRET)).await;
    assert_eq!(answer.problem(), (403, "mixed_token".to_owned()));
}

#[tokio::test]
async fn a_route_that_somebody_forgot_to_protect_lets_nobody_in() {
    let app = App::new();
    let answer = app.get("/v1/unprotected", &app.manager("acme")).await;
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
}

#[test]
fn a_local_key_must_be_long_and_is_never_shown() {
    assert!(LocalKey::new("short".into()).is_err());
    let key = LocalKey::new(SECRET.into()).unwrap();
    assert!(!format!("{key:?} {:?}", JwtKeys::local(&key)).contains("0123"));
}
