//! Zones and versions.

use reqwest::StatusCode;
use serde_json::json;

use crate::client::{Autotask, answer, as_user, autotask};

async fn zone_of(autotask: &Autotask, user: &str) -> crate::client::Answer {
    let url = autotask.url("zoneInformation");
    answer(autotask.http.get(url).query(&[("user", user)])).await.unwrap()
}

#[tokio::test]
async fn the_zone_is_told_to_whoever_knows_a_user_name() {
    let autotask = autotask().await;
    let zone = zone_of(&autotask, "Bridge-API@demo.example").await.json();
    assert_eq!(zone["url"], format!("{}/ATServicesRest/", autotask.sim.base_url()));
    assert_eq!((&zone["ci"], &zone["zoneName"]), (&json!(123_456), &json!("America East")));
    assert_eq!(zone["webUrl"], "https://ww3.autotask.net/");
}

#[tokio::test]
async fn an_unknown_user_has_no_zone() {
    let autotask = autotask().await;
    for user in ["nobody@demo.example", ""] {
        assert_eq!(zone_of(&autotask, user).await.error(), "Zone information could not be determined");
    }
}

#[tokio::test]
async fn a_tenant_that_moves_answers_401_at_its_old_zone() {
    let autotask = autotask().await;
    assert_eq!(autotask.get("Version").await.status, 200);
    autotask.sim.move_zone();
    assert_eq!(autotask.get("Version").await.status, StatusCode::UNAUTHORIZED);
    let moved = zone_of(&autotask, "bridge-api@demo.example").await.json();
    let url = moved["url"].as_str().unwrap().to_owned();
    assert_ne!(url, format!("{}/ATServicesRest/", autotask.sim.base_url()));
    assert_eq!(url, autotask.sim.zone_url());
    let there = as_user(autotask.http.get(format!("{url}V1.0/Version")));
    assert_eq!(answer(there).await.unwrap().status, 200);
}

#[tokio::test]
async fn versions_are_announced_that_do_not_work() {
    let autotask = autotask().await;
    let base = autotask.sim.base_url();
    let get = async |path: &str| answer(as_user(autotask.http.get(format!("{base}/{path}")))).await.unwrap();
    let versions = get("atservicesrest/versioninformation").await.json();
    assert_eq!(versions, json!({ "apiVersions": ["V1.0", "V2.0"] }));
    for path in [
        "ATServicesRest/V2.0/zoneInformation?user=bridge-api@demo.example",
        "ATServicesRest/Version",
        "Version",
    ] {
        assert_eq!(get(path).await.status, 404, "{path}");
    }
    assert_eq!(get("atservicesrest/v1.0/version").await.status, 200, "paths have no case");
}
