//! A connection's backfill over HTTP: how far it has come, and asking for it.

use crate::bridge::{Bridge, partner};
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use psa_bridge_core::usecases::backfill::{Backfill, BackfillPlan};
use psa_bridge_core::{
    cloud_event,
    ids::ConnectionId,
    organization::{Organization, RegisteredBy},
    ports::{Actor, AuditFilter, EventStore, PutMapping, RecordStore, RegistryStore, RouteScope, RouteStore},
};
use psa_connector::{ClientId, Clock, SystemClock};
use serde_json::{Value, json};
use std::sync::Arc;

fn path(id: &ConnectionId) -> String {
    format!("/v1/connections/{id}/backfill")
}

fn now() -> Timestamp {
    SystemClock.now()
}

async fn map(bridge: &Bridge, id: &ConnectionId) {
    let actor = Actor("test".to_owned());
    let organization = Organization {
        id: "bakery".parse().unwrap(),
        name: None,
        chain: vec![partner()],
        registered_by: RegisteredBy::Registry,
        updated_at: now(),
    };
    bridge.store.put_organization(&organization, &actor).await.unwrap();
    let mapping = PutMapping {
        organization: organization.id,
        client: ClientId::new("12"),
        client_name: "Bakery".to_owned(),
        license: None,
        flow: true,
    };
    bridge.store.put_mapping(&partner(), id, &mapping, &actor, now()).await.unwrap();
}

async fn accept(bridge: &Bridge, number: usize) {
    let value = json!({
        "specversion": "1.0", "id": number.to_string(), "source": "/test", "type": "backup.email.failed",
        "time": now().to_string(), "data": { "organization_id": "bakery" },
    });
    let event = cloud_event::read(&value, now()).unwrap();
    bridge.store.accept(&event, now()).await.unwrap();
}

fn schedule(bridge: &Bridge) -> Backfill {
    let (store, bell) = (bridge.store.clone(), bridge.bell.clone());
    Backfill { store, bell, clock: Arc::new(SystemClock), plan: BackfillPlan::default() }
}

async fn read(bridge: &Bridge, id: &ConnectionId) -> Value {
    let answer = bridge.ask(Method::GET, &path(id), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.body
}

#[tokio::test]
async fn confirming_starts_it_and_its_progress_can_be_read() {
    let bridge = Bridge::new();
    let id = bridge.set_up().await;
    map(&bridge, &id).await;
    let mapped = read(&bridge, &id).await;
    assert_eq!((&mapped["state"], &mapped["organizations"]), (&json!("waiting"), &json!(1)));
    schedule(&bridge).run_requests().await.unwrap();
    for number in 0..3 {
        accept(&bridge, number).await;
    }
    let before = read(&bridge, &id).await;
    assert_eq!((&before["state"], &before["remaining"]), (&json!("idle"), &json!(3)), "{before}");

    bridge.prove(&id).await;
    bridge.ask(Method::POST, &format!("/v1/connections/{id}/confirm"), None).await;
    assert_eq!(read(&bridge, &id).await["state"], "waiting");
    let scope = RouteScope::Connection(id.clone());
    let claimed =
        bridge.store.claim_route_request(&scope, now() + jiff::SignedDuration::from_secs(60), now());
    let claimed = claimed.await.unwrap().unwrap();
    let running = read(&bridge, &id).await;
    assert_eq!((&running["state"], &running["remaining"]), (&json!("running"), &json!(3)));
    assert!(running["started_at"].is_string() && running["finished_at"].is_null(), "{running}");
    bridge.store.advance_route_request(&claimed, now(), now()).await.unwrap();

    schedule(&bridge).run_requests().await.unwrap();
    let done = read(&bridge, &id).await;
    assert_eq!((&done["state"], &done["remaining"]), (&json!("idle"), &json!(0)));
    assert_eq!((&done["looked_at"], &done["routed"]), (&json!(3), &json!(3)));
    assert!(done["finished_at"].is_string(), "{done}");
}

#[tokio::test]
async fn it_is_asked_for_once_and_audited() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    schedule(&bridge).run_requests().await.unwrap();
    bridge.nudge.felt();
    let first = bridge.ask(Method::POST, &path(&id), None).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{first:?}");
    assert_eq!((first.header("location"), &first.body["state"]), (&*path(&id), &json!("waiting")));
    assert_eq!(bridge.nudge.felt(), 1);
    let again = bridge.ask(Method::POST, &path(&id), None).await;
    assert_eq!((again.status, &again.body), (StatusCode::ACCEPTED, &first.body), "the same one");
    let audit = bridge.store.audit(&partner(), &AuditFilter::default(), None, 100).await.unwrap().items;
    let asked: Vec<_> = audit.iter().filter(|line| line.action == "connection.backfill_asked").collect();
    assert_eq!(asked.len(), 1);
    assert_eq!((&*asked[0].actor.0, asked[0].connection.as_ref()), ("user of acme-msp", Some(&id)));
}

#[tokio::test]
async fn what_is_not_live_or_not_the_partners_has_none() {
    let bridge = Bridge::new();
    let id = bridge.set_up().await;
    assert_eq!(bridge.ask(Method::POST, &path(&id), None).await.code(), (409, "not_confirmed"));
    for method in [Method::GET, Method::POST] {
        let foreign = bridge.ask_as("rival psa:manage", method, &path(&id), None, &[]).await;
        assert_eq!(foreign.code(), (404, "not_found"), "{foreign:?}");
    }
    let reader = bridge.ask_as("acme-msp psa:read", Method::POST, &path(&id), None, &[]).await;
    assert_eq!(reader.status, StatusCode::FORBIDDEN);
    bridge.ask(Method::DELETE, &format!("/v1/connections/{id}"), None).await;
    assert_eq!(bridge.ask(Method::POST, &path(&id), None).await.code(), (409, "connection_revoked"));
    assert_eq!(read(&bridge, &id).await["state"], "idle");
}
