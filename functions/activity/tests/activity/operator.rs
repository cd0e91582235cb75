//! The operator's view.

use crate::bridge::Bridge;
use http::Method;
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
