//! Changes that people made, and what is under way.

use crate::bridge::Bridge;
use jiff::SignedDuration;
use psa_bridge_core::{
    connection::ConnectionChange,
    operation::{Operation, OperationState, OperationStep},
    ports::RegistryStore,
};
use psa_bridge_rig::{ACME, GLOBEX, actor, id};
use psa_connector::{ClientId, TicketId};
use serde_json::json;

#[tokio::test]
async fn changes_are_listed_latest_first_to_their_partner_alone() {
    let (bridge, _) = Bridge::mapped().await;
    let first = bridge.get(ACME, "/v1/audit?limit=2").await.ok();
    assert_eq!(first["items"][0]["actor"], "test");
    assert_eq!(first["items"][0]["subject"], "org-1");
    let cursor = first["next"].as_str().unwrap();
    let second = bridge.get(ACME, &format!("/v1/audit?limit=2&cursor={cursor}")).await.ok();
    assert_ne!(first["items"], second["items"]);
    assert_eq!(bridge.get(GLOBEX, "/v1/audit").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn an_operation_is_read_by_its_partner_alone() {
    let (bridge, connection) = Bridge::mapped().await;
    let operation = Operation {
        id: id("op_1"),
        partner: id(ACME),
        connection,
        client: ClientId::new("24"),
        generation: 1,
        settings: None,
        created_at: bridge.now(),
        state: OperationState::Finding { started_at: bridge.now(), ticket: TicketId::new("9") },
        due_at: bridge.now(),
        steps: vec![OperationStep { at: bridge.now(), step: "create".into(), ok: true, detail: "9".into() }],
        version: 0,
    };
    bridge.store.create_operation(&operation, &actor()).await.unwrap();
    let shown = bridge.get(ACME, "/v1/operations/op_1").await.ok();
    assert_eq!(
        (&shown["state"], &shown["finished"], &shown["ticket"]),
        (&json!("finding"), &json!(false), &json!("9"))
    );
    assert_eq!(shown["steps"][0]["step"], "create");
    assert_eq!(bridge.get(GLOBEX, "/v1/operations/op_1").await.problem(), (404, "not_found"));
    assert_eq!(bridge.get(ACME, "/v1/operations/op_2").await.problem(), (404, "not_found"));
    assert_eq!(bridge.get(ACME, "/v1/operations/nonsense").await.problem(), (404, "not_found"));
}

#[tokio::test]
async fn changes_are_filtered_by_connection_and_time() {
    let (bridge, connection) = Bridge::mapped().await;
    bridge.connect(ACME, "two").await;
    bridge.clock.advance(SignedDuration::from_hours(1));
    bridge.change(ACME, &connection, ConnectionChange::Paused { by: "jo".into() }).await;
    let count = async |query: &str| {
        bridge.get(ACME, &format!("/v1/audit?{query}")).await.ok()["items"].as_array().unwrap().len()
    };
    assert_eq!(count("connection=con_two").await, 1);
    assert_eq!(count("since=2026-03-01T12:30:00Z").await, 1);
    assert_eq!(count("connection=con_two&since=2026-03-01T12:30:00Z").await, 0);
    assert_eq!(
        count("connection=con_one").await,
        1 + count("connection=con_one&until=2026-03-01T12:30:00Z").await
    );
    assert_eq!(bridge.get(ACME, "/v1/audit?conection=con_one").await.problem(), (400, "invalid_parameter"));
}
