//! Creating tickets: what is filled in, what is shown, what happens by itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use psa_sim::autotask::{ItemIdShape, WorkflowRule};
use serde_json::{Value, json};

use crate::client::autotask;

#[tokio::test]
async fn a_create_answers_with_the_id_and_the_number_is_read_afterwards() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "description": "<b>plain</b>", "externalID": "a" })).await.id();
    let ticket = autotask.read(id).await;
    let number = ticket["ticketNumber"].as_str().unwrap();
    assert!(number.starts_with("T20") && number.ends_with(".0001"), "{number}");
    assert_eq!((&ticket["description"], &ticket["creatorResourceID"]), (&json!("<b>plain</b>"), &json!(4)));
    assert_eq!(
        (&ticket["ticketCategory"], &ticket["ticketType"]),
        (&json!(3), &json!(1)),
        "the default category"
    );
    assert_eq!(ticket["dueDateTime"], "2030-01-01T00:00:00.000Z");
    assert!(ticket["createDate"].as_str().unwrap().ends_with('Z') && ticket["completedDate"].is_null());
    autotask.sim.configure(|switches| switches.item_id = ItemIdShape::Text);
    let answer = autotask.ticket(json!({})).await.json();
    assert_eq!(answer["itemId"], (id + 1).to_string());
}

#[tokio::test]
async fn a_category_fills_in_what_is_not_set_and_gives_a_due_date() {
    let autotask = autotask().await;
    let id =
        autotask.ticket(json!({ "ticketCategory": 112, "queueID": null, "dueDateTime": null })).await.id();
    let ticket = autotask.read(id).await;
    assert_eq!((&ticket["queueID"], &ticket["subIssueType"]), (&json!(29_683_490), &json!(136)));
    let time = |field: &str| ticket[field].as_str().unwrap().parse::<Timestamp>().unwrap();
    let left = time("dueDateTime").duration_since(time("createDate")).as_secs();
    assert!((48 * 3600 - 60..=48 * 3600).contains(&left), "48 hours from when it was asked for: {ticket}");
    let id = autotask.ticket(json!({ "ticketCategory": 112, "issueType": 4, "subIssueType": 11 })).await.id();
    let ticket = autotask.read(id).await;
    assert_eq!(
        (&ticket["queueID"], &ticket["issueType"]),
        (&json!(29_683_482), &json!(4)),
        "what is sent prevails"
    );
    let id = autotask.ticket(json!({ "ticketCategory": 112, "queueID": null, "issueType": 4 })).await.id();
    let ticket = autotask.read(id).await;
    assert_eq!(
        (&ticket["queueID"], &ticket["issueType"], &ticket["subIssueType"]),
        (&json!(29_683_490), &json!(4), &json!(null)),
        "its sub-issue type belongs to another issue type"
    );
}

#[tokio::test]
async fn texts_as_long_as_they_may_be_are_taken() {
    let autotask = autotask().await;
    let id = autotask
        .ticket(json!({
            "title": "x".repeat(255), "externalID": "e".repeat(50),
            "userDefinedFields": [{ "name": "Alert ID", "value": "a".repeat(100) }],
        }))
        .await
        .id();
    let ticket = autotask.read(id).await;
    assert_eq!(ticket["externalID"].as_str().map(str::len), Some(50), "{ticket}");
    assert!(ticket["userDefinedFields"].to_string().contains(&"a".repeat(100)), "{ticket}");
}

#[tokio::test]
async fn the_msp_itself_takes_tickets() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "companyID": 0 })).await.id();
    assert_eq!(autotask.read(id).await["companyID"], 0);
}

#[tokio::test]
async fn a_completed_ticket_has_a_date_of_completion_until_it_is_reopened() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "status": 5 })).await.id();
    assert!(autotask.read(id).await["completedDate"].is_string());
    let id = autotask.ticket(json!({})).await.id();
    assert!(autotask.sim.complete_ticket(id));
    let ticket = autotask.read(id).await;
    assert_eq!((&ticket["status"], &ticket["completedByResourceID"]), (&json!(5), &json!(29)));
    assert!(ticket["completedDate"].is_string());
    assert!(autotask.sim.reopen_ticket(id));
    assert!(autotask.read(id).await["completedDate"].is_null());
}

#[tokio::test]
async fn a_workflow_rule_changes_a_ticket_by_itself() {
    let autotask = autotask().await;
    let is = |field: &str, value: i64| BTreeMap::from([(field.to_owned(), Value::from(value))]);
    autotask.sim.edit_tenant(|tenant| {
        let rule = WorkflowRule {
            on_create: true,
            on_update: false,
            when: is("queueID", 29_683_482),
            set: is("status", 8),
        };
        tenant.workflow_rules.push(rule);
    });
    let id = autotask.ticket(json!({})).await.id();
    assert_eq!(autotask.read(id).await["status"], 8);
    let other = autotask.ticket(json!({ "queueID": 29_682_833 })).await.id();
    assert_eq!(autotask.read(other).await["status"], 1);
}

#[tokio::test]
async fn members_have_no_case_and_what_cannot_be_written_is_ignored() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "createDate": "2001-01-01", "TICKETTYPE": 5 })).await.id();
    let ticket = autotask.read(id).await;
    assert_eq!(ticket["ticketType"], 5);
    assert!(!ticket["createDate"].as_str().unwrap().starts_with("2001"));
}

#[tokio::test]
async fn a_deleted_ticket_is_gone_for_the_api() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({})).await.id();
    autotask.sim.touch_ticket(id, "hm");
    assert!(autotask.sim.delete_ticket(id));
    assert!(autotask.read(id).await.is_null());
    assert_eq!(autotask.find("Tickets", "id", "eq", json!(id)).await.ids(), Vec::<i64>::new());
    assert_eq!(autotask.find("TicketNotes", "ticketID", "eq", json!(id)).await.ids(), Vec::<i64>::new());
    assert!(autotask.sim.restore_ticket(id));
    assert_eq!(autotask.read(id).await["id"], id);
}
