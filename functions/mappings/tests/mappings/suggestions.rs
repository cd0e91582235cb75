//! Suggestions for organisations that are not mapped.

use crate::bridge::Bridge;
use http::Method;
use psa_bridge_http::Scope;
use psa_bridge_rig::{ACME, GLOBEX, client};
use serde_json::{Value, json};

async fn suggest(bridge: &Bridge) -> Value {
    let path = "/v1/connections/con_one/mappings/suggest";
    bridge.ask(Method::POST, path, Some(ACME), Scope::Read, None).await.ok()
}

#[tokio::test]
async fn organisations_are_offered_clients_of_like_names_the_surest_first() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.psa.with(|books| books.clients.push(client("4", "Contoso Berlin")));
    for (organization, name) in [("o-1", "Nothing Like It"), ("o-2", "Fabrikam GmbH"), ("o-3", "contoso")] {
        bridge.register(organization, name, &[ACME]).await;
    }
    bridge.register("o-4", "Contoso", &[GLOBEX]).await;
    let answer = suggest(&bridge).await;
    assert_eq!(answer["complete"], true);
    let told: Vec<(&Value, &Value, &Value)> = answer["suggestions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["organization"], &it["candidates"][0]["client"], &it["candidates"][0]["likeness"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("o-3"), &json!("1"), &json!("exact")),
            (&json!("o-2"), &json!("2"), &json!("same_name")),
            (&json!("o-1"), &Value::Null, &Value::Null),
        ]
    );
    let second = &answer["suggestions"][0]["candidates"][1];
    assert_eq!((&second["client"], &second["likeness"]), (&json!("4"), &json!("contains")));
}

#[tokio::test]
async fn nothing_is_mapped_by_a_suggestion_and_what_is_mapped_is_not_suggested() {
    let bridge = Bridge::new();
    bridge.connect(ACME, "one").await;
    bridge.register("o-1", "Contoso", &[ACME]).await;
    bridge.register("o-2", "Contoso", &[ACME]).await;
    assert_eq!(suggest(&bridge).await["suggestions"].as_array().unwrap().len(), 2);
    assert_eq!(bridge.get(ACME, "/v1/connections/con_one/mappings").await.ok()["items"], json!([]));
    bridge.put(ACME, "/v1/connections/con_one/mappings/o-1", json!({ "client": "1" })).await.ok();
    let answer = suggest(&bridge).await;
    assert_eq!(answer["suggestions"].as_array().unwrap().len(), 1);
    let left = &answer["suggestions"][0];
    assert_eq!((&left["organization"], &left["candidates"][0]["taken"]), (&json!("o-2"), &json!(true)));
}
