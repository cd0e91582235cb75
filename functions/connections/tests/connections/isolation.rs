//! Who may what: a partner's connections are its own.

use crate::bridge::{Bridge, good_settings, wish};
use axum::http::Method;
use psa_bridge_connections::router;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn every_request(id: &str) -> Vec<(Method, String, Option<Value>)> {
    let at = |rest: &str| format!("/v1/connections/{id}{rest}");
    vec![
        (Method::GET, at(""), None),
        (Method::GET, at("/ticket-form"), None),
        (Method::GET, at("/settings"), None),
        (Method::PUT, at("/credentials"), Some(json!({ "credentials": { "client_secret": "good-2" } }))),
        (Method::POST, at("/check"), None),
        (Method::POST, at("/test-ticket"), Some(json!({ "client": "12" }))),
        (Method::POST, at("/confirm"), None),
        (Method::POST, at("/pause"), None),
        (Method::POST, at("/resume"), None),
        (Method::GET, at("/backfill"), None),
        (Method::POST, at("/backfill"), None),
        (Method::PUT, at("/settings"), Some(good_settings())),
        (Method::DELETE, at("/settings"), None),
        (Method::DELETE, at(""), None),
    ]
}

#[tokio::test]
async fn another_partners_connection_is_not_there() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    let before = bridge.connection(&id).await;
    for (method, path, body) in every_request(id.as_str()) {
        let answer = bridge.ask_as("other-msp psa:manage", method.clone(), &path, body, &[]).await;
        assert_eq!(answer.code(), (404, "not_found"), "{method} {path}: {answer:?}");
    }
    let listed = bridge.ask_as("other-msp psa:manage", Method::GET, "/v1/connections", None, &[]).await;
    assert_eq!(listed.body["items"], json!([]));
    assert_eq!(bridge.connection(&id).await, before);
    assert_eq!(bridge.vault.secrets(), [(1, "good-1".to_owned())]);
}

#[tokio::test]
async fn a_connection_that_never_was_is_answered_the_same() {
    let bridge = Bridge::new();
    for id in ["con_aaaaaaaaaaaaaaaaaaaaaaaa", "nonsense"] {
        for (method, path, body) in every_request(id) {
            let answer = bridge.ask(method.clone(), &path, body).await;
            assert_eq!(answer.code(), (404, "not_found"), "{method} {path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn who_may_only_read_changes_nothing() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let mut requests = every_request(id.as_str());
    requests.push((Method::POST, "/v1/connections".into(), Some(wish("other"))));
    for (method, path, body) in requests {
        let answer = bridge.ask_as("acme-msp psa:read", method.clone(), &path, body, &[]).await;
        if method == Method::GET {
            assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
        } else {
            assert_eq!(answer.code(), (403, "insufficient_scope"), "{method} {path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_answered() {
    let bridge = Bridge::new();
    for path in ["/v1/integrations", "/v1/connections", "/v1/connections/con_x"] {
        let answer = bridge.ask_as("", Method::GET, path, None, &[]).await;
        assert_eq!(answer.code(), (401, "token_missing"), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn every_operation_is_described() {
    let document = router(Bridge::new().state).into_openapi();
    let document = serde_json::to_value(document).unwrap();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{what}");
            assert!(operation["summary"].is_string(), "{what}");
            assert!(operation["security"][0]["bearer"].is_array(), "{what}");
            assert!(operation["responses"]["401"].is_object(), "{what}");
            if path.contains("{id}") {
                assert!(operation["responses"]["404"].is_object(), "{what}");
            }
            if method != "get" {
                let headers = operation["parameters"].as_array().unwrap();
                assert!(
                    headers.iter().any(|p| p["name"] == "Idempotency-Key" && p["in"] == "header"),
                    "{what}"
                );
            }
        }
    }
    assert_eq!(ids.len(), 17);
}
