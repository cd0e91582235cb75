//! What waits is confirmed at just the counts that were shown, and a change can be taken back.

use crate::bridge::{Bridge, PRODUCT};
use psa_bridge_core::seats::{SeatMode, SeatSettings};
use serde_json::{Value, json};

async fn bridge() -> Bridge {
    let bridge = Bridge::new(SeatSettings { mode: SeatMode::AtOnce, ..SeatSettings::default() }).await;
    bridge.tell(100).await;
    assert_eq!(bridge.there(), 100);
    bridge
}

fn confirm(there: i64, here: i64) -> Value {
    json!({ "organizations": ["bakery"], "product": PRODUCT, "confirm": true, "there": there, "here": here })
}

fn undo(to: i64) -> Value {
    json!({ "organization": "bakery", "product": PRODUCT, "to": to })
}

#[tokio::test]
async fn a_drop_waits_until_it_is_confirmed_as_it_was_shown() {
    let bridge = bridge().await;
    for (told, reason) in [(0, "to_zero"), (79, "big_drop")] {
        bridge.tell(told).await;
        let line = bridge.line().await;
        assert_eq!((bridge.there(), &line["state"]), (100, &json!("waiting")));
        assert_eq!((&line["reason"], &line["can_be_confirmed"]), (&json!(reason), &json!(true)));
    }
    // Asking without confirming changes nothing.
    bridge.post("acme", "/sync", json!({})).await.ok();
    bridge.work().await;
    assert_eq!(bridge.there(), 100);
    for wrong in [confirm(100, 0), confirm(99, 79)] {
        let answer = bridge.post("acme", "/sync", wrong).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (409, &json!("counts_changed")));
    }
    assert_eq!(bridge.post("acme", "/sync", confirm(100, 79)).await.status, 202);
    bridge.work().await;
    assert_eq!(bridge.there(), 79);
    let history = bridge.get("acme", &bridge.path("/history")).await.ok();
    let entry = &history["items"][0];
    assert_eq!((&entry["cause"], &entry["by"]), (&json!("confirmed"), &json!("user-7")));
}

#[tokio::test]
async fn a_confirmation_does_not_outlive_what_was_shown() {
    let bridge = bridge().await;
    bridge.tell(50).await;
    bridge.post("acme", "/sync", confirm(100, 50)).await.ok();
    bridge.edit(90);
    bridge.work().await;
    let line = bridge.line().await;
    assert_eq!((bridge.there(), &line["reason"]), (90, &json!("moved_by_hand")));
    bridge.post("acme", "/sync", confirm(90, 50)).await.ok();
    bridge.work().await;
    assert_eq!(bridge.there(), 50);
}

#[tokio::test]
async fn a_change_is_taken_back_until_the_vendor_tells_another_count() {
    let bridge = bridge().await;
    bridge.tell(120).await;
    let answer = bridge.post("acme", "/undo", undo(100)).await;
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (409, &json!("nothing_to_undo")));
    assert_eq!(bridge.post("acme", "/undo", undo(120)).await.status, 202);
    bridge.work().await;
    let line = bridge.line().await;
    assert_eq!(
        (bridge.there(), &line["state"], &line["undone_by"]),
        (100, &json!("equal"), &json!("user-7"))
    );
    assert_eq!((&line["told"], &line["here"]), (&json!(120), &json!(100)));
    let history = bridge.get("acme", &bridge.path("/history?organization=bakery")).await.ok();
    let entry = &history["items"][0];
    assert_eq!((&entry["cause"], &entry["from"], &entry["to"]), (&json!("undone"), &json!(120), &json!(100)));
    bridge.tell(121).await;
    assert_eq!(bridge.there(), 121);
}

#[tokio::test]
async fn malformed_wishes_are_refused_by_the_field_that_is_wrong() {
    let bridge = bridge().await;
    for (body, field) in [
        (json!({ "confirm": true }), "organizations"),
        (json!({ "organizations": ["bakery"], "confirm": true }), "product"),
        (json!({ "organizations": ["bakery"], "product": PRODUCT, "confirm": true, "there": 1 }), "here"),
        (json!({ "there": 1 }), "there"),
        (json!({ "organizations": [] }), "organizations"),
    ] {
        let answer = bridge.post("acme", "/sync", body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.body);
        assert!(answer.body.to_string().contains(&format!("\"{field}\"")), "{body}: {}", answer.body);
    }
}

#[tokio::test]
async fn organisations_without_counts_are_named_and_nothing_is_done() {
    let bridge = bridge().await;
    bridge.tell(50).await;
    bridge.edit(50);
    let mixed = json!({ "organizations": ["nobody", "bakery", "noone"] });
    let answer = bridge.post("acme", "/sync", mixed).await;
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (404, &json!("not_found")), "{}", answer.body);
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("nobody, noone") && !detail.contains("bakery"), "{detail}");
    bridge.work().await;
    assert_eq!(bridge.line().await["state"], "waiting", "it is compared when it is asked for, and no sooner");
    assert_eq!(bridge.post("acme", "/sync", json!({ "organizations": ["bakery"] })).await.status, 202);
    bridge.work().await;
    assert_eq!(bridge.line().await["state"], "equal");
}
