//! Confirm, pause, resume, revoke.

use crate::bridge::{Bridge, MemoryVault, good_settings, partner};
use axum::http::{Method, StatusCode};
use psa_bridge_core::{
    budget::{BudgetPlan, BudgetPlans, Purpose},
    connector_factory::TenantConnectors,
    ids::ConnectionId,
    ports::{ConnectorFactory, RouteScope, RouteStore, Vault},
};
use psa_connector::{
    Clock, ConnectorOptions, Credentials, EgressPolicy, PsaErrorKind, SystemClock, SystemRandom, Transport,
    TransportOptions,
};
use serde_json::{Value, json};
use std::sync::Arc;

fn path(id: &ConnectionId, action: &str) -> String {
    format!("/v1/connections/{id}/{action}")
}

#[tokio::test]
async fn confirming_too_early_names_all_that_is_left_in_order() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let answer = bridge.ask(Method::POST, &path(&id, "confirm"), None).await;
    assert_eq!(answer.code(), (409, "setup_incomplete"), "{answer:?}");
    assert_eq!(
        answer.errors(),
        [
            ("settings", "settings_missing"),
            ("settings.emergency_contact", "emergency_contact_missing"),
            ("test-ticket", "test_ticket_missing"),
        ]
    );
    assert!(bridge.connection(&id).await.confirmed_at.is_none());
}

#[tokio::test]
async fn what_is_left_is_told_in_the_connections_language() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let mut settings = good_settings();
    settings["language"] = json!("de");
    bridge.ask(Method::PUT, &path(&id, "settings"), Some(settings)).await;
    let answer = bridge.ask(Method::POST, &path(&id, "confirm"), None).await;
    let text = answer.body["errors"][0]["message"].as_str().unwrap();
    assert!(text.contains("Testticket"), "{text}");
    let shown = bridge.ask(Method::GET, &format!("/v1/connections/{id}"), None).await;
    assert!(shown.body["hold"]["text"].as_str().unwrap().contains("Einrichtung"), "{shown:?}");
}

#[tokio::test]
async fn a_proven_connection_is_confirmed_and_the_past_routed() {
    let bridge = Bridge::new();
    let id = bridge.set_up().await;
    bridge.prove(&id).await;
    let ready = bridge.ask(Method::GET, &format!("/v1/connections/{id}"), None).await;
    assert_eq!(ready.body["badge"], "ready_to_confirm");
    bridge.bell.heard();
    let answer = bridge.ask(Method::POST, &path(&id, "confirm"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!((&answer.body["badge"], &answer.body["hold"]), (&json!("connected"), &Value::Null));
    assert_eq!(answer.body["left_to_set_up"], json!([]));
    assert_eq!(bridge.bell.heard(), std::slice::from_ref(&id));
    assert_eq!(bridge.nudge.felt(), 1);
    let requests = bridge.store.route_requests(10).await.unwrap();
    assert!(requests.iter().any(|request| request.scope == RouteScope::Connection(id.clone())));

    let confirmed_at = answer.body["confirmed_at"].clone();
    let again = bridge.ask(Method::POST, &path(&id, "confirm"), None).await;
    assert_eq!((again.status, &again.body["confirmed_at"]), (StatusCode::OK, &confirmed_at));
}

#[tokio::test]
async fn a_live_connection_pauses_and_resumes_as_often_as_asked() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    for _ in 0..2 {
        let paused = bridge.ask(Method::POST, &path(&id, "pause"), None).await;
        assert_eq!(paused.body["badge"], "paused", "{paused:?}");
        assert_eq!(paused.body["paused"]["by"], "user of acme-msp");
        assert_eq!(paused.body["hold"]["reason"], "paused");
    }
    bridge.bell.heard();
    for _ in 0..2 {
        let resumed = bridge.ask(Method::POST, &path(&id, "resume"), None).await;
        assert_eq!(resumed.body["badge"], "connected", "{resumed:?}");
        assert_eq!(bridge.bell.heard(), std::slice::from_ref(&id));
    }
}

#[tokio::test]
async fn what_is_not_live_cannot_be_paused() {
    let bridge = Bridge::new();
    let id = bridge.set_up().await;
    for action in ["pause", "resume"] {
        let answer = bridge.ask(Method::POST, &path(&id, action), None).await;
        assert_eq!(answer.code(), (409, "not_confirmed"), "{answer:?}");
    }
}

#[tokio::test]
async fn revoking_deletes_the_secret_and_leaves_a_record() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    bridge.bell.heard();
    for _ in 0..2 {
        let answer = bridge.ask(Method::DELETE, &format!("/v1/connections/{id}"), None).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
        assert!(bridge.vault.secrets().is_empty());
        assert_eq!(bridge.bell.heard(), std::slice::from_ref(&id), "the worker ends what waits");
    }
    let (connection, retired) = (bridge.connection(&id).await, bridge.connectors.retired());
    assert!(retired.iter().all(|(of, below)| *of == id && *below >= connection.generation), "{retired:?}");
    assert!(!retired.is_empty());
    let shown = bridge.ask(Method::GET, &format!("/v1/connections/{id}"), None).await;
    assert_eq!((&shown.body["badge"], &shown.body["left_to_set_up"]), (&json!("revoked"), &json!([])));
    assert_eq!(bridge.ask(Method::GET, "/v1/connections", None).await.body["items"], json!([]));
}

#[tokio::test]
async fn revoking_also_deletes_what_a_broken_replacement_left() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    bridge.vault.put(&id, 2, &halo_credentials()).await.unwrap();
    bridge.ask(Method::DELETE, &format!("/v1/connections/{id}"), None).await;
    assert!(bridge.vault.secrets().is_empty());
}

#[tokio::test]
async fn a_revocation_that_could_not_delete_is_finished_by_the_next() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    bridge.vault.fail(true);
    let answer = bridge.ask(Method::DELETE, &format!("/v1/connections/{id}"), None).await;
    assert_eq!(answer.code(), (503, "vault_unavailable"), "{answer:?}");
    assert!(!bridge.connectors.retired().is_empty(), "no call begins all the same");
    bridge.vault.fail(false);
    let answer = bridge.ask(Method::DELETE, &format!("/v1/connections/{id}"), None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
    assert!(bridge.vault.secrets().is_empty());
}

#[tokio::test]
async fn a_revoked_connection_takes_nothing_any_more() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    bridge.ask(Method::DELETE, &format!("/v1/connections/{id}"), None).await;
    let credentials = json!({ "credentials": { "client_secret": "good-2" } });
    for (method, action, body) in [
        (Method::POST, "check", None),
        (Method::POST, "confirm", None),
        (Method::POST, "pause", None),
        (Method::POST, "resume", None),
        (Method::POST, "backfill", None),
        (Method::POST, "test-ticket", Some(json!({ "client": "12" }))),
        (Method::GET, "ticket-form", None),
        (Method::PUT, "settings", Some(good_settings())),
        (Method::DELETE, "settings", None),
        (Method::PUT, "credentials", Some(credentials)),
    ] {
        let answer = bridge.ask(method, &path(&id, action), body).await;
        assert_eq!(answer.code(), (409, "connection_revoked"), "{action}: {answer:?}");
    }
    assert!(bridge.vault.secrets().is_empty());
}

#[tokio::test]
async fn no_call_begins_after_revoke_returned_not_even_by_who_holds_a_connector() {
    let mut bridge = Bridge::new();
    let id = bridge.live().await;
    let factory = Arc::new(real_connectors(&bridge));
    bridge.state.connectors = factory.clone();
    bridge.vault.put(&id, 1, &halo_credentials()).await.unwrap();
    let connection = bridge.connection(&id).await;
    let held = factory.open(&connection, Purpose::Worker).await.unwrap();

    bridge.state.revoke(&partner(), &id, &psa_bridge_core::ports::Actor("test".into())).await.unwrap();

    let error = held.ping().await.unwrap_err();
    assert!(matches!(error.kind(), PsaErrorKind::RateLimited { .. }), "stopped at the gate: {error}");
    assert!(factory.open(&connection, Purpose::Worker).await.is_err(), "not even with an old record");
}

fn halo_credentials() -> Credentials {
    Credentials::new()
        .with("site_url", "https://acme.halopsa.com")
        .with("client_id", "id")
        .with("client_secret", "secret")
}

/// Connectors as they are in production.
fn real_connectors(bridge: &Bridge) -> TenantConnectors {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (policy, options) = (EgressPolicy::public_only(), TransportOptions::default());
    let transport = Transport::new(policy, options, Arc::clone(&clock), Arc::new(SystemRandom)).unwrap();
    let vault: Arc<MemoryVault> = bridge.vault.clone();
    let plan = BudgetPlan { requests: 700, window: jiff::SignedDuration::from_mins(5), reserve: 100 };
    let plans = BudgetPlans { halopsa: plan, autotask: plan };
    TenantConnectors::new(vault, bridge.store.clone(), transport, clock, ConnectorOptions::default(), plans)
}
