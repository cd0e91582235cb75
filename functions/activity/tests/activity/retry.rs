//! Trying an event again.

use crate::bridge::Bridge;
use http::{Method, StatusCode};
use psa_bridge_core::{delivery::Change, reason::Reason};
use psa_bridge_http::Scope;
use psa_bridge_rig::{ACME, GLOBEX};
use serde_json::json;

#[tokio::test]
async fn a_refused_event_is_tried_again_at_once() {
    let (bridge, connection) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    bridge.work(&connection, Change::Ended { reason: Reason::PsaRefused, detail: Some("no".into()) }).await;
    let path = format!("/v1/events/{event}");
    let ended = bridge.get(ACME, &path).await.ok();
    assert_eq!(ended["deliveries"][0]["can_retry"], true);
    let answer = bridge.retry(ACME, &event).await;
    assert_eq!((answer.status, &answer.body["connections"]), (StatusCode::ACCEPTED, &json!(["con_one"])));
    assert_eq!(bridge.rung_at_once(), ["con_one"]);
    let waiting = bridge.get(ACME, &path).await.ok()["deliveries"][0].clone();
    assert_eq!((&waiting["state"], &waiting["can_retry"]), (&json!("waiting"), &json!(false)));
    let last = waiting["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["what"], &last["detail"]), (&json!("retried"), &json!("user-7")));
}

#[tokio::test]
async fn what_did_not_end_over_the_psa_is_not_tried_again() {
    let (bridge, _) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    assert_eq!(bridge.retry(ACME, &event).await.problem(), (409, "nothing_to_retry"));
    assert_eq!(bridge.rung_at_once(), [""; 0]);
}

#[tokio::test]
async fn nobody_retries_the_events_of_others_or_without_the_right_to() {
    let (bridge, connection) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    bridge.work(&connection, Change::Ended { reason: Reason::PsaRefused, detail: None }).await;
    assert_eq!(bridge.retry(GLOBEX, &event).await.problem(), (404, "not_found"));
    let path = format!("/v1/events/{event}/retry");
    let reader = bridge.ask(Method::POST, &path, Some(ACME), Scope::Read, None).await;
    assert_eq!(reader.problem(), (403, "insufficient_scope"));
    assert_eq!(bridge.rung_at_once(), [""; 0]);
}
