//! Notes and other outcomes on tickets.

use serde_json::json;

use crate::client::halo;

#[tokio::test]
async fn a_note_needs_an_outcome() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    for outcome in [json!({}), json!({ "outcome_id": 404 }), json!({ "outcome": "Nonsense" })] {
        let mut note = outcome;
        note["ticket_id"] = json!(id);
        note["note"] = json!("again");
        let said = halo.post("Actions", json!([note])).await.says();
        assert_eq!(said, "An Outcome must be entered for this Action");
    }
}

#[tokio::test]
async fn a_private_note_is_added_and_numbered_within_its_ticket() {
    let halo = halo().await;
    let (one, two) = (halo.ticket(json!({ "details": "x" })).await.id(), halo.ticket(json!({})).await.id());
    for ticket in [one, two] {
        let note = json!([{ "ticket_id": ticket, "outcome_id": 7, "hiddenfromuser": true, "note_html": "<p>again</p>" }]);
        let note = halo.post("Actions", note).await;
        assert_eq!(note.id(), 2, "the first is the opening");
        let note = note.json();
        assert_eq!(
            (&note["outcome"], &note["who"]),
            (&json!("Private Note"), &json!("PSA Bridge (API only)"))
        );
    }
    let named =
        halo.post("Actions", json!([{ "ticket_id": one, "outcome": "private note", "note": "more" }])).await;
    assert_eq!(named.id(), 3);
    let notes =
        halo.get(&format!("Actions?ticket_id={one}&excludesys=true&includehtmlnote=true")).await.json();
    assert_eq!(notes["record_count"], 3);
    assert_eq!(notes["actions"][1]["note_html"], "<p>again</p>");
    assert_eq!(notes["actions"][2]["note"], "x");
    assert_eq!(halo.get("Actions").await.json()["record_count"], 0, "neither a ticket nor a day");
    assert_eq!(halo.get(&format!("Actions/3?ticket_id={one}")).await.json()["note"], "more");
}

#[tokio::test]
async fn an_outcome_that_the_workflow_or_the_agent_lacks_is_refused() {
    let halo = halo().await;
    let change = halo.ticket(json!({ "tickettype_id": 23 })).await.id();
    let note = |outcome: i64| json!([{ "ticket_id": change, "outcome_id": outcome, "note": "x" }]);
    assert_eq!(
        halo.post("Actions", note(7)).await.says(),
        "You do not have access to this Action at the moment"
    );
    assert_eq!(halo.post("Actions", note(12)).await.status, 201);
    let workflow = halo.get("TicketType/23").await.json()["workflow_id"].clone();
    let steps = halo.get(&format!("Workflow/{workflow}")).await.json();
    assert_eq!(steps["steps"][0]["actions"][0]["action_id"], 12);
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights.outcomes = psa_sim::Choice::Only(vec![7]));
    assert_eq!(
        halo.post("Actions", note(12)).await.says(),
        "You do not have access to this Action at the moment"
    );
}

#[tokio::test]
async fn an_action_can_move_the_ticket_to_a_status() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    halo.post("Actions", json!([{ "ticket_id": id, "outcome_id": 7, "new_status": 9, "note": "done" }]))
        .await;
    assert_eq!(halo.get(&format!("Tickets/{id}")).await.json()["hasbeenclosed"], true);
    let bad = halo.post("Actions", json!([{ "ticket_id": id, "outcome_id": 7, "new_status": 404 }])).await;
    assert_eq!(bad.json()["ClassName"], "System.Exception");
    let wrong = halo.post("Actions", json!([{ "ticket_id": id, "outcome_id": "abc" }])).await;
    assert!(
        wrong.json()["[0].outcome_id"][0]
            .as_str()
            .unwrap()
            .starts_with("Could not convert string to integer: abc.")
    );
    assert_eq!(halo.post("Actions", json!([{ "ticket_id": 404, "outcome_id": 7 }])).await.status, 404);
}
