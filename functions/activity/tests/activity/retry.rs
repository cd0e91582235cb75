//! Trying an event again.

use crate::bridge::Bridge;
use http::{Method, StatusCode};
use jiff::SignedDuration;
use psa_bridge_core::{delivery::Change, ids::ConnectionId, reason::Reason};
use psa_bridge_http::Scope;
use psa_bridge_rig::{ACME, GLOBEX, Reply};
use serde_json::{Value, json};

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

impl Bridge {
    /// Events of `org-1` that the PSA refused, a second apart.
    async fn refused(&self, connection: &ConnectionId, count: usize) {
        for number in 0..count {
            self.accept(&format!("r{number}"), "org-1").await;
            self.work(connection, Change::Ended { reason: Reason::PsaRefused, detail: None }).await;
        }
        self.clock.advance(SignedDuration::from_secs(1));
    }

    async fn retry_all(&self, partner: &str, body: Value) -> Reply {
        self.ask(Method::POST, "/v1/events/retry", Some(partner), Scope::Manage, Some(body)).await
    }
}

#[tokio::test]
async fn all_that_ended_for_a_reason_is_tried_again_by_one_request_with_one_audit_line() {
    let (bridge, connection) = Bridge::mapped().await;
    bridge.refused(&connection, 210).await;
    let answer = bridge.retry_all(ACME, json!({ "reason": "psa_refused" })).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let answer = answer.ok();
    assert_eq!((&answer["retried"], &answer["more"]), (&json!(210), &json!(false)));
    assert_eq!(answer["connections"], json!(["con_one"]));
    assert_eq!(bridge.rung_at_once().len(), 2, "once a page");
    let audit = bridge.get(ACME, "/v1/audit").await.ok();
    let line = &audit["items"][0];
    assert_eq!((&line["action"], &line["actor"]), (&json!("events.retried"), &json!("user-7")));
    assert_eq!(
        (&line["before"]["reason"], &line["after"]["deliveries"]),
        (&json!("psa_refused"), &json!(210))
    );
    assert_ne!(audit["items"][1]["action"], "events.retried");

    let again = bridge.retry_all(ACME, json!({ "reason": "psa_refused" })).await.ok();
    assert_eq!((&again["retried"], &again["connections"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn a_retry_of_many_keeps_to_what_is_asked_for() {
    let (bridge, connection) = Bridge::mapped().await;
    bridge.refused(&connection, 3).await;
    for (body, problem) in [
        (json!({ "reason": "unmapped" }), (422, "not_retryable")),
        (json!({ "reason": "psa_refused", "connection": "con_nobodys" }), (404, "not_found")),
        (json!({ "reason": "bad_luck" }), (422, "invalid_field")),
        (json!({}), (422, "invalid_field")),
    ] {
        assert_eq!(bridge.retry_all(ACME, body.clone()).await.problem(), problem, "{body}");
    }
    for body in [
        json!({ "reason": "psa_failed" }),
        json!({ "reason": "psa_refused", "organization": "org-2" }),
        json!({ "reason": "psa_refused", "until": "2026-03-01T12:00:00Z" }),
        json!({ "reason": "psa_refused", "ended_before": "2026-03-01T12:00:00Z" }),
    ] {
        assert_eq!(bridge.retry_all(ACME, body.clone()).await.ok()["retried"], 0, "{body}");
    }
    let theirs = bridge.retry_all(GLOBEX, json!({ "reason": "psa_refused" })).await.ok();
    assert_eq!(theirs["retried"], 0);
    let reader = bridge.ask(Method::POST, "/v1/events/retry", Some(ACME), Scope::Read, Some(json!({}))).await;
    assert_eq!(reader.problem(), (403, "insufficient_scope"));
    let all = json!({
        "reason": "psa_refused", "connection": connection, "organization": "org-1",
        "until": "2026-03-01T12:00:01Z", "ended_before": "2030-01-01T00:00:00Z",
    });
    let answer = bridge.retry_all(ACME, all).await.ok();
    assert_eq!((&answer["retried"], &answer["ended_before"]), (&json!(3), &json!("2026-03-01T12:00:01Z")));
}
