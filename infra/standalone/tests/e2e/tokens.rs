//! Tokens of `psa-bridge token`: what they let their bearer do, and what not.

use crate::bridge::{Bridge, printed};
use psa_bridge_workload::{Access, Api, Call, Caller};
use serde_json::json;
use std::collections::BTreeMap;

/// The API as seen with one token, which stands for machine and partner alike.
fn api(bridge: &Bridge, token: &str) -> Api {
    let partners = BTreeMap::from([("anybody".to_owned(), token.into())]);
    Api::new(Access { url: bridge.url(), machine: token.into(), partners }).unwrap()
}

fn started() -> Bridge {
    let bridge = Bridge::new();
    bridge.start();
    bridge
}

const PARTNER: Caller<'static> = Caller::Partner("anybody");

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_its_bearer_do_what_its_scopes_say() {
    let bridge = started();
    let machine = api(&bridge, &bridge.token(&[]));
    let register = Call::new(Caller::Machine, reqwest::Method::PUT, "/v1/organizations/org-1")
        .json(&json!({ "name": "Contoso", "chain": ["acme"] }));
    assert_eq!(machine.send(register.clone()).await.unwrap().status, 201);
    let partner = api(&bridge, &bridge.token(&["--partner", "acme"]));
    let organizations = partner.send(Call::get(PARTNER, "/v1/organizations")).await.unwrap();
    assert_eq!(organizations.status, 200);
    assert_eq!(organizations.body.pointer("/items/0/id"), Some(&json!("org-1")));
    let other = api(&bridge, &bridge.token(&["--partner", "other"]));
    let organizations = other.send(Call::get(PARTNER, "/v1/organizations")).await.unwrap();
    assert_eq!(organizations.body.pointer("/items"), Some(&json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_scope_is_refused_with_403() {
    let bridge = started();
    let events = Call::new(Caller::Machine, reqwest::Method::POST, "/v1/events").json(&json!([]));
    let connect = Call::new(PARTNER, reqwest::Method::POST, "/v1/connections").json(&json!({}));
    for (token, call) in [
        (bridge.token(&["--scope", "organizations:write"]), events.clone()),
        (bridge.token(&["--partner", "acme"]), events),
        (bridge.token(&["--partner", "acme", "--scope", "psa:read"]), connect),
        (bridge.token(&[]), Call::get(PARTNER, "/v1/connections")),
    ] {
        let reply = api(&bridge, &token).send(call).await.unwrap();
        assert_eq!(reply.status, 403, "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_somebody_else_is_refused_with_401() {
    let bridge = started();
    let made_with = |name: &str, value: &str| {
        let output = bridge.command(&["token", "--partner", "acme"]).env(name, value).output().unwrap();
        assert!(output.status.success(), "{}", printed(&output).1);
        printed(&output).0.trim().to_owned()
    };
    let elsewhere = tempfile::tempdir().unwrap();
    for token in [
        made_with("PSA_BRIDGE__AUTH__AUDIENCE", "another-service"),
        made_with("PSA_BRIDGE__AUTH__ISSUER", "somebody"),
        made_with("PSA_BRIDGE__DATA__FOLDER", &elsewhere.path().display().to_string()),
        "no-token".to_owned(),
    ] {
        let reply = api(&bridge, &token).send(Call::get(PARTNER, "/v1/connections")).await.unwrap();
        assert_eq!(reply.status, 401, "{reply:?}");
    }
}

#[test]
fn a_scope_that_would_not_count_is_not_put_into_a_token() {
    let bridge = Bridge::new();
    for arguments in [
        ["token", "--partner", "acme", "--scope", "events:write"].as_slice(),
        ["token", "--scope", "psa:manage"].as_slice(),
        ["token", "--scope", "everything"].as_slice(),
    ] {
        let output = bridge.command(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(printed(&output).1.contains(arguments[arguments.len() - 1]), "{:?}", printed(&output));
    }
}
