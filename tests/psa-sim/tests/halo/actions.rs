//! Notes and other outcomes on tickets.

use jiff::{SignedDuration, civil::DateTime};
use psa_sim::{Access, Choice, Denial, FaultKind, FaultRule, FaultTiming};
use serde_json::{Value, json};

use crate::client::{Halo, halo};

/// The ids of a list's actions, in its order.
async fn shown(halo: &Halo, query: &str) -> Vec<i64> {
    halo.get(&format!("Actions?{query}")).await.ids("actions")
}

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

#[tokio::test]
async fn actions_are_posted_to_the_list_alone() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    let note = json!([{ "ticket_id": id, "outcome_id": 7, "note": "x" }]);
    assert_eq!(halo.post("Actions/5", note).await.status, 405);
    assert_eq!(halo.sim.ticket(id).unwrap().actions.len(), 1, "nothing is stored");
}

#[tokio::test]
async fn an_outcome_with_a_status_moves_the_ticket_and_one_without_leaves_it() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    let post = async |outcome: i64, members: Value| {
        let mut note = json!({ "ticket_id": id, "outcome_id": outcome, "note": "x" });
        note.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        halo.post("Actions", json!([note])).await
    };
    let status = async || halo.get(&format!("Tickets/{id}")).await.json()["status_id"].clone();
    let note = post(7, json!({})).await.json();
    assert_eq!((note.get("new_status"), &note["old_status"]), (None, &json!(1)));
    assert_eq!(post(7, json!({ "new_status": 0 })).await.status, 201, "0 is no status");
    assert_eq!(status().await, 1);
    let close = post(4, json!({})).await.json();
    assert_eq!((&close["new_status"], &close["old_status"]), (&json!(9), &json!(1)));
    assert_eq!(status().await, 9);
    post(4, json!({ "new_status": 2 })).await;
    assert_eq!(status().await, 2, "what is posted goes before what the outcome says");
}

#[tokio::test]
async fn what_belongs_to_the_request_is_not_kept_in_the_action() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    let posted = json!([{
        "ticket_id": id, "outcome_id": 7, "note": "x", "id": 0, "attachments": [], "_isnotify": true, "emailto": "a@b.c"
    }]);
    let note = halo.post("Actions", posted).await.json();
    assert_eq!((note.get("attachments"), note.get("_isnotify"), &note["id"]), (None, None, &json!(2)));
    assert_eq!(note["emailto"], "a@b.c");
}

#[tokio::test]
async fn an_action_that_lists_show_late_hides_no_other() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    let note = json!([{ "ticket_id": id, "outcome_id": 7, "note": "x" }]);
    halo.post("Actions", note.clone()).await.id();
    halo.sim.set_fault_timing(FaultTiming { late_visibility_ms: 3_600_000, ..FaultTiming::default() });
    halo.sim.add_fault(FaultRule::next(FaultKind::LateVisibility, 1).at("POST", "actions"));
    halo.post("Actions", note).await.id();
    assert_eq!(shown(&halo, &format!("ticket_id={id}")).await, [2, 1]);
    assert_eq!(halo.get(&format!("Actions/3?ticket_id={id}")).await.status, 200, "reading it does");
}

#[tokio::test]
async fn actions_of_a_ticket_that_is_out_of_sight_are_not_shown() {
    let halo = halo().await;
    let (seen, hidden) =
        (halo.ticket(json!({})).await.id(), halo.ticket(json!({ "client_id": 3 })).await.id());
    let of = async |ticket: i64| shown(&halo, &format!("ticket_id={ticket}")).await.len();
    assert_eq!((of(seen).await, of(hidden).await, of(404).await), (1, 1, 0));
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights.clients = Choice::Only(vec![2]));
    assert_eq!((of(seen).await, of(hidden).await), (1, 0));
    assert_eq!(halo.get(&format!("Actions/1?ticket_id={hidden}")).await.status, 404);
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights.tickets = Access::None);
    halo.sim.configure(|switches| switches.denial = Denial::EmptyList);
    assert_eq!(of(seen).await, 0);
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights = psa_sim::Rights::default());
    assert!(halo.sim.delete_ticket(seen));
    assert_eq!((of(seen).await, of(hidden).await), (0, 1));
}

#[tokio::test]
async fn actions_of_a_day_are_shown_and_those_of_more_are_not() {
    let halo = halo().await;
    let (one, two) = (halo.ticket(json!({})).await.id(), halo.ticket(json!({ "client_id": 3 })).await.id());
    let note = halo.post("Actions", json!([{ "ticket_id": one, "outcome_id": 7, "note": "x" }])).await.json();
    let noted: DateTime = note["datetime"].as_str().unwrap().parse().unwrap();
    let between = async |start: DateTime, length: SignedDuration| {
        let until = start + length;
        shown(&halo, &format!("startdate={start}&enddate={until}")).await.len()
    };
    let hours = SignedDuration::from_hours;
    let morning = noted - hours(12);
    assert_eq!(between(morning, hours(24)).await, 3, "the openings of both tickets, and the note");
    assert_eq!(between(morning, hours(24) + SignedDuration::from_secs(1)).await, 0, "more than a day");
    assert_eq!(between(morning, hours(11)).await, 0, "before");
    assert_eq!(between(noted + hours(1), hours(2)).await, 0, "after");
    assert_eq!(shown(&halo, &format!("startdate={morning}")).await, [0; 0], "no end");
    let both = format!("ticket_id=404&startdate={morning}&enddate={noted}");
    assert_eq!(shown(&halo, &both).await, [0; 0], "a ticket that is not there goes before");
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights.clients = Choice::Only(vec![3]));
    assert_eq!(between(morning, hours(24)).await, 1, "clients that the agent sees");
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights.clients = Choice::All);
    assert!(halo.sim.delete_ticket(two));
    assert_eq!(between(morning, hours(24)).await, 2, "tickets that are there");
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights.tickets = Access::None);
    halo.sim.configure(|switches| switches.denial = Denial::EmptyList);
    assert_eq!(between(morning, hours(24)).await, 0);
}
