//! Halo is down, until it is not.

use psa_sim::Outage;
use serde_json::json;

use crate::client::{answer, halo};

#[tokio::test]
async fn an_outage_answers_503_or_a_page_until_it_is_lifted() {
    let halo = halo().await;
    halo.sim.set_outage(Outage::Unavailable).await;
    assert_eq!(halo.get("Client").await.status, 503);
    assert_eq!(halo.ask_token("?tenant=demo", &[]).await.status, 503);
    halo.sim.set_outage(Outage::Html).await;
    assert!(halo.get("Client").await.text.contains("maintenance"));
    halo.sim.set_outage(Outage::None).await;
    assert_eq!(halo.get("Client").await.status, 200);
}

#[tokio::test]
async fn refused_means_that_no_connection_is_made() {
    let halo = halo().await;
    halo.sim.set_outage(Outage::Refused).await;
    let cut = halo.try_get("Client").await.unwrap_err();
    assert!(!cut.is_timeout(), "the connection of before is cut");
    let refused = halo.try_get("Client").await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    let state = answer(halo.http.get(format!("{}/state", halo.sim.control_url()))).await.unwrap();
    assert_eq!(state.json()["outage"], "refused", "the control API is on a port of its own");
    assert_eq!(halo.command("outage", json!({ "mode": "none" })).await.status, 200);
    assert_eq!(halo.get("Client").await.status, 200);
}

#[tokio::test]
async fn a_stopped_simulator_is_gone() {
    let halo = halo().await;
    let url = format!("{}/api/authinfo", halo.sim.base_url());
    halo.sim.stop().await;
    assert!(halo.http.get(url).send().await.is_err());
}
