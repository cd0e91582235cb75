//! Mapping one organisation.

use crate::bridge::Bridge;
use jiff::SignedDuration;
use psa_bridge_core::connection::{CanaryPlan, ConnectionChange, SuspensionCause};
use psa_bridge_rig::{ACME, id};
use psa_connector::PsaErrorKind;
use serde_json::json;

async fn bridge() -> Bridge {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.register("org-1", "Contoso Ltd", &[ACME]).await;
    bridge
}

const MAPPING: &str = "/v1/connections/con_one/mappings/org-1";

#[tokio::test]
async fn a_mapping_is_saved_with_the_clients_name_and_its_events_are_routed_at_once() {
    let bridge = bridge().await;
    let saved = bridge.put(ACME, MAPPING, json!({ "client": "1" })).await.ok();
    assert_eq!(saved["client_name"], "Contoso");
    assert_eq!(
        (&saved["flow"], &saved["license"], &saved["health"]),
        (&json!(true), &json!(null), &json!("ok"))
    );
    assert_eq!(saved["organization_name"], "Contoso Ltd");
    assert_eq!(bridge.nudge.felt(), 1);
    assert_eq!(bridge.get(ACME, MAPPING).await.ok(), saved);
    assert_eq!(bridge.get(ACME, "/v1/connections/con_one/mappings").await.ok()["items"], json!([saved]));
    assert_eq!(bridge.mappings.store.route_requests(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn only_an_active_client_of_this_psa_is_taken() {
    let bridge = bridge().await;
    for (client, code) in [("9", "client_missing"), ("3", "client_inactive"), ("", "client_missing")] {
        let answer = bridge.put(ACME, MAPPING, json!({ "client": client })).await;
        assert_eq!(answer.problem(), (422, code));
        assert_eq!(answer.body["field"], "client");
    }
    assert_eq!(bridge.get(ACME, MAPPING).await.problem(), (404, "not_found"));
    assert_eq!(bridge.nudge.felt(), 0);
}

#[tokio::test]
async fn only_a_licence_of_that_client_is_taken() {
    let bridge = bridge().await;
    bridge.psa.add_license("1", "70");
    bridge.psa.add_license("2", "80");
    let answer = bridge.put(ACME, MAPPING, json!({ "client": "1", "license": "80" })).await;
    assert_eq!((answer.problem(), &answer.body["field"]), ((422, "license_missing"), &json!("license")));
    let saved = bridge.put(ACME, MAPPING, json!({ "client": "1", "license": "70" })).await.ok();
    assert_eq!(saved["license"], "70");
    bridge.psa.with(|books| books.has_no_licenses = true);
    let answer = bridge.put(ACME, MAPPING, json!({ "client": "1", "license": "70" })).await;
    assert_eq!(answer.problem(), (422, "licenses_not_supported"));
}

#[tokio::test]
async fn the_flow_can_be_switched_off_while_the_psa_is_down_but_not_on() {
    let bridge = bridge().await;
    bridge.put(ACME, MAPPING, json!({ "client": "1" })).await.ok();
    bridge.psa.with(|books| books.fails_with = Some(PsaErrorKind::Unavailable));
    let off = bridge.put(ACME, MAPPING, json!({ "client": "1", "flow": false })).await.ok();
    assert_eq!((&off["flow"], &off["client_name"]), (&json!(false), &json!("Contoso")));
    let answer = bridge.put(ACME, MAPPING, json!({ "client": "1", "flow": true })).await;
    assert_eq!(answer.problem(), (502, "psa_unavailable"));
    let answer = bridge.put(ACME, MAPPING, json!({ "client": "2", "flow": false })).await;
    assert_eq!(answer.problem(), (502, "psa_unavailable"));
    assert_eq!(bridge.get(ACME, MAPPING).await.ok()["flow"], false);
}

#[tokio::test]
async fn switching_off_the_flow_of_a_missing_client_keeps_its_health() {
    let bridge = bridge().await;
    bridge.put(ACME, MAPPING, json!({ "client": "1" })).await.ok();
    bridge.psa.with(|books| books.clients.clear());
    assert_eq!(bridge.get(ACME, &format!("{MAPPING}?refresh=true")).await.ok()["health"], "missing");
    let off = bridge.put(ACME, MAPPING, json!({ "client": "1", "flow": false })).await.ok();
    assert_eq!(off["health"], "missing");
    assert_eq!(bridge.get(ACME, MAPPING).await.ok()["health"], "missing");
}

#[tokio::test]
async fn a_removed_mapping_is_gone() {
    let bridge = bridge().await;
    assert_eq!(bridge.delete(ACME, MAPPING).await.problem(), (404, "not_found"));
    bridge.put(ACME, MAPPING, json!({ "client": "1" })).await.ok();
    assert_eq!(bridge.delete(ACME, MAPPING).await.status, 204);
    assert_eq!(bridge.get(ACME, MAPPING).await.problem(), (404, "not_found"));
    assert_eq!(bridge.delete(ACME, MAPPING).await.problem(), (404, "not_found"));
}

#[tokio::test]
async fn a_body_with_a_misspelt_member_is_refused() {
    let bridge = bridge().await;
    let answer = bridge.put(ACME, MAPPING, json!({ "client": "1", "licence": "70" })).await;
    assert_eq!((answer.problem(), &answer.body["field"]), ((422, "invalid_field"), &json!("licence")));
}

#[tokio::test]
async fn nothing_is_asked_of_the_psa_with_refused_or_revoked_credentials() {
    let bridge = bridge().await;
    bridge.put(ACME, MAPPING, json!({ "client": "1" })).await.ok();
    let connection = id("con_one");
    let plan = CanaryPlan { first: SignedDuration::from_mins(1), longest: SignedDuration::from_hours(1) };
    let suspended =
        ConnectionChange::Suspended { cause: SuspensionCause::Credentials, detail: "401".into(), plan };
    bridge.change(ACME, &connection, suspended).await;
    bridge.psa.calls();
    let paths =
        ["/v1/connections/con_one/clients?search=c", "/v1/connections/con_one/mappings/org-1?refresh=true"];
    for path in paths {
        assert_eq!(bridge.get(ACME, path).await.problem(), (409, "connection_suspended"), "{path}");
    }
    bridge.change(ACME, &connection, ConnectionChange::Revoked).await;
    for path in paths {
        assert_eq!(bridge.get(ACME, path).await.problem(), (409, "connection_revoked"), "{path}");
    }
    let answer = bridge.put(ACME, MAPPING, json!({ "client": "1", "flow": false })).await;
    assert_eq!(answer.problem(), (409, "connection_revoked"));
    assert_eq!(bridge.psa.calls(), [""; 0]);
}
