//! Which paths there are, and which methods each takes.

use reqwest::Method;
use serde_json::json;

use crate::client::{Answer, Autotask, answer, autotask};

async fn call(autotask: &Autotask, method: Method, path: &str) -> Answer {
    answer(autotask.request(method, path).json(&json!({ "id": 1 }))).await.unwrap()
}

#[tokio::test]
async fn unknown_routes_are_404_and_unknown_methods_405() {
    let autotask = autotask().await;
    for path in [
        "Tickets/x",
        "Nonsense",
        "Nonsense/query",
        "Tickets/1/Notes/query",
        "ContractServiceAdjustments/query",
    ] {
        assert_eq!(autotask.get(path).await.status, 404, "{path}");
    }
    let refused = call(&autotask, Method::DELETE, "Tickets/1").await;
    assert_eq!(refused.status, 405);
    assert_eq!(refused.json()["Message"], "The requested resource does not support http method 'DELETE'.");
}

#[tokio::test]
async fn each_path_takes_its_own_methods_only() {
    let autotask = autotask().await;
    for (method, path, status) in [
        // Only tickets are changed at the root of their entity.
        (Method::PATCH, "Companies", 405),
        // Under a parent: notes are changed, services are not; adjustments are made and never read.
        (Method::PATCH, "Contracts/1/Services", 405),
        (Method::GET, "Contracts/1/ServiceAdjustments", 405),
        (Method::GET, "Contracts/1/ServiceAdjustments/2", 405),
        (Method::PUT, "Tickets/1/Notes/2", 405),
        (Method::PUT, "Tickets/1/Notes/x", 404),
    ] {
        let refused = call(&autotask, method.clone(), path).await;
        assert_eq!(refused.status, status, "{method} {path}");
    }
}

#[tokio::test]
async fn a_child_has_its_metadata_under_its_parent_too() {
    let autotask = autotask().await;
    let under_parent = autotask.get("Tickets/1/Notes/entityInformation").await;
    assert_eq!(under_parent.json()["info"]["name"], "TicketNote");
    assert_eq!(under_parent.json(), autotask.get("TicketNotes/entityInformation").await.json());
}
