//! Mapping many organisations at once.

use crate::bridge::Bridge;
use psa_bridge_rig::{ACME, GLOBEX, client};
use psa_connector::PsaErrorKind;
use serde_json::{Value, json};

const MAPPINGS: &str = "/v1/connections/con_one/mappings";

#[tokio::test]
async fn each_item_is_taken_or_refused_by_itself() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.psa.add_license("1", "70");
    for (organization, owner) in [("org-1", ACME), ("org-2", ACME), ("org-3", ACME), ("org-4", GLOBEX)] {
        bridge.register(organization, organization, &[owner]).await;
    }
    let wishes = json!([
        { "organization": "org-1", "client": "1", "license": "70" },
        { "organization": "org-2", "client": "3" },
        { "organization": "org-4", "client": "1" },
        { "organization": "unknown", "client": "1" },
        { "organization": "org-3", "client": "2", "flow": false },
        { "organization": "org-1", "client": "2" },
    ]);
    let results = bridge.put(ACME, MAPPINGS, json!({ "mappings": wishes })).await.ok()["results"].clone();
    let told: Vec<(&str, bool, Option<&str>)> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["organization"].as_str().unwrap(), it["saved"] == true, it["problem"]["code"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("org-1", true, None),
            ("org-2", false, Some("client_inactive")),
            ("org-4", false, Some("not_found")),
            ("unknown", false, Some("not_found")),
            ("org-3", true, None),
            ("org-1", false, Some("named_twice")),
        ]
    );
    assert_eq!(results[2]["problem"], results[3]["problem"], "not owned and not there look the same");
    assert_eq!(bridge.nudge.felt(), 1);
    let list = bridge.get(ACME, MAPPINGS).await.ok();
    let kept: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|it| &it["organization"]).collect();
    assert_eq!(kept, ["org-1", "org-3"]);
}

#[tokio::test]
async fn trouble_with_the_psa_changes_nothing() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.register("org-1", "One", &[ACME]).await;
    bridge.psa.with(|books| books.fails_with = Some(PsaErrorKind::RateLimited { after: None }));
    let body = json!({ "mappings": [{ "organization": "org-1", "client": "1" }] });
    assert_eq!(bridge.put(ACME, MAPPINGS, body).await.problem(), (503, "psa_rate_limited"));
    assert_eq!(bridge.get(ACME, MAPPINGS).await.ok()["items"], json!([]));
}

#[tokio::test]
async fn many_clients_are_read_by_the_page_not_one_by_one() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    let count = 40;
    bridge.psa.with(|books| {
        books.clients = (0..count).map(|n| client(&n.to_string(), &format!("Client {n}"))).collect();
        books.clients[7].active = false;
    });
    let mut wishes = Vec::new();
    for n in 0..count {
        let organization = format!("org-{n}");
        bridge.register(&organization, &organization, &[ACME]).await;
        wishes.push(json!({ "organization": organization, "client": n.to_string() }));
    }
    let results = bridge.put(ACME, MAPPINGS, json!({ "mappings": wishes })).await.ok()["results"].clone();
    let saved = results.as_array().unwrap().iter().filter(|result| result["saved"] == true).count();
    assert_eq!(saved, count - 1);
    assert_eq!(results[7]["problem"]["code"], "client_inactive");
    let calls = bridge.psa.calls();
    assert!(calls.len() <= 6, "four pages and the one that is on none: {calls:?}");
}

#[tokio::test]
async fn a_request_has_between_one_and_five_hundred_items() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    for count in [0, 501] {
        let wishes: Vec<Value> =
            (0..count).map(|n| json!({ "organization": format!("o{n}"), "client": "1" })).collect();
        let answer = bridge.put(ACME, MAPPINGS, json!({ "mappings": wishes })).await;
        assert_eq!((answer.problem(), &answer.body["field"]), ((422, "invalid_field"), &json!("mappings")));
    }
}
