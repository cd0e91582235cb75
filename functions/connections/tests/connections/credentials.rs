//! New credentials, and checks of those that are there.

use crate::bridge::{Bridge, partner, wish};
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use psa_bridge_core::{
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    ids::ConnectionId,
    ports::{Actor, RegistryStore},
};
use serde_json::{Value, json};

fn credentials(secret: &str) -> Value {
    json!({ "credentials": { "client_secret": secret } })
}

fn path(id: &ConnectionId) -> String {
    format!("/v1/connections/{id}/credentials")
}

async fn suspend(bridge: &Bridge, id: &ConnectionId) {
    let plan = CanaryPlan { first: SignedDuration::from_mins(1), longest: SignedDuration::from_hours(1) };
    let cause = SuspensionCause::Credentials;
    bridge.change(id, ConnectionChange::Suspended { cause, detail: "401".into(), plan }).await;
    bridge.bell.heard();
}

#[tokio::test]
async fn new_credentials_replace_the_old_ones_and_end_a_suspension() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    suspend(&bridge, &id).await;
    bridge.nudge.felt();
    let answer = bridge.ask(Method::PUT, &path(&id), Some(credentials("good-2"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.body["badge"], "connected");
    assert_eq!(answer.body["test_ticket"]["counts"], false, "it was made with the old ones");
    assert_eq!(bridge.vault.secrets(), [(2, "good-2".to_owned())]);
    assert_eq!(bridge.connectors.retired(), [(id.clone(), 2)]);
    assert_eq!(bridge.bell.heard(), [id]);
    assert_eq!(bridge.nudge.felt(), 1);
    assert!(!answer.body.to_string().contains("good-2"));
}

#[tokio::test]
async fn credentials_of_another_tenant_change_nothing() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let before = bridge.connection(&id).await;
    let answer = bridge.ask(Method::PUT, &path(&id), Some(credentials("other"))).await;
    assert_eq!(answer.code(), (409, "different_tenant"), "{answer:?}");
    assert_eq!(bridge.connection(&id).await, before);
    assert_eq!(bridge.vault.secrets(), [(1, "good-1".to_owned())]);
}

#[tokio::test]
async fn credentials_that_fail_the_check_change_nothing() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let answer = bridge.ask(Method::PUT, &path(&id), Some(credentials("wrong"))).await;
    assert_eq!(answer.code(), (422, "not_connected"), "{answer:?}");
    assert!(answer.body["report"]["lines"].is_array());
    assert_eq!(bridge.vault.secrets(), [(1, "good-1".to_owned())]);
}

#[tokio::test]
async fn credentials_that_are_tried_while_the_connection_is_revoked_are_not_kept() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let held = bridge.psa.checks.acquire_many(100).await.unwrap();
    let path = path(&id);
    let replacing = bridge.ask(Method::PUT, &path, Some(credentials("good-2")));
    let revoking = async {
        bridge.psa.checking.notified().await;
        bridge.psa.checking.notified().await;
        let answer = bridge.ask(Method::DELETE, &format!("/v1/connections/{id}"), None).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
        drop(held);
    };
    let (answer, ()) = tokio::join!(replacing, revoking);
    assert_eq!(answer.code(), (409, "connection_revoked"), "{answer:?}");
    assert!(bridge.vault.secrets().is_empty());
}

#[tokio::test]
async fn a_check_that_passes_ends_a_suspension_and_wakes_the_worker() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    suspend(&bridge, &id).await;
    let shown = bridge.ask(Method::GET, &format!("/v1/connections/{id}"), None).await;
    assert_eq!(shown.body["badge"], "suspended");
    assert_eq!(shown.body["hold"]["reason"], "suspended_credentials");
    assert!(shown.body["hold"]["text"].as_str().unwrap().contains("valid credentials"), "{shown:?}");
    let answer = bridge.ask(Method::POST, &format!("/v1/connections/{id}/check"), None).await;
    assert_eq!(answer.body["badge"], "connected", "{answer:?}");
    assert_eq!(answer.body["hold"], Value::Null);
    assert_eq!(bridge.bell.heard(), [id]);
}

#[tokio::test]
async fn a_check_that_fails_is_told_line_by_line_and_wakes_nobody() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    suspend(&bridge, &id).await;
    *bridge.psa.is_down.lock().unwrap() = true;
    let answer = bridge.ask(Method::POST, &format!("/v1/connections/{id}/check"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "the check was made: {answer:?}");
    assert_eq!(answer.body["badge"], "suspended");
    assert_eq!(answer.body["check"]["report"]["lines"][0]["status"], "failed");
    assert!(bridge.bell.heard().is_empty());
}

#[tokio::test]
async fn credentials_that_are_gone_from_the_vault_can_be_entered_again() {
    use psa_bridge_core::ports::Vault;
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    bridge.vault.delete_below(&id, 2).await.unwrap();
    let answer = bridge.ask(Method::POST, &format!("/v1/connections/{id}/check"), None).await;
    assert_eq!(answer.code(), (409, "credentials_missing"), "{answer:?}");
    let answer = bridge.ask(Method::PUT, &path(&id), Some(credentials("good-2"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn of_two_replacements_at_once_the_second_is_told() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let held = bridge.psa.checks.acquire_many(100).await.unwrap();
    let path = path(&id);
    let overtaking = async {
        bridge.psa.checking.notified().await;
        bridge.psa.checking.notified().await;
        let check = bridge.connection(&id).await.check.unwrap();
        let change = ConnectionChange::CredentialsReplaced { replaces: 1, check };
        let (actor, now) = (Actor("other".into()), jiff::Timestamp::now());
        bridge.store.change_connection(&partner(), &id, change, &actor, now).await.unwrap();
        drop(held);
    };
    let (answer, ()) = tokio::join!(bridge.ask(Method::PUT, &path, Some(credentials("good-2"))), overtaking);
    assert_eq!(answer.code(), (409, "credentials_changed"), "{answer:?}");
}

#[tokio::test]
async fn revoked_means_that_connecting_again_makes_a_new_connection() {
    let bridge = Bridge::new();
    let first = bridge.connect().await;
    bridge.ask(Method::DELETE, &format!("/v1/connections/{first}"), None).await;
    let answer = bridge.ask(Method::POST, "/v1/connections", Some(wish("good-3"))).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert_ne!(answer.body["id"], first.as_str());
}
