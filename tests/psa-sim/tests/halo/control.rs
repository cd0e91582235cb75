//! The control API, and the page for people.

use serde_json::json;

use crate::client::{answer, halo};

#[tokio::test]
async fn people_and_faults_are_commanded() {
    let halo = halo().await;
    let id = halo.ticket(json!({ "third_party_id_string": "psab-1" })).await.id();
    for (path, body) in [
        (format!("tickets/{id}/touch"), json!({ "note": "hm" })),
        (format!("tickets/{id}/reassign"), json!({ "agent_id": 50 })),
        (format!("tickets/{id}/close"), json!(null)),
        (format!("tickets/{id}/delete"), json!(null)),
        (format!("tickets/{id}/restore"), json!(null)),
        ("clients/3/rename".to_owned(), json!({ "name": "New name" })),
        ("clients/4/deactivate".to_owned(), json!(null)),
        ("clients/5/delete".to_owned(), json!(null)),
        ("clients".to_owned(), json!({ "name": "Newcomer" })),
        ("licences/500".to_owned(), json!({ "notes": "by hand" })),
        ("switches".to_owned(), json!({ "page_shift": 1, "list_shape": "all_bare" })),
        ("timing".to_owned(), json!({ "late_commit_ms": 30 })),
        ("rate_limit".to_owned(), json!({ "requests": 100 })),
        ("faults".to_owned(), json!({ "kind": "server_error", "next": 1, "endpoint": "client" })),
        ("agents/1/rights".to_owned(), json!({ "clients": { "only": [2] } })),
    ] {
        let done = halo.command(&path, body).await;
        assert_eq!(done.status, 200, "{path}: {done:?}");
    }
    assert_eq!(halo.get("Client").await.status, 500);
    assert_eq!(halo.get("Client").await.json().as_array().unwrap().len(), 1);
    let state = answer(halo.http.get(format!("{}/state", halo.sim.control_url()))).await.unwrap().json();
    assert_eq!(state["switches"]["page_shift"], 1);
    assert_eq!(state["rate_limit"]["requests"], 100);
    assert_eq!(state["licences"][0]["notes"], "by hand");
    assert_eq!(state["licence_changes"][0]["who"], "Dana Technician");
    assert_eq!(halo.sim.tickets_by("third_party_id_string")["psab-1"], 1);
}

#[tokio::test]
async fn a_wrong_command_says_what_is_wrong() {
    let halo = halo().await;
    for (path, body) in [
        ("tickets/404/close", json!(null)),
        ("faults", json!({ "kind": "sloth", "next": 1 })),
        ("switches", json!({ "no_such_switch": 1 })),
        ("nonsense", json!(null)),
    ] {
        let refused = halo.command(path, body).await;
        assert_eq!(refused.status, 400);
        assert!(refused.json()["error"].is_string());
    }
}

#[tokio::test]
async fn counts_and_tickets_are_told_and_reset() {
    let halo = halo().await;
    halo.ticket(json!({ "client_reference": "a" })).await;
    halo.ticket(json!({ "client_reference": "a" })).await;
    let read = async |path: &str| {
        answer(halo.http.get(format!("{}/{path}", halo.sim.control_url()))).await.unwrap().json()
    };
    assert_eq!(read("tickets?field=client_reference").await, json!({ "a": 2 }));
    assert_eq!(read("tickets?field=client_reference&value=a").await.as_array().unwrap().len(), 2);
    assert_eq!(read("counts").await["requests"]["POST /tickets 201"], 2);
    halo.command("schedule", json!({ "default": true, "seed": 3 })).await;
    assert_eq!(read("state").await["schedule"]["rules"].as_array().unwrap().len(), 10);
    halo.command("schedule", json!("none")).await;
    halo.command("reset", json!(null)).await;
    assert_eq!(halo.sim.ticket_count(), 0);
    assert_eq!(halo.sim.counts().total(), 0);
}

#[tokio::test]
async fn the_page_carries_no_data_of_its_own() {
    let halo = halo().await;
    halo.ticket(json!({ "summary": "<script>alert(1)</script>" })).await;
    let page = answer(halo.http.get(format!("{}/", halo.sim.control_url()))).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Content-Security-Policy") && !page.text.contains("alert(1)"));
    let script = answer(halo.http.get(format!("{}/page.js", halo.sim.control_url()))).await.unwrap();
    assert!(!script.text.contains("innerHTML"), "everything goes in as text");
}
