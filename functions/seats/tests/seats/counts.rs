//! Both counts are shown, and written as the settings say.

use crate::bridge::{Bridge, seats};
use jiff::SignedDuration;
use psa_bridge_core::seats::{SeatMode, SeatSettings};
use psa_bridge_rig::{BookPsa, World, assert_described};
use psa_bridge_seats::router;
use psa_connector::PsaErrorKind;
use serde_json::json;

fn at_once() -> SeatSettings {
    SeatSettings { mode: SeatMode::AtOnce, ..SeatSettings::default() }
}

#[test]
fn every_route_is_described_and_every_reference_leads_somewhere() {
    assert_described(router(seats(&World::new(), &BookPsa::default())), 4);
}

#[tokio::test]
async fn a_count_is_written_at_once_and_its_change_is_in_the_history() {
    let bridge = Bridge::new(at_once()).await;
    bridge.tell(7).await;
    assert_eq!(bridge.there(), 7);
    let line = bridge.line().await;
    assert_eq!((&line["state"], &line["told"], &line["there"]), (&json!("equal"), &json!(7), &json!(7)));
    let history = bridge.get("acme", &bridge.path("/history")).await.ok();
    let entry = &history["items"][0];
    assert_eq!((&entry["from"], &entry["to"], &entry["by"]), (&json!(5), &json!(7), &json!(null)));
    assert_eq!((&entry["cause"], &entry["organization"]), (&json!("told"), &json!("bakery")));
}

#[tokio::test]
async fn with_the_sync_off_both_counts_can_be_seen_and_nothing_is_written() {
    let bridge = Bridge::new(SeatSettings::default()).await;
    bridge.tell(7).await;
    let line = bridge.line().await;
    assert_eq!((&line["state"], &line["there"]), (&json!("off"), &json!(null)));
    let fresh = bridge.get("acme", &bridge.path("?refresh=true")).await.ok();
    let line = &fresh["items"][0];
    assert_eq!((&line["here"], &line["there"], &line["difference"]), (&json!(7), &json!(5), &json!(2)));
    assert_eq!(bridge.there(), 5);
    // A person may have it written all the same, once.
    assert_eq!(bridge.post("acme", "/sync", json!({})).await.ok(), json!({ "asked": 1 }));
    bridge.work().await;
    assert_eq!(bridge.there(), 7);
    bridge.tell(9).await;
    assert_eq!(bridge.there(), 7);
}

#[tokio::test]
async fn daily_counts_wait_for_their_day() {
    let daily = SeatSettings { mode: SeatMode::Daily, ..SeatSettings::default() };
    let bridge = Bridge::new(daily).await;
    bridge.tell(6).await;
    assert_eq!(bridge.there(), 6, "the first is compared at once");
    bridge.tell(7).await;
    assert_eq!(bridge.there(), 6);
    bridge.clock.advance(SignedDuration::from_hours(24));
    bridge.work().await;
    assert_eq!(bridge.there(), 7);
}

#[tokio::test]
async fn a_hand_in_the_psa_is_found_daily_and_set_right_only_where_the_settings_say_so() {
    for repair_drift in [false, true] {
        let bridge = Bridge::new(SeatSettings { repair_drift, ..at_once() }).await;
        bridge.tell(7).await;
        bridge.edit(8);
        bridge.clock.advance(SignedDuration::from_hours(24));
        bridge.work().await;
        let line = bridge.line().await;
        if repair_drift {
            assert_eq!((bridge.there(), &line["state"]), (7, &json!("equal")));
        } else {
            assert_eq!((bridge.there(), &line["state"]), (8, &json!("waiting")));
            assert_eq!((&line["reason"], &line["difference"]), (&json!("moved_by_hand"), &json!(-1)));
        }
    }
}

#[tokio::test]
async fn what_the_psa_refuses_waits_with_its_reason_and_tickets_go_on() {
    for (kind, reason) in [
        (PsaErrorKind::MissingPermission, "permission_missing"),
        (PsaErrorKind::NotFound, "license_missing"),
        (PsaErrorKind::Rejected { field: None }, "psa_refused"),
    ] {
        let bridge = Bridge::new(at_once()).await;
        bridge.psa.with(|books| books.fails_with = Some(kind));
        bridge.tell(7).await;
        let line = bridge.line().await;
        assert_eq!(line["reason"], reason, "{line}");
        assert_eq!((&line["state"], &line["hold"]), (&json!("waiting"), &json!(null)), "{line}");
        assert_eq!(line["can_be_confirmed"], false);
        bridge.psa.with(|books| books.fails_with = None);
        bridge.post("acme", "/sync", json!({ "organizations": ["bakery"] })).await.ok();
        bridge.work().await;
        assert_eq!(bridge.there(), 7);
    }
}

#[tokio::test]
async fn a_stranger_sees_and_changes_nothing() {
    let bridge = Bridge::new(at_once()).await;
    bridge.tell(7).await;
    for rest in ["", "/history"] {
        assert_eq!(bridge.get("globex", &bridge.path(rest)).await.status, 404);
    }
    let undo = json!({ "organization": "bakery", "product": "m365-backup", "to": 7 });
    for (rest, body) in [("/sync", json!({})), ("/undo", undo)] {
        assert_eq!(bridge.post("globex", rest, body).await.status, 404);
    }
    bridge.work().await;
    assert_eq!(bridge.there(), 7);
}
