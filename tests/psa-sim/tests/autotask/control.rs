//! The control API, and the page for people.

use serde_json::{Value, json};

use crate::client::{answer, autotask};

#[tokio::test]
async fn people_and_faults_are_commanded() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "externalID": "psab-1" })).await.id();
    let other = autotask.ticket(json!({})).await.id();
    for (path, body) in [
        (format!("tickets/{id}/touch"), json!({ "note": "hm" })),
        (format!("tickets/{id}/reassign"), json!({ "resource_id": 30 })),
        (format!("tickets/{id}/status"), json!({ "status": 7 })),
        (format!("tickets/{id}/complete"), json!(null)),
        (format!("tickets/{id}/reopen"), json!(null)),
        (format!("tickets/{id}/merge"), json!({ "into": other })),
        (format!("tickets/{other}/delete"), json!(null)),
        (format!("tickets/{other}/restore"), json!(null)),
        ("companies/174/rename".to_owned(), json!({ "name": "New name" })),
        ("companies/175/deactivate".to_owned(), json!(null)),
        ("companies/177/delete".to_owned(), json!(null)),
        ("companies".to_owned(), json!({ "name": "Newcomer" })),
        ("contract_services/456".to_owned(), json!({ "units": 99 })),
        (
            "users/bridge-api@demo.example".to_owned(),
            json!({ "rights": { "TicketNotes": { "create": "None" } } }),
        ),
        ("workflow_rules".to_owned(), json!([])),
        ("switches".to_owned(), json!({ "item_id": "text", "lock_out_after": null })),
        ("timing".to_owned(), json!({ "late_commit_ms": 30 })),
        ("rate_limit".to_owned(), json!({ "requests": 100, "window_seconds": 3600 })),
        ("faults".to_owned(), json!({ "kind": "server_error", "next": 1, "endpoint": "version" })),
    ] {
        let done = autotask.command(&path, body).await;
        assert_eq!(done.status, 200, "{path}: {done:?}");
    }
    assert_eq!(autotask.get("Version").await.status, 500);
    let state =
        answer(autotask.http.get(format!("{}/state", autotask.sim.control_url()))).await.unwrap().json();
    assert_eq!((&state["psa"], &state["switches"]["item_id"]), (&json!("Autotask"), &json!("text")));
    assert_eq!(state["contract_services"][0]["units"], 99);
    assert!(!state.to_string().contains(psa_sim::AutotaskSim::SECRET), "secrets are not shown");
    let ticket = autotask.read(id).await;
    assert_eq!((&ticket["status"], &ticket["assignedResourceID"]), (&json!(5), &json!(30)));
    assert_eq!(autotask.command("zone/move", json!(null)).await.status, 200);
    assert_eq!(autotask.get("Version").await.status, 401);
}

#[tokio::test]
async fn a_wrong_command_says_what_is_wrong() {
    let autotask = autotask().await;
    for (path, body) in [
        ("tickets/404/complete", json!(null)),
        ("switches", json!({ "no_such_switch": 1 })),
        ("users/nobody", json!({ "locked": true })),
        ("nonsense", json!(null)),
    ] {
        let refused = autotask.command(path, body).await;
        assert_eq!(refused.status, 400);
        assert!(refused.json()["error"].is_string());
    }
}

#[tokio::test]
async fn counts_and_tickets_are_told_and_reset() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "externalID": "a", "title": "<script>alert(1)</script>" })).await.id();
    autotask.ticket(json!({ "externalID": "a" })).await;
    let read = async |path: &str| -> Value {
        answer(autotask.http.get(format!("{}/{path}", autotask.sim.control_url()))).await.unwrap().json()
    };
    assert_eq!(read("tickets?field=externalID").await, json!({ "a": 2 }));
    assert_eq!(read("tickets?field=externalID&value=a").await.as_array().unwrap().len(), 2);
    assert_eq!(read(&format!("tickets/{id}")).await["statusLabel"], "New");
    assert_eq!(read("counts").await["requests"]["POST /tickets 200"], 2);
    let page = answer(autotask.http.get(format!("{}/", autotask.sim.control_url()))).await.unwrap();
    assert!(page.text.contains("Content-Security-Policy") && !page.text.contains("alert(1)"));
    for script in ["page.js", "psa.js"] {
        let script =
            answer(autotask.http.get(format!("{}/{script}", autotask.sim.control_url()))).await.unwrap();
        assert!(script.status == 200 && !script.text.contains("innerHTML"), "everything goes in as text");
    }
    autotask.command("reset", json!(null)).await;
    assert_eq!((autotask.sim.ticket_count(), autotask.sim.counts().total()), (0, 0));
}
