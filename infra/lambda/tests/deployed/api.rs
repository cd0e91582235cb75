//! Who may call the API as deployed: the gateway checks tokens, the functions scopes.

use crate::stack::Stack;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Calls as somebody, and tells status and body.
pub async fn call(stack: &Stack, method: reqwest::Method, path: &str, token: Option<&str>) -> (u16, Value) {
    let request = reqwest::Client::new().request(method, format!("{}{path}", stack.api()));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let answer = request.header("content-type", "application/json").body("{}").send().await.unwrap();
    let (status, bytes) = (answer.status().as_u16(), answer.bytes().await.unwrap());
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// What is public, what needs a token, and what a scope.
pub async fn assert_guarded(stack: &Stack) {
    let get = reqwest::Method::GET;
    let (status, health) = call(stack, get.clone(), "/healthz", None).await;
    assert_eq!((status, health), (200, json!({ "status": "ok" })));
    let (status, document) = call(stack, get.clone(), "/openapi.json", None).await;
    assert_eq!(status, 200);
    assert_eq!(document["servers"][0]["url"], stack.output("ApiUrl"));

    let (issuer, now) = (&stack.issuer, Timestamp::now().as_second());
    let reader = json!({ "sub": "ann", "partner_id": "msp", "scope": "psa:read" });
    let with = |name: &str, value: Value| {
        let mut claims = reader.clone();
        claims[name] = value;
        claims
    };
    assert_eq!(call(stack, get.clone(), "/v1/connections", None).await.0, 401, "without a token");
    for (what, token) in [
        ("of another audience", issuer.token(&with("aud", "others".into()))),
        ("of another issuer", issuer.token(&with("iss", "https://others.example".into()))),
        ("that has expired", issuer.token(&with("exp", (now - 600).into()))),
        ("badly signed", issuer.forged(&reader).await),
    ] {
        assert_eq!(call(stack, get.clone(), "/v1/connections", Some(&token)).await.0, 401, "a token {what}");
    }
    let token = issuer.token(&reader);
    assert_eq!(call(stack, get.clone(), "/v1/connections", Some(&token)).await.0, 200);
    for (method, path) in [
        (reqwest::Method::POST, "/v1/events"),
        (reqwest::Method::POST, "/v1/connections"),
        (reqwest::Method::PUT, "/v1/organizations/org-1"),
        (get.clone(), "/v1/operator/connections"),
    ] {
        let (status, problem) = call(stack, method.clone(), path, Some(&token)).await;
        assert_eq!((status, problem["code"].as_str()), (403, Some("insufficient_scope")), "{method} {path}");
    }
    let mixed = issuer.token(&with("scope", "psa:read events:write".into()));
    let (status, problem) = call(stack, get, "/v1/connections", Some(&mixed)).await;
    assert_eq!((status, problem["code"].as_str()), (403, Some("mixed_token")));
}
