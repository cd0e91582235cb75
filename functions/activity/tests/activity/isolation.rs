//! Everyone in the chain sees an event; deliveries are only their own partner's.

use crate::bridge::Bridge;
use psa_bridge_core::{catalogue::Language, delivery::Change};
use psa_bridge_rig::{ACME, GLOBEX};
use psa_connector::TicketId;
use serde_json::json;

#[tokio::test]
async fn partners_of_a_chain_see_the_event_and_their_own_deliveries_alone() {
    let (bridge, connection) = Bridge::mapped().await;
    bridge.register("org-1", "Bakery", &[GLOBEX, ACME]).await;
    let event = bridge.accept("e1", "org-1").await;
    bridge.work(&connection, Change::TicketCreated(TicketId::new("4711"))).await;
    bridge.live(GLOBEX, "two", Language::En).await;
    let path = format!("/v1/events/{event}");
    assert_eq!(bridge.get(ACME, &path).await.ok()["deliveries"].as_array().unwrap().len(), 1);
    for path in [path.as_str(), "/v1/events"] {
        let answer = bridge.get(GLOBEX, path).await.ok();
        let shown = answer.get("items").map_or(&answer, |items| &items[0]);
        assert_eq!(shown["deliveries"], json!([]), "{path}");
        assert!(shown["unrouted"]["code"].is_string());
        for secret in ["4711", "con_one", ACME] {
            assert!(!answer.to_string().contains(secret), "{path} {secret}");
        }
    }
    let filtered = bridge.get(GLOBEX, "/v1/events?connection=con_one").await.ok();
    assert_eq!(filtered["items"], json!([]));
}

#[tokio::test]
async fn an_event_of_others_looks_like_one_that_is_not_there() {
    let (bridge, _) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    let theirs = bridge.get(GLOBEX, &format!("/v1/events/{event}")).await;
    let unknown = bridge.get(GLOBEX, "/v1/events/evt_unknown").await;
    assert_eq!(theirs.problem(), (404, "not_found"));
    assert_eq!(theirs.body, unknown.body);
    assert_eq!(bridge.get(GLOBEX, "/v1/events").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_cursor_of_one_partner_is_of_no_use_to_another() {
    let (bridge, _) = Bridge::mapped().await;
    for source_id in ["e1", "e2"] {
        bridge.accept(source_id, "org-1").await;
    }
    let page = bridge.get(ACME, "/v1/events?limit=1").await.ok();
    let cursor = page["next"].as_str().unwrap();
    let answer = bridge.get(GLOBEX, &format!("/v1/events?limit=1&cursor={cursor}")).await;
    assert_eq!(answer.problem(), (400, "invalid_cursor"));
}
