//! The registry of organisations, and the partner's view of it.

use crate::bridge::Bridge;
use http::{Method, StatusCode};
use psa_bridge_http::Scope;
use psa_bridge_rig::{ACME, GLOBEX};
use serde_json::json;

#[tokio::test]
async fn the_registry_is_kept_by_machines() {
    let bridge = Bridge::new();
    let body = json!({ "name": " Contoso ", "chain": [GLOBEX, ACME] });
    let made = bridge.registry(Method::PUT, "/v1/organizations/org-1", Some(body.clone())).await;
    assert_eq!((made.status, &made.body["name"]), (StatusCode::CREATED, &json!("Contoso")));
    let again = bridge.registry(Method::PUT, "/v1/organizations/org-1", Some(body.clone())).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(bridge.nudge.felt(), 2);
    for scope in [Scope::Read, Scope::Manage] {
        let path = "/v1/organizations/org-1";
        let answer = bridge.ask(Method::PUT, path, Some(ACME), scope, Some(body.clone())).await;
        assert_eq!(answer.problem(), (403, "insufficient_scope"));
        let answer = bridge.ask(Method::DELETE, path, Some(ACME), scope, None).await;
        assert_eq!(answer.problem(), (403, "insufficient_scope"));
    }
    assert_eq!(bridge.registry(Method::DELETE, "/v1/organizations/org-1", None).await.status, 204);
    let gone = bridge.registry(Method::DELETE, "/v1/organizations/org-1", None).await;
    assert_eq!(gone.problem(), (404, "not_found"));
}

#[tokio::test]
async fn a_chain_names_one_to_ten_partners_each_once() {
    let bridge = Bridge::new();
    let eleven: Vec<String> = (0..11).map(|n| format!("p{n}")).collect();
    let cases = [
        (json!({ "name": "A", "chain": [] }), "chain"),
        (json!({ "name": "A", "chain": eleven }), "chain"),
        (json!({ "name": "A", "chain": [ACME, ACME] }), "chain"),
        (json!({ "name": "A", "chain": [""] }), "chain[0]"),
        (json!({ "name": " ", "chain": [ACME] }), "name"),
        (json!({ "name": "x".repeat(257), "chain": [ACME] }), "name"),
    ];
    for (body, field) in cases {
        let answer = bridge.registry(Method::PUT, "/v1/organizations/org-1", Some(body)).await;
        assert_eq!((answer.problem(), &answer.body["field"]), ((422, "invalid_field"), &json!(field)));
    }
}

#[tokio::test]
async fn a_partner_sees_its_organisations_with_its_own_mappings_alone() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.connect(GLOBEX, "two").await;
    bridge.register("org-1", "Contoso", &[ACME, GLOBEX]).await;
    bridge.register("org-2", "Fabrikam", &[GLOBEX]).await;
    bridge.put(GLOBEX, "/v1/connections/con_two/mappings/org-1", json!({ "client": "2" })).await.ok();
    let acme = bridge.get(ACME, "/v1/organizations").await.ok();
    assert_eq!(acme["items"], json!([{ "id": "org-1", "name": "Contoso", "mappings": [] }]));
    let globex = bridge.get(GLOBEX, "/v1/organizations?limit=1").await.ok();
    assert_eq!(globex["items"][0]["mappings"][0]["client_name"], "Fabrikam");
    assert_eq!(globex["items"][0]["mappings"][0]["connection"], "con_two");
    assert!(globex["next"].is_string());
}

#[tokio::test]
async fn an_organisation_shows_all_of_the_partners_connections() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.connect(ACME, "two").await;
    bridge.connect(GLOBEX, "three").await;
    bridge.register("org-1", "Contoso", &[ACME]).await;
    bridge.put(ACME, "/v1/connections/con_two/mappings/org-1", json!({ "client": "1" })).await.ok();
    let items = bridge.get(ACME, "/v1/organizations/org-1/connections").await.ok()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 2);
    assert_eq!((&items[0]["connection"], &items[0]["mapping"]), (&json!("con_one"), &json!(null)));
    assert_eq!((&items[1]["tenant"], &items[1]["mapping"]["client"]), (&json!("two.example"), &json!("1")));
    assert_eq!(items[1]["live"], false);
}
