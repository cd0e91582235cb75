//! No partner sees or maps what is not theirs, and cannot tell it from what is not there.

use crate::bridge::Bridge;
use http::Method;
use psa_bridge_http::Scope;
use psa_bridge_rig::{ACME, GLOBEX};
use serde_json::json;

#[tokio::test]
async fn another_partners_connection_looks_like_one_that_is_not_there() {
    let bridge = Bridge::new();
    bridge.connect(GLOBEX, "two").await;
    bridge.register("org-1", "Contoso", &[ACME, GLOBEX]).await;
    bridge.put(GLOBEX, "/v1/connections/con_two/mappings/org-1", json!({ "client": "1" })).await.ok();
    bridge.psa.calls();
    let requests = [
        (Method::GET, "/clients?search=c", None),
        (Method::GET, "/clients/1/licenses", None),
        (Method::GET, "/mappings", None),
        (Method::PUT, "/mappings", Some(json!({ "mappings": [{ "organization": "org-1", "client": "1" }] }))),
        (Method::GET, "/mappings/org-1", None),
        (Method::GET, "/mappings/org-1?refresh=true", None),
        (Method::PUT, "/mappings/org-1", Some(json!({ "client": "2" }))),
        (Method::DELETE, "/mappings/org-1", None),
        (Method::POST, "/mappings/suggest", None),
    ];
    for (method, path, body) in requests {
        let mut answers = Vec::new();
        for connection in ["con_two", "con_unknown", "malformed"] {
            let path = format!("/v1/connections/{connection}{path}");
            let answer = bridge.ask(method.clone(), &path, Some(ACME), Scope::Manage, body.clone()).await;
            assert_eq!(answer.problem(), (404, "not_found"), "{method} {path}");
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1], "{method} {path}");
    }
    assert_eq!(bridge.psa.calls(), [""; 0]);
    let kept = bridge.get(GLOBEX, "/v1/connections/con_two/mappings/org-1").await.ok();
    assert_eq!(kept["client"], "1");
}

#[tokio::test]
async fn another_partners_organisation_looks_like_one_that_is_not_there() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.register("org-2", "Fabrikam", &[GLOBEX]).await;
    let requests = [
        (Method::GET, "/v1/connections/con_one/mappings/ORG", None),
        (Method::PUT, "/v1/connections/con_one/mappings/ORG", Some(json!({ "client": "1" }))),
        (Method::DELETE, "/v1/connections/con_one/mappings/ORG", None),
        (Method::GET, "/v1/organizations/ORG/connections", None),
    ];
    for (method, path, body) in requests {
        let mut answers = Vec::new();
        for organization in ["org-2", "org-unknown"] {
            let path = path.replace("ORG", organization);
            let answer = bridge.ask(method.clone(), &path, Some(ACME), Scope::Manage, body.clone()).await;
            assert_eq!(answer.problem(), (404, "not_found"), "{method} {path}");
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1], "{method} {path}");
    }
    assert_eq!(bridge.nudge.felt(), 0);
}

#[tokio::test]
async fn a_partner_that_leaves_the_chain_loses_sight_of_its_mapping() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.register("org-1", "Contoso", &[ACME]).await;
    bridge.put(ACME, "/v1/connections/con_one/mappings/org-1", json!({ "client": "1" })).await.ok();
    bridge.register("org-1", "Secret new name", &[GLOBEX]).await;
    let answer = bridge.get(ACME, "/v1/connections/con_one/mappings/org-1").await;
    assert_eq!(answer.problem(), (404, "not_found"));
    let list = bridge.get(ACME, "/v1/connections/con_one/mappings").await.ok();
    assert!(!list.to_string().contains("Secret"), "{list}");
}

#[tokio::test]
async fn a_reader_changes_nothing() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.register("org-1", "Contoso", &[ACME]).await;
    let path = "/v1/connections/con_one/mappings/org-1";
    let put = bridge.ask(Method::PUT, path, Some(ACME), Scope::Read, Some(json!({ "client": "1" }))).await;
    assert_eq!(put.problem(), (403, "insufficient_scope"));
    let delete = bridge.ask(Method::DELETE, path, Some(ACME), Scope::Read, None).await;
    assert_eq!(delete.problem(), (403, "insufficient_scope"));
}
