//! What Halo refuses of a ticket, and in which words.

use psa_sim::{ForeignPriority, HaloSim};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{answer, fine_ticket, halo};

const SELECT: &str = "Please select a valid Client/Site/User";

#[tokio::test]
async fn a_bare_object_is_refused_where_an_array_is_expected() {
    let halo = halo().await;
    let refused = halo.post("Tickets", fine_ticket(json!({}))).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()[""][0].as_str().unwrap().contains("requires a JSON array"));
    assert_eq!(halo.post("Tickets/Object", fine_ticket(json!({}))).await.status, 201);
}

#[tokio::test]
async fn a_wrong_content_type_is_415() {
    let halo = halo().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = halo.request(Method::POST, "Tickets").header("content-type", kind).body("[]");
        assert_eq!(answer(request).await.unwrap().status, 415);
    }
    for kind in ["application/json; charset=utf-8", "text/json", "application/json-patch+json"] {
        let body = json!([fine_ticket(json!({}))]).to_string();
        let request = halo.request(Method::POST, "Tickets").header("content-type", kind).body(body);
        assert_eq!(answer(request).await.unwrap().status, 201);
    }
}

#[tokio::test]
async fn broken_json_is_a_map_of_what_is_wrong() {
    let halo = halo().await;
    let request = halo.request(Method::POST, "Tickets").header("content-type", "application/json").body("[{");
    let refused = answer(request).await.unwrap();
    assert_eq!(refused.status, 400);
    assert!(refused.json()[""].is_array());
}

#[tokio::test]
async fn numbers_must_be_numbers_and_whole() {
    let halo = halo().await;
    let cases = [
        (json!({ "priority_id": "abc" }), "Could not convert string to integer: abc."),
        (json!({ "priority_id": "3" }), "Could not convert string to integer: 3."),
        (json!({ "priority_id": 3.0 }), "Input string '3.0' is not a valid integer."),
        (json!({ "client_id": 95.0 }), "Input string '95.0' is not a valid integer."),
        (json!({ "estimate": "long" }), "Could not convert string to double: long."),
        (json!({ "_forcereassign": "yes" }), "Could not convert string to boolean: yes."),
        (json!({ "startdate": "soon" }), "Could not convert string to DateTime: soon."),
        (json!({ "customfields": {} }), "Unexpected character encountered while parsing value: {."),
        (json!({ "summary": ["a"] }), "Unexpected character encountered while parsing value: [."),
    ];
    for (members, message) in cases {
        let refused = halo.ticket(members.clone()).await;
        assert_eq!(refused.status, 400, "{members}");
        let body = refused.json();
        let (place, messages) = body.as_object().unwrap().iter().next().unwrap();
        assert!(place.starts_with("[0]."), "{body}");
        assert!(messages[0].as_str().unwrap().starts_with(message), "{body}");
    }
    assert_eq!(halo.sim.ticket_count(), 0);
}

#[tokio::test]
async fn client_site_and_user_must_fit_together() {
    let halo = halo().await;
    let robin = halo
        .sim
        .tenant()
        .users
        .values()
        .find(|user| user.client_id == 2 && user.name == "Robin Contact")
        .unwrap()
        .clone();
    let cases = [
        json!({ "client_id": null }),
        json!({ "client_id": 999 }),
        json!({ "client_id": "2" }),
        json!({ "client_id": 6 }),
        json!({ "site_id": 102 }),
        json!({ "user_id": robin.id }),
        json!({ "userlookup": { "id": robin.id } }),
        json!({ "user_id": robin.id, "site_id": robin.site_id, "client_id": 3 }),
    ];
    for members in cases {
        assert_eq!(halo.ticket(members.clone()).await.says(), SELECT, "{members}");
    }
    let fine = [
        json!({ "userlookup": { "id": -1, "lookupdisplay": "Enter Details Manually" }, "site_id": null }),
        json!({ "user_id": robin.id, "site_id": robin.site_id }),
        json!({ "site_id": robin.site_id }),
        json!({ "site_id": 0, "user_id": 0 }),
    ];
    for members in fine {
        assert_eq!(halo.ticket(members.clone()).await.status, 201, "{members}");
    }
}

#[tokio::test]
async fn a_bare_trial_tenant_takes_a_summary_alone() {
    let halo = halo().await;
    halo.sim.configure(|switches| switches.client_required = false);
    assert_eq!(halo.post("Tickets", json!([{ "summary": "x" }])).await.status, 201);
}

#[tokio::test]
async fn mandatory_fields_are_asked_for_one_at_a_time_unless_novalidate() {
    let halo = halo().await;
    let mut members = json!({ "tickettype_id": 22, "_novalidate": false });
    for (missing, value) in [("impact", json!(2)), ("urgency", json!(1)), ("category_1", json!("Backup"))] {
        let said = halo.ticket(members.clone()).await.says();
        assert_eq!(said, format!("The field {missing} is mandatory and must be completed"));
        members[missing] = value;
    }
    assert_eq!(halo.ticket(members).await.status, 201);
    assert_eq!(halo.ticket(json!({ "tickettype_id": 22 })).await.status, 201);
}

#[tokio::test]
async fn a_mandatory_field_is_not_filled_by_nothing() {
    let halo = halo().await;
    for (name, empty) in [
        ("impact", json!(0)),
        ("impact", Value::Null),
        ("category_1", json!("")),
        ("category_1", Value::Null),
    ] {
        let mut members = json!({
            "tickettype_id": 22, "_novalidate": false, "impact": 2, "urgency": 1, "category_1": "Backup"
        });
        members[name] = empty;
        let said = halo.ticket(members).await.says();
        assert_eq!(said, format!("The field {name} is mandatory and must be completed"));
    }
}

#[tokio::test]
async fn a_mandatory_custom_field_is_named_by_its_label() {
    let halo = halo().await;
    halo.sim.edit_tenant(|tenant| tenant.ticket_types[1].mandatory = vec!["CFEnvironment".to_owned()]);
    let said = halo.ticket(json!({ "_novalidate": false })).await.says();
    assert_eq!(said, "The field Environment is mandatory and must be completed");
    for row in [
        json!({ "id": 151, "value": "" }),
        json!({ "name": "CFEnvironment" }),
        json!({ "id": 150, "value": "of another field" }),
    ] {
        let said = halo.ticket(json!({ "_novalidate": false, "customfields": [row] })).await.says();
        assert_eq!(said, "The field Environment is mandatory and must be completed");
    }
    let filled = json!({ "_novalidate": false, "customfields": [{ "id": 151, "value": "Test" }] });
    assert_eq!(halo.ticket(filled).await.status, 201);
}

#[tokio::test]
async fn a_single_select_field_takes_its_own_values_only() {
    let halo = halo().await;
    let said = halo
        .ticket(json!({ "customfields": [{ "name": "CFEnvironment", "value": "production" }] }))
        .await
        .says();
    assert_eq!(said, "The value for Environment is not valid");
    let cleared = json!({ "id": 151, "value": "" });
    let free = json!({ "id": 150, "value": "production" });
    assert_eq!(halo.ticket(json!({ "customfields": [cleared, free] })).await.status, 201);
}

#[tokio::test]
async fn a_priority_of_another_sla_is_refused_or_means_something_else() {
    let halo = halo().await;
    assert_eq!(
        halo.ticket(json!({ "priority_id": 9 })).await.says(),
        "Please select a valid Priority for the SLA"
    );
    halo.sim.configure(|switches| switches.foreign_priority = ForeignPriority::Misread);
    let misread = halo.ticket(json!({ "priority_id": 9 })).await.json();
    assert_eq!((&misread["priority_id"], &misread["priority_name"]), (&json!(9), &json!("")));
    let standard = halo.ticket(json!({ "priority_id": 3 })).await.json();
    let premium = halo.ticket(json!({ "priority_id": 3, "sla_id": 2 })).await.json();
    assert_eq!(standard["priority_name"], "Medium");
    assert_eq!(premium["priority_name"], "Platinum - Emergency", "the same number in another SLA");
}

#[tokio::test]
async fn what_the_database_refuses_is_a_net_exception() {
    let halo = halo().await;
    let cases = [
        (json!({ "client_reference": "x".repeat(51) }), "2628"),
        (json!({ "summary": "x".repeat(4001) }), "2628"),
        (json!({ "tickettype_id": 404 }), "547"),
        (json!({ "status_id": 404 }), "547"),
        (json!({ "sla_id": 404 }), "547"),
        (json!({ "agent_id": 404 }), "547"),
    ];
    for (members, number) in cases {
        let refused = halo.ticket(members).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["ClassName"], "System.Exception");
        assert!(refused.json()["Message"].as_str().unwrap().contains(number));
    }
}

#[tokio::test]
async fn a_text_may_fill_its_column_and_no_more() {
    let halo = halo().await;
    for (member, width) in [
        ("summary", 4000),
        ("client_reference", 50),
        ("supplier_reference", 4000),
        ("reference", 100),
        ("third_party_call_id", 200),
    ] {
        assert_eq!(halo.ticket(json!({ member: "x".repeat(width) })).await.status, 201, "{member}");
        // A character beyond the basic plane takes two places.
        for text in ["x".repeat(width + 1), "🔥".repeat(width / 2 + 1)] {
            let refused = halo.ticket(json!({ member: text })).await;
            assert!(refused.status == 400 && refused.text.contains("2628"), "{member}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn a_ticket_of_nobody_and_one_of_an_agent_are_taken() {
    let halo = halo().await;
    for agent in [-1, 0, 1, 50] {
        assert_eq!(halo.ticket(json!({ "agent_id": agent })).await.status, 201, "{agent}");
    }
}

#[tokio::test]
async fn an_inactive_type_takes_no_tickets() {
    let halo = halo().await;
    halo.sim.edit_tenant(|tenant| tenant.ticket_types[1].inactive = true);
    assert_eq!(halo.ticket(json!({})).await.says(), "You do not have access to this Ticket Type");
}

#[tokio::test]
async fn a_type_that_may_not_be_created_and_an_empty_summary_are_refused() {
    let halo = halo().await;
    assert_eq!(
        halo.ticket(json!({ "tickettype_id": 24 })).await.says(),
        "You do not have access to this Ticket Type"
    );
    assert_eq!(halo.ticket(json!({ "summary": "  " })).await.says(), "Please enter a Summary");
}

#[tokio::test]
async fn what_comes_before_a_bad_item_is_stored() {
    let halo = halo().await;
    let items =
        json!([fine_ticket(json!({})), fine_ticket(json!({ "client_id": 999 })), fine_ticket(json!({}))]);
    assert_eq!(halo.post("Tickets", items).await.says(), SELECT);
    assert_eq!(halo.sim.ticket_count(), 1);
}

#[tokio::test]
async fn creates_that_overlap_fail_and_serial_ones_do_not() {
    let halo = halo().await;
    halo.sim.configure(|switches| switches.create_ms = 300);
    let two = tokio::join!(halo.ticket(json!({})), halo.ticket(json!({})));
    let mut statuses = [two.0.status.as_u16(), two.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400]);
    let failed = if two.0.status == 400 { two.0 } else { two.1 };
    assert!(failed.json()["Message"].as_str().unwrap().starts_with("A database error occurred"));
    assert_eq!(halo.sim.counts().parallel_creates, 1);
    assert_eq!(halo.ticket(json!({})).await.status, 201);
    assert_eq!(halo.sim.ticket_count(), 2);
}

#[tokio::test]
async fn unknown_paths_and_ids_are_404_without_json() {
    let halo = halo().await;
    for path in ["Nothing", "Tickets/404", "Client/404", "SoftwareLicence/404", "TicketType/404", "Contract"]
    {
        let missing = halo.get(path).await;
        assert_eq!(missing.status, 404, "{path}");
        assert!(serde_json::from_str::<Value>(&missing.text).is_err());
    }
    let url = format!("{}/nowhere", halo.sim.base_url());
    assert_eq!(answer(halo.http.get(url)).await.unwrap().status, 404);
    assert_eq!(HaloSim::CLIENT_ID.len(), 36);
}
