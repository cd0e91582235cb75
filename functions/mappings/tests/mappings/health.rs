//! What became of mapped clients.

use crate::bridge::Bridge;
use jiff::Timestamp;
use psa_bridge_core::{catalogue::Language, usecases::mappings::HealthCounts};
use psa_bridge_rig::{ACME, id};
use serde_json::json;

const MAPPING: &str = "/v1/connections/con_one/mappings/org-1";

async fn mapped() -> Bridge {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    for (organization, client) in [("org-1", "1"), ("org-2", "1"), ("org-3", "2")] {
        bridge.register(organization, organization, &[ACME]).await;
        let path = format!("/v1/connections/con_one/mappings/{organization}");
        bridge.put(ACME, &path, json!({ "client": client })).await.ok();
    }
    bridge
}

#[tokio::test]
async fn reading_with_refresh_tells_what_became_of_the_client() {
    let bridge = mapped().await;
    let refresh = format!("{MAPPING}?refresh=true");
    assert_eq!(bridge.get(ACME, &refresh).await.ok()["health"], "ok");
    bridge.psa.with(|books| books.clients[0].name = "Contoso Europe".into());
    assert_eq!(bridge.get(ACME, MAPPING).await.ok()["health"], "ok", "nobody looked yet");
    assert_eq!(bridge.get(ACME, &refresh).await.ok()["health"], "renamed");
    bridge.psa.with(|books| books.clients[0].active = false);
    assert_eq!(bridge.get(ACME, &refresh).await.ok()["health"], "inactive");
    bridge.psa.with(|books| drop(books.clients.remove(0)));
    assert_eq!(bridge.get(ACME, &refresh).await.ok()["health"], "missing");
    let missing = bridge.get(ACME, "/v1/connections/con_one/mappings?health=missing").await.ok();
    assert_eq!(missing["items"].as_array().unwrap().len(), 1);
    assert_eq!(missing["items"][0]["organization"], "org-1");
}

#[tokio::test]
async fn mapping_again_onto_a_renamed_client_takes_its_new_name() {
    let bridge = mapped().await;
    bridge.psa.with(|books| books.clients[0].name = "Contoso Europe".into());
    bridge.get(ACME, &format!("{MAPPING}?refresh=true")).await.ok();
    let saved = bridge.put(ACME, MAPPING, json!({ "client": "1" })).await.ok();
    assert_eq!((&saved["client_name"], &saved["health"]), (&json!("Contoso Europe"), &json!("ok")));
}

#[tokio::test]
async fn the_daily_check_looks_at_every_mapping_and_asks_for_each_client_once() {
    let bridge = mapped().await;
    bridge.psa.with(|books| drop(books.clients.remove(0)));
    bridge.psa.calls();
    let connection = bridge.mappings.store.connection(&id(ACME), &id("con_one")).await.unwrap().unwrap();
    let counts = bridge.mappings.refresh_all(&connection).await.unwrap();
    assert_eq!(counts, HealthCounts { ok: 1, missing: 2, ..HealthCounts::default() });
    assert_eq!(bridge.psa.calls(), ["client 1", "client 2"]);
    let missing = bridge.get(ACME, "/v1/connections/con_one/mappings?health=missing").await.ok();
    assert_eq!(missing["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_daily_check_goes_on_where_it_ran_out_of_time() {
    let bridge = Bridge::new();
    for name in ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"] {
        let connection = bridge.connect(ACME, name).await;
        bridge.confirm(ACME, &connection, Language::En).await;
    }
    bridge.connect(ACME, "unconfirmed").await;
    let (mut legs, mut looked_at, mut after) = (0, 0, None);
    loop {
        let leg = bridge.mappings.refresh_connections(after.as_deref(), Timestamp::MIN).await.unwrap();
        (legs, looked_at, after) = (legs + 1, looked_at + leg.looked_at, leg.next);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(looked_at, 9, "each was looked at once");
    assert!(legs > 2, "no leg goes on beyond its time, but {legs} were enough");
    let at_once = bridge.mappings.refresh_connections(None, Timestamp::MAX).await.unwrap();
    assert_eq!((at_once.looked_at, at_once.next), (9, None));
}
