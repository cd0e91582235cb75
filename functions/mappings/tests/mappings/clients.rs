//! Looking for clients and licences.

use crate::bridge::Bridge;
use psa_bridge_rig::{ACME, client};
use serde_json::json;

#[tokio::test]
async fn clients_are_found_by_part_of_their_name_page_by_page() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.psa.with(|books| {
        books.clients.extend((0..12).map(|n| client(&format!("9{n}"), &format!("Northwind {n}"))));
    });
    let path = "/v1/connections/con_one/clients?search=northwind";
    let first = bridge.get(ACME, path).await.ok();
    assert_eq!(first["items"].as_array().unwrap().len(), 10);
    let cursor = first["next"].as_str().unwrap();
    let second = bridge.get(ACME, &format!("{path}&cursor={cursor}")).await.ok();
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (2, &json!(null)));
    let other = format!("/v1/connections/con_one/clients?search=contoso&cursor={cursor}");
    assert_eq!(bridge.get(ACME, &other).await.problem(), (400, "invalid_cursor"));
}

#[tokio::test]
async fn licences_are_those_of_the_client() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.psa.add_license("1", "70");
    bridge.psa.add_license("2", "80");
    let licenses = bridge.get(ACME, "/v1/connections/con_one/clients/1/licenses").await.ok();
    assert_eq!(licenses["items"].as_array().unwrap().len(), 1);
    assert_eq!((&licenses["items"][0]["id"], &licenses["items"][0]["count"]), (&json!("70"), &json!(5)));
    bridge.psa.with(|books| books.has_no_licenses = true);
    let licenses = bridge.get(ACME, "/v1/connections/con_one/clients/1/licenses").await.ok();
    assert_eq!(licenses["items"], json!([]));
}
