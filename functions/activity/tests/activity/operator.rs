//! The operator's view.

use crate::bridge::Bridge;
use http::Method;
use jiff::SignedDuration;
use psa_bridge_core::{
    catalogue::Language,
    connection::ConnectionChange,
    ports::{EventStore, RejectedInput},
};
use psa_bridge_http::Scope;
use psa_bridge_rig::{ACME, CONTACT, GLOBEX};
use serde_json::json;

#[tokio::test]
async fn the_operator_sees_how_every_connection_fares_and_no_partners_secrets() {
    let (bridge, connection) = Bridge::mapped().await;
    bridge.live(GLOBEX, "two", Language::En).await;
    bridge.accept("e1", "org-1").await;
    bridge.change(ACME, &connection, ConnectionChange::Paused { by: "jo".into() }).await;
    let path = "/v1/operator/connections";
    let list = bridge.ask(Method::GET, path, None, Scope::Operate, None).await.ok();
    let first = &list["items"][0];
    assert_eq!((&first["connection"], &first["partner"]), (&json!("con_one"), &json!(ACME)));
    assert_eq!((&first["hold"]["code"], &first["counters"]["unfinished"]), (&json!("paused"), &json!(1)));
    assert_eq!(list["items"][1]["partner"], GLOBEX);
    assert!(!list.to_string().contains(CONTACT));
}

#[tokio::test]
async fn the_operator_sees_input_that_was_no_event() {
    let bridge = Bridge::new();
    for n in 0..3 {
        let input = RejectedInput {
            received_at: bridge.now(),
            code: "not_json".into(),
            field: None,
            message: format!("number {n}"),
            raw: "{".into(),
            length: 1,
        };
        bridge.store.reject(&input).await.unwrap();
    }
    let path = "/v1/operator/rejected?limit=2";
    let page = bridge.ask(Method::GET, path, None, Scope::Operate, None).await.ok();
    assert_eq!((&page["items"][0]["message"], &page["items"][0]["raw"]), (&json!("number 2"), &json!("{")));
    let rest = format!("{path}&cursor={}", page["next"].as_str().unwrap());
    let page = bridge.ask(Method::GET, &rest, None, Scope::Operate, None).await.ok();
    assert_eq!((page["items"].as_array().unwrap().len(), &page["next"]), (1, &json!(null)));
}

#[tokio::test]
async fn partners_have_no_operators_view() {
    let bridge = Bridge::new();
    for path in ["/v1/operator/connections", "/v1/operator/rejected"] {
        let answer = bridge.ask(Method::GET, path, Some(ACME), Scope::Manage, None).await;
        assert_eq!(answer.problem(), (403, "insufficient_scope"), "{path}");
    }
    let answer = bridge.ask(Method::GET, "/v1/events", None, Scope::Operate, None).await;
    assert_eq!(answer.problem(), (403, "insufficient_scope"));
}

#[tokio::test]
async fn the_operator_finds_connections_by_their_trouble() {
    let (bridge, connection) = Bridge::mapped().await;
    bridge.live(GLOBEX, "fine", Language::En).await;
    bridge.connect(GLOBEX, "new").await;
    bridge.accept("e1", "org-1").await;
    bridge.clock.advance(SignedDuration::from_secs(90));
    bridge.change(ACME, &connection, ConnectionChange::Paused { by: "jo".into() }).await;
    let list = async |query: &str| {
        let path = format!("/v1/operator/connections{query}");
        bridge.ask(Method::GET, &path, None, Scope::Operate, None).await
    };
    for (query, expected) in [
        ("", vec!["con_fine", "con_new", "con_one"]),
        ("?trouble=any", vec!["con_new", "con_one"]),
        ("?trouble=not_confirmed", vec!["con_new"]),
        ("?trouble=paused", vec!["con_one"]),
        ("?trouble=held", vec!["con_one"]),
        ("?trouble=suspended", vec![]),
        ("?trouble=settings_missing", vec![]),
        ("?trouble=unfit_settings", vec![]),
    ] {
        let page = list(query).await.ok();
        let found: Vec<_> = page["items"].as_array().unwrap().iter().map(|it| &it["connection"]).collect();
        assert_eq!(found, expected, "{query}");
    }
    let held = list("?trouble=held").await.ok()["items"][0].clone();
    assert_eq!(held["troubles"], json!(["paused", "held"]));
    assert_eq!((&held["held"], &held["waiting_seconds"]), (&json!(1), &json!(90)));
    let fine = list("").await.ok()["items"][0].clone();
    assert_eq!(
        (&fine["troubles"], &fine["held"], &fine["waiting_seconds"]),
        (&json!([]), &json!(0), &json!(null))
    );
    assert_eq!(list("?trouble=bad_luck").await.problem(), (400, "invalid_parameter"));
}
