//! Creating, changing, reading and deleting tickets.

use psa_sim::{AgentShape, DeletedRead, FloatIds, HaloSim, ReplyShape};
use reqwest::Method;
use serde_json::json;

use crate::client::{answer, fine_ticket, halo, with};

#[tokio::test]
async fn a_ticket_is_answered_in_full_and_echoes_what_was_posted() {
    let halo = halo().await;
    let ticket = halo
        .ticket(json!({
            "details_html": "<p>Mailbox <b>a&amp;b</b></p>", "priority_id": 2, "third_party_id_string": "psab-1",
            "client_reference": "psab-1", "impact": 2, "customfields": [{ "name": "CFBridgeReference", "value": "psab-1" }]
        }))
        .await;
    assert_eq!(ticket.status, 201);
    let ticket = ticket.json();
    assert_eq!(ticket["client_name"], "Acme & Sons");
    assert_eq!(ticket["user_name"], "General User");
    assert_eq!(ticket["site_name"], "Main");
    assert_eq!(ticket["tickettype_name"], "Alert");
    assert_eq!(ticket["priority_name"], "High");
    assert_eq!(ticket["team"], "Backup");
    assert_eq!(ticket["source"], 0, "Manual");
    assert_eq!(ticket["hasbeenclosed"], false);
    assert_eq!(ticket["dateclosed"], "1899-12-30T00:00:00");
    assert_eq!(ticket["details"], "Mailbox a&b");
    assert_eq!(ticket["third_party_id_string"], "psab-1");
    assert_eq!(ticket["customfields"][0]["value"], "psab-1");
    let occurred = ticket["dateoccurred"].as_str().unwrap();
    assert_eq!(occurred.len(), "2026-10-01T12:34:56.123".len(), "no zone: {occurred}");
    assert_eq!(halo.get(&format!("Tickets/{}?includedetails=true", ticket["id"])).await.json(), ticket);
}

#[tokio::test]
async fn unknown_members_are_ignored_without_a_word() {
    let halo = halo().await;
    let body = json!([{ "summary": "x", "client_id": 2, "tickettype": { "id": 21 }, "nonsense": 1, "_novalidate": true }]);
    let ticket = halo.post("Tickets", body).await.json();
    assert_eq!(ticket["tickettype_id"], 1, "the default type");
    assert_eq!(ticket.get("nonsense"), None);
    assert_eq!(ticket.get("_novalidate"), None);
}

#[tokio::test]
async fn an_id_makes_it_an_update_that_keeps_the_rest() {
    let halo = halo().await;
    let id = halo.ticket(json!({ "details": "first" })).await.id();
    let changed = halo.post("Tickets", json!([{ "id": id, "status_id": 9, "agent_id": 50 }])).await.json();
    assert_eq!((&changed["hasbeenclosed"], &changed["details"]), (&json!(true), &json!("first")));
    assert_ne!(changed["dateclosed"], "1899-12-30T00:00:00");
    assert_eq!(changed["agent_name"], "Dana Technician");
    let reopened = halo.post("Tickets", json!([{ "id": id, "status_id": 2 }])).await.json();
    assert_eq!(reopened["hasbeenclosed"], false);
    assert_eq!(halo.sim.ticket_count(), 1);
    assert_eq!(halo.post("Tickets", json!([{ "id": 404, "status_id": 2 }])).await.status, 404);
}

#[tokio::test]
async fn the_last_of_several_is_answered_unless_all_are_asked_for() {
    let halo = halo().await;
    let two = || json!([fine_ticket(json!({ "summary": "one" })), fine_ticket(json!({ "summary": "two" }))]);
    assert_eq!(halo.post("Tickets", two()).await.json()["summary"], "two");
    assert_eq!(halo.post("Tickets?returnall=true", two()).await.json().as_array().unwrap().len(), 2);
    assert_eq!(halo.sim.ticket_count(), 4);
}

#[tokio::test]
async fn the_answers_shape_differs_by_version() {
    let halo = halo().await;
    halo.sim.configure(|switches| switches.reply_shape = ReplyShape::ArrayOfOne);
    assert!(halo.ticket(json!({})).await.json()[0]["id"].is_i64());
    halo.sim.configure(|switches| switches.reply_shape = ReplyShape::Envelope);
    assert!(halo.ticket(json!({})).await.json()["tickets"][0]["id"].is_i64());
    halo.sim.configure(|switches| {
        switches.reply_shape = ReplyShape::Object;
        switches.float_ids = FloatIds::All;
    });
    assert!(halo.ticket(json!({})).await.text.contains("\"client_id\":2.0"));
    halo.sim.configure(|switches| switches.agent_shape = AgentShape::Nested);
    assert_eq!(halo.get("Tickets/2001").await.json()["agent"]["name"], "Unassigned");
}

#[tokio::test]
async fn a_deleted_ticket_is_404_or_has_no_id_and_can_be_recovered() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    let path = format!("Tickets/{id}");
    assert_eq!(answer(halo.request(Method::DELETE, &path)).await.unwrap().status, 200);
    assert_eq!(halo.get(&path).await.status, 404);
    halo.sim.configure(|switches| switches.deleted_read = DeletedRead::WithoutId);
    assert_eq!(halo.get(&path).await.json().get("id"), None);
    assert_eq!(halo.get("Tickets").await.json()["record_count"], 0);
    assert_eq!(halo.get("Tickets?deleted=true").await.json()["record_count"], 1);
    let back = halo.post("Tickets", json!([{ "id": id, "_recover": true, "_validate_updates": true }])).await;
    assert_eq!(back.id(), id);
}

#[tokio::test]
async fn people_close_merge_and_touch_tickets() {
    let halo = halo().await;
    let (one, two) = (halo.ticket(json!({})).await.id(), halo.ticket(json!({})).await.id());
    assert!(
        halo.sim.touch_ticket(one, "On it") && halo.sim.reassign_ticket(one) && halo.sim.close_ticket(two)
    );
    let ticket = halo.get(&format!("Tickets/{one}")).await.json();
    assert_eq!((&ticket["agent_id"], &ticket["reassigncount"]), (&json!(50), &json!(1)));
    assert_eq!(halo.get(&format!("Tickets/{two}")).await.json()["hasbeenclosed"], true);
    assert!(halo.sim.reopen_ticket(two) && halo.sim.merge_ticket(two, one));
    let merged = halo.get(&format!("Tickets/{two}")).await.json();
    assert_eq!((&merged["merged_into_id"], &merged["hasbeenclosed"]), (&json!(one), &json!(true)));
    assert!(!halo.sim.close_ticket(404));
}

#[tokio::test]
async fn links_to_others_records_are_found_by_their_key() {
    let halo = halo().await;
    let id = halo
        .ticket(json!({ "new_external_link": { "third_party_id": "psab-7", "third_party_type": "psab" } }))
        .await
        .id();
    let links = halo.get("ExternalLink?third_party_id=psab-7&third_party_type=psab").await.json();
    assert_eq!(links[0]["halo_id"], id);
    halo.post("ExternalLink", json!([{ "halo_id": id, "third_party_id": "other" }])).await;
    assert_eq!(halo.get(&format!("ExternalLink?halo_id={id}")).await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn validate_only_is_honoured_or_not() {
    let halo = with(HaloSim::builder()).await;
    halo.ticket(json!({ "_validate_only": true })).await;
    assert_eq!(halo.sim.ticket_count(), 1, "nobody was seen to rely on it");
    halo.sim.configure(|switches| switches.validate_only_honoured = true);
    halo.ticket(json!({ "_validate_only": true })).await;
    assert_eq!(halo.sim.ticket_count(), 1);
}

#[tokio::test]
async fn a_team_is_known_by_its_name_in_any_case_and_another_is_passed_over() {
    let halo = halo().await;
    for (named, team) in [("2ND line support", "2nd Line Support"), ("Nobody's", "Backup")] {
        let ticket = halo.ticket(json!({ "team": named })).await.json();
        assert_eq!(ticket["team"], team, "{named}");
    }
}
