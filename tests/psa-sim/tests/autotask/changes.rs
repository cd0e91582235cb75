//! Changing tickets: what sticks and what does not.

use std::collections::BTreeMap;

use psa_sim::autotask::WorkflowRule;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{answer, autotask, fine_ticket};

#[tokio::test]
async fn a_patch_changes_what_is_sent_and_nothing_else() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "externalID": "a", "contactID": 501 })).await.id();
    assert_eq!(
        autotask.patch("Tickets", json!({ "id": id, "priority": 4, "contactID": null })).await.id(),
        id
    );
    let ticket = autotask.read(id).await;
    assert_eq!(
        (&ticket["priority"], &ticket["externalID"], &ticket["contactID"]),
        (&json!(4), &json!("a"), &json!(null))
    );
    autotask.patch("Tickets", json!({ "id": id, "externalID": "b" })).await.id();
    assert_eq!(autotask.find("Tickets", "externalID", "eq", json!("a")).await.ids(), Vec::<i64>::new());
    assert_eq!(autotask.find("Tickets", "externalID", "eq", json!("b")).await.ids(), [id]);
    autotask.patch("Tickets", json!({ "id": id, "status": 5 })).await.id();
    assert!(autotask.read(id).await["completedDate"].is_string());
}

#[tokio::test]
async fn an_empty_text_clears_a_field_and_a_number_may_come_in_quotes() {
    let autotask = autotask().await;
    let members = json!({ "externalID": "a", "contactID": 501, "estimatedHours": 1.5 });
    let id = autotask.ticket(members).await.id();
    let change = json!({ "id": id.to_string(), "externalID": "", "contactID": "", "estimatedHours": "2" });
    autotask.patch("Tickets", change.clone()).await.id();
    let ticket = autotask.read(id).await;
    assert_eq!(
        (&ticket["externalID"], &ticket["contactID"], &ticket["estimatedHours"]),
        (&json!(null), &json!(null), &json!(2.0))
    );
    let untitled = autotask.patch("Tickets", json!({ "id": id, "title": "" })).await;
    assert!(untitled.error().contains("required field title"));
    autotask.sim.configure(|switches| switches.strict_values = true);
    assert!(autotask.patch("Tickets", change).await.error().contains("required field id"));
    let error = autotask.patch("Tickets", json!({ "id": id, "contactID": "" })).await.error();
    assert!(error.contains("Error converting value \"\""), "{error}");
}

#[tokio::test]
async fn a_put_nulls_what_is_not_sent() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "externalID": "a", "description": "d" })).await.id();
    let whole = fine_ticket(json!({ "id": id, "title": "New" }));
    let put = answer(autotask.request(Method::PUT, "Tickets").json(&whole)).await.unwrap();
    assert_eq!(put.id(), id);
    let ticket = autotask.read(id).await;
    assert_eq!(
        (&ticket["title"], &ticket["description"], &ticket["externalID"]),
        (&json!("New"), &json!(null), &json!(null))
    );
    assert!(ticket["createDate"].is_string());
}

#[tokio::test]
async fn a_patch_is_checked_as_a_create_is() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "contactID": 501 })).await.id();
    for (body, words) in [
        (json!({ "id": id, "priority": 33 }), "Picklist value [33] does not exist for priority"),
        (json!({ "id": id, "subIssueType": 136 }), "child picklist: subIssueType"),
        (json!({ "id": id, "companyID": 175 }), "contactID is not associated"),
        (json!({ "id": id, "queueID": null }), "cannot all be empty"),
        (json!({ "id": id, "title": null }), "required field title"),
        (json!({ "id": id, "assignedResourceID": 29 }), "must assign both"),
        (json!({ "id": 1, "priority": 1 }), "No matching records found"),
        (json!({ "priority": 1 }), "required field id"),
    ] {
        let error = autotask.patch("Tickets", body.clone()).await.error();
        assert!(error.contains(words), "{body}: {error}");
    }
    assert_eq!(autotask.patch(&format!("Tickets/{id}"), json!({ "priority": 1 })).await.status, 405);
    assert_eq!(autotask.read(id).await["priority"], 2);
}

#[tokio::test]
async fn a_ticket_keeps_a_value_that_can_not_be_chosen_any_more() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({})).await.id();
    autotask.sim.set_ticket_status(id, 9);
    autotask.patch("Tickets", json!({ "id": id, "status": 9, "title": "Same" })).await.id();
    assert_eq!(autotask.read(id).await["title"], "Same");
}

#[tokio::test]
async fn a_contract_stays_behind_when_the_company_changes() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({ "contractID": 29_684_183 })).await.id();
    assert!(
        autotask.patch("Tickets", json!({ "id": id, "companyID": 175 })).await.error().contains("contractID")
    );
    autotask.patch("Tickets", json!({ "id": id, "companyID": 175, "contractID": null })).await.id();
    assert_eq!(autotask.read(id).await["contractID"], 29_684_183, "accepted, and not stored");
    assert_eq!(autotask.find("Tickets", "companyID", "eq", json!(175)).await.ids(), [id]);
}

#[tokio::test]
async fn a_200_is_no_proof_that_a_status_sticks() {
    let autotask = autotask().await;
    let id = autotask.ticket(json!({})).await.id();
    autotask.sim.configure(|switches| switches.status_changes_stick = false);
    autotask.patch("Tickets", json!({ "id": id, "status": 5, "title": "New" })).await.id();
    let ticket = autotask.read(id).await;
    assert_eq!((&ticket["status"], &ticket["title"]), (&json!(1), &json!("New")));
}

#[tokio::test]
async fn a_workflow_rule_may_undo_a_change() {
    let autotask = autotask().await;
    let is = |value: i64| BTreeMap::from([("status".to_owned(), Value::from(value))]);
    autotask.sim.edit_tenant(|tenant| {
        tenant.workflow_rules.push(WorkflowRule {
            on_create: false,
            on_update: true,
            when: is(5),
            set: is(8),
        });
    });
    let id = autotask.ticket(json!({})).await.id();
    autotask.patch("Tickets", json!({ "id": id, "status": 5 })).await.id();
    let ticket = autotask.read(id).await;
    assert_eq!((&ticket["status"], &ticket["completedDate"]), (&json!(8), &json!(null)));
}
