//! What an integration can learn about entities, and what it can't.

use psa_sim::autotask::AccessShape;
use serde_json::{Value, json};

use crate::client::{Autotask, autotask};

async fn field(autotask: &Autotask, name: &str) -> Value {
    let fields = autotask.get("Tickets/entityInformation/fields").await.json()["fields"].clone();
    let found = fields.as_array().unwrap().iter().find(|field| field["name"] == name);
    found.unwrap_or_else(|| panic!("no field {name}")).clone()
}

#[tokio::test]
async fn an_entity_tells_what_can_be_done_with_it() {
    let autotask = autotask().await;
    let info = autotask.get("Tickets/entityInformation").await.json()["info"].clone();
    assert_eq!(
        (&info["name"], &info["canCreate"], &info["canDelete"]),
        (&json!("Ticket"), &json!(true), &json!(false))
    );
    assert_eq!((&info["userAccessForQuery"], &info["userAccessForDelete"]), (&json!("All"), &json!("None")));
    autotask.sim.configure(|switches| switches.access_shape = AccessShape::Number);
    let info = autotask.get("Tickets/entityInformation").await.json()["info"].clone();
    assert_eq!((&info["userAccessForQuery"], &info["userAccessForDelete"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn only_four_fields_of_a_ticket_are_flagged_as_required() {
    let autotask = autotask().await;
    let fields = autotask.get("Tickets/entityInformation/fields").await.json()["fields"].clone();
    let required = fields.as_array().unwrap().iter().filter(|field| field["isRequired"] == true);
    let names: Vec<&str> = required.filter_map(|field| field["name"].as_str()).collect();
    assert_eq!(names, ["id", "companyID", "priority", "status", "title"]);
}

#[tokio::test]
async fn picklists_write_numbers_as_texts_and_keep_what_is_inactive() {
    let autotask = autotask().await;
    let sub = field(&autotask, "subIssueType").await;
    assert_eq!((&sub["isPickList"], &sub["picklistParentValueField"]), (&json!(true), &json!("issueType")));
    let server = &sub["picklistValues"][0];
    assert_eq!(
        (&server["value"], &server["parentValue"], &server["label"]),
        (&json!("11"), &json!("4"), &json!("Server"))
    );
    let status = field(&autotask, "status").await;
    assert_eq!(status["picklistValues"][0]["parentValue"], "");
    let inactive =
        status["picklistValues"].as_array().unwrap().iter().find(|value| value["isActive"] == false);
    assert_eq!(inactive.unwrap()["value"], "9");
    let title = field(&autotask, "title").await;
    assert_eq!(
        (&title["dataType"], &title["length"], &title["picklistValues"]),
        (&json!("string"), &json!(255), &json!(null))
    );
    let categories = field(&autotask, "ticketCategory").await;
    assert!(categories["picklistValues"].as_array().unwrap().iter().any(|value| value["value"] == "113"));
}

#[tokio::test]
async fn user_defined_fields_have_a_type_of_their_own() {
    let autotask = autotask().await;
    let fields = autotask.get("Tickets/entityInformation/userDefinedFields").await.json()["fields"].clone();
    assert_eq!((&fields[1]["name"], &fields[1]["type"]), (&json!("Environment"), &json!("List")));
    assert_eq!(fields[1]["picklistValues"][0]["value"], "1");
    assert_eq!((&fields[0]["isRequired"], &fields[0]["picklistValues"]), (&json!(false), &json!(null)));
}

#[tokio::test]
async fn categories_show_their_defaults_and_hide_what_they_require() {
    let autotask = autotask().await;
    let categories = autotask.find("TicketCategories", "id", "gte", json!(0)).await.items();
    let standard = categories.iter().find(|category| category["id"] == 3).unwrap();
    assert_eq!((&standard["name"], &standard["isGlobalDefault"]), (&json!("Standard"), &json!(true)));
    let defaults =
        autotask.find("TicketCategoryFieldDefaults", "ticketCategoryID", "eq", json!(112)).await.items();
    assert_eq!((&defaults[0]["issueTypeID"], &defaults[0]["queueID"]), (&json!(10), &json!(29_683_490)));
    let incident = autotask.get("TicketCategories/113/FieldDefaults").await.items();
    assert!(incident[0].get("required").is_none() && incident[0]["queueID"].is_null());
}
