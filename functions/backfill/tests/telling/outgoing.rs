//! docs/outgoing-events.md shows events as they are sent.

use crate::wires::{Wires, notify, suspend};
use psa_bridge_core::{
    connection::{ConnectionChange, SuspensionCause},
    notice::{Cause, event::TYPES},
};
use psa_bridge_rig::Scene;
use serde_json::Value;
use std::sync::Arc;

const DOCUMENT: &str = include_str!("../../../../docs/outgoing-events.md");

/// The examples of the document, in its order.
fn examples() -> Vec<Value> {
    let blocks = DOCUMENT.split("```json\n").skip(1);
    blocks.map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap()).collect()
}

/// The same with what differs from run to run put aside.
fn shape(event: &Value) -> Value {
    let mut event = event.clone();
    event["id"] = "".into();
    for time in ["since", "until", "event_time"] {
        if let Some(value) = event["data"].get_mut(time) {
            *value = "".into();
        }
    }
    event["time"] = "".into();
    event
}

#[tokio::test]
async fn the_examples_are_what_is_sent() {
    let (scene, wires) = (Scene::live().await, Arc::new(Wires::default()));
    scene.event("1", "anna@x", 5).await;
    suspend(&scene, SuspensionCause::Unavailable).await;
    scene.change(ConnectionChange::Recovered).await;
    scene.change(ConnectionChange::Revoked).await;
    scene.work().await;
    notify(&scene, &wires).run_webhook().await.unwrap();
    let sent: Vec<Value> = wires.events().iter().map(shape).collect();
    let shown: Vec<Value> = examples().iter().map(shape).collect();
    assert_eq!(shown, sent, "{:#}", Value::Array(wires.events()));
}

#[test]
fn every_type_and_every_cause_is_explained() {
    let causes = Cause::ALL.into_iter().filter(|cause| cause.holds()).map(Cause::code);
    for word in TYPES.into_iter().chain(causes) {
        assert!(DOCUMENT.contains(&format!("`{word}`")), "{word}");
    }
}
