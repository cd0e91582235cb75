//! Asking for a test ticket.

use crate::bridge::{Answer, Bridge, partner};
use axum::http::{Method, StatusCode, header};
use psa_bridge_core::{
    ids::ConnectionId,
    operation::OperationState,
    ports::{RegistryStore, WorkStore},
};
use serde_json::json;

async fn ask(bridge: &Bridge, id: &ConnectionId, client: &str) -> Answer {
    let path = format!("/v1/connections/{id}/test-ticket");
    bridge.ask(Method::POST, &path, Some(json!({ "client": client }))).await
}

#[tokio::test]
async fn a_test_ticket_is_left_to_the_worker() {
    let bridge = Bridge::new();
    let id = bridge.set_up().await;
    bridge.bell.heard();
    let answer = ask(&bridge, &id, "12").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let operation = answer.body["operation"].as_str().unwrap();
    assert_eq!(answer.header(header::LOCATION), format!("/v1/operations/{operation}"));
    let kept = bridge.store.operation(&partner(), &operation.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((kept.client.as_str(), &kept.state), ("12", &OperationState::Waiting));
    assert_eq!(kept.settings, bridge.connection(&id).await.settings);
    assert_eq!(bridge.bell.heard(), [id]);
}

#[tokio::test]
async fn asking_twice_makes_one_ticket() {
    let bridge = Bridge::new();
    let id = bridge.set_up().await;
    let (first, again) = (ask(&bridge, &id, "12").await, ask(&bridge, &id, "12").await);
    assert_eq!(first.body, again.body);
    let other = ask(&bridge, &id, "13").await;
    assert_ne!(first.body, other.body, "another client is another wish");
    assert_eq!(bridge.store.open_operations(&id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_client_that_takes_no_ticket_is_refused() {
    let bridge = Bridge::new();
    let id = bridge.set_up().await;
    assert_eq!(ask(&bridge, &id, "404").await.code(), (422, "client_not_found"));
    assert_eq!(ask(&bridge, &id, "99").await.code(), (422, "client_inactive"));
    assert!(bridge.store.open_operations(&id).await.unwrap().is_empty());
}

#[tokio::test]
async fn without_settings_there_is_nothing_to_test() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    assert_eq!(ask(&bridge, &id, "12").await.code(), (409, "settings_missing"));
}
