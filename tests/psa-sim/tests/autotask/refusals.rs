//! Each refusal of a ticket, in Autotask's words where they are known.

use psa_sim::autotask::{ErrorReport, RefusalStatus, Unwelcome};
use serde_json::{Value, json};

use crate::client::{Autotask, answer, autotask, fine_ticket};

/// Posts a ticket that is fine but for these members; tells the only error.
async fn refusal(autotask: &Autotask, members: Value) -> String {
    let error = autotask.ticket(members).await.error();
    assert_eq!(autotask.sim.ticket_count(), 0, "nothing was stored");
    error
}

#[tokio::test]
async fn every_field_has_words_for_its_mistakes() {
    let autotask = autotask().await;
    for (members, words) in [
        (
            json!({ "companyID": null }),
            "Value does not exist for the required field companyID. ; on record number [1].",
        ),
        (
            json!({ "title": null }),
            "Value does not exist for the required field title. ; on record number [1].",
        ),
        (
            json!({ "title": " " }),
            "Value does not exist for the required field title. ; on record number [1].",
        ),
        (
            json!({ "priority": null }),
            "Value does not exist for the required field priority. ; on record number [1].",
        ),
        (
            json!({ "status": null }),
            "Value does not exist for the required field status. ; on record number [1].",
        ),
        (
            json!({ "priority": 33 }),
            "Picklist value [33] does not exist for priority. ; on record number [1].",
        ),
        (json!({ "status": 9 }), "Picklist value [9] does not exist for status. ; on record number [1]."),
        (json!({ "queueID": 1 }), "Picklist value [1] does not exist for queueID. ; on record number [1]."),
        (
            json!({ "ticketCategory": 115 }),
            "Picklist value [115] does not exist for ticketCategory. ; on record number [1].",
        ),
        (
            json!({ "issueType": 4, "subIssueType": 136 }),
            "Value does not exist for child picklist: subIssueType",
        ),
        (json!({ "subIssueType": 136 }), "Value does not exist for child picklist: subIssueType"),
        (
            json!({ "description": "x".repeat(8001) }),
            "String value exceeds maximum length (field:description)",
        ),
        (json!({ "externalID": "x".repeat(51) }), "String value exceeds maximum length (field:externalID)"),
        (json!({ "dueDateTime": null }), "dueDateTime is required.; on record number [0]."),
    ] {
        assert_eq!(refusal(&autotask, members.clone()).await, words, "{members}");
    }
}

#[tokio::test]
async fn whatever_does_not_fit_together_has_its_words() {
    let autotask = autotask().await;
    for (members, words) in [
        (
            json!({ "queueID": null, "ticketCategory": 2 }),
            "Data violation: assignedResourceID, assignedResourceRoleID, and queueID cannot all be empty. Supply a queueID or both a assignedResourceID and assignedResourceRoleID..",
        ),
        (
            json!({ "assignedResourceID": 29 }),
            "Data violation: When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID.",
        ),
        (
            json!({ "assignedResourceID": 30, "assignedResourceRoleID": 9 }),
            "The specified AssignedResourceID and AssignedRoleID combination is not currently defined",
        ),
        (
            json!({ "assignedResourceID": 4, "assignedResourceRoleID": 8 }),
            "Reference value on field: assignedResourceID of type: Resource does not exist or is invalid.",
        ),
        (
            json!({ "assignedResourceID": 31, "assignedResourceRoleID": 8 }),
            "Reference value on field: assignedResourceID of type: Resource does not exist or is invalid.",
        ),
        (
            json!({ "companyID": 999 }),
            "Reference value on field: companyID of type: Company does not exist or is invalid.",
        ),
        (
            json!({ "companyID": 178 }),
            "Reference value on field: companyID of type: Company does not exist or is invalid.",
        ),
        (
            json!({ "contactID": 503 }),
            "Reference value on field: contactID of type: Contact does not exist or is invalid.",
        ),
        (
            json!({ "contactID": 502 }),
            "Data violation: contactID is not associated to the companyID or its Parent Company..",
        ),
        (
            json!({ "contractID": 29_684_184 }),
            "contractID [29684184] is not associated to companyID [174] or its parent.",
        ),
        (
            json!({ "contractID": 1 }),
            "Reference value on field: contractID of type: Contract does not exist or is invalid.",
        ),
        (
            json!({ "configurationItemID": 7 }),
            "The configurationItemID [7] is not associated with Company [174]",
        ),
        (
            json!({ "companyLocationID": 32 }),
            "The companyLocationID[32] cannot be associated with the Ticket. The CompanyLocation must belong to the Ticket's, ConfigurationItem's, or the Contact's Company.",
        ),
        (
            json!({ "billingCodeID": 29_682_803 }),
            "The given allocation code is not an active general allocation code",
        ),
        (
            json!({ "billingCodeID": 29_682_810 }),
            "The given allocation code is not an active general allocation code",
        ),
    ] {
        assert_eq!(refusal(&autotask, members.clone()).await, words, "{members}");
    }
}

#[tokio::test]
async fn a_category_requires_what_no_metadata_shows() {
    let autotask = autotask().await;
    for (members, words) in [
        (json!({ "ticketCategory": 113, "queueID": null }), "queueID is required"),
        (json!({ "ticketCategory": 113 }), "issueType is required"),
        (json!({ "ticketCategory": 113, "issueType": 10 }), "subIssueType is required"),
        (
            json!({ "ticketCategory": 114, "source": 8, "billingCodeID": 29_682_801 }),
            "Environment is required",
        ),
    ] {
        assert_eq!(refusal(&autotask, members.clone()).await, words, "{members}");
    }
    let environment = json!([{ "name": "Environment", "value": "1" }]);
    let complete = json!({
        "ticketCategory": 114, "source": 8, "billingCodeID": 29_682_801, "userDefinedFields": environment
    });
    autotask.ticket(complete).await.id();
}

#[tokio::test]
async fn what_is_not_read_at_all_is_refused() {
    let autotask = autotask().await;
    for (name, value, words) in [
        ("priority", json!("high"), "Error converting value \"high\""),
        ("priority", json!("2.5"), "Error converting value \"2.5\""),
        ("priority", json!("33"), "Picklist value [33] does not exist for priority"),
        ("companyID", json!("4294967296"), "Error converting value 4294967296"),
        ("estimatedHours", json!("inf"), "Error converting value \"inf\""),
        ("changeApprovalBoard", json!(true), "Error converting value true"),
        ("title", json!(7), "Error converting value 7"),
        ("dueDateTime", json!("soon"), "Error converting value \"soon\""),
        ("surname", json!("x"), "Unable to find surname in the Ticket Entity"),
        ("userDefinedFields", json!([{ "name": "Nope", "value": "x" }]), "Nope"),
        (
            "userDefinedFields",
            json!([{ "name": "Environment", "value": "3" }]),
            "Picklist value [3] does not exist for Environment",
        ),
        (
            "userDefinedFields",
            json!([{ "name": "Alert ID", "value": "x".repeat(101) }]),
            "exceeds maximum length (field:Alert ID)",
        ),
        ("userDefinedFields", json!([{ "name": "Affected users", "value": 3 }]), "Error converting value 3"),
    ] {
        let error = refusal(&autotask, json!({ name: value })).await;
        assert!(error.contains(words), "{name}: {error}");
    }
    let nulls = answer(autotask.request(reqwest::Method::POST, "Tickets").json(&{
        let mut ticket = fine_ticket(json!({}));
        ticket["contactID"] = Value::Null;
        ticket
    }));
    assert!(nulls.await.unwrap().error().contains("Error converting value {null}"));
    assert!(
        autotask.post("Tickets", json!([fine_ticket(json!({}))])).await.error().contains("parsing value: [")
    );
    let text = autotask.request(reqwest::Method::POST, "Tickets").body("{}");
    assert_eq!(answer(text).await.unwrap().status, 415);
}

#[tokio::test]
async fn lenient_tenants_take_nulls_unknown_members_and_inactive_values() {
    let autotask = autotask().await;
    autotask.sim.configure(|switches| {
        switches.null_members = Unwelcome::Ignore;
        switches.unknown_members = Unwelcome::Ignore;
        switches.inactive_picklist_value = Unwelcome::Ignore;
        switches.inactive_company_takes_tickets = true;
        switches.due_date_required = false;
    });
    let mut ticket =
        fine_ticket(json!({ "surname": "x", "status": 9, "companyID": 178, "dueDateTime": null }));
    ticket["contactID"] = Value::Null;
    autotask.post("Tickets", ticket).await.id();
    autotask.sim.configure(|switches| switches.refuse_read_only_members = true);
    assert!(autotask.ticket(json!({ "createDate": "2001-01-01" })).await.error().contains("read-only"));
}

#[tokio::test]
async fn a_number_may_come_in_quotes_and_an_empty_text_says_nothing() {
    let autotask = autotask().await;
    let members = json!({
        "companyID": "174", "priority": "2", "estimatedHours": "1.5", "contractServiceID": "", "contactID": "",
        "description": "", "userDefinedFields": [{ "name": "Environment", "value": "" }]
    });
    let id = autotask.ticket(members.clone()).await.id();
    let ticket = autotask.read(id).await;
    for (field, value) in [("companyID", json!(174)), ("priority", json!(2)), ("estimatedHours", json!(1.5))]
    {
        assert_eq!(ticket[field], value, "{field}");
    }
    for field in ["contractServiceID", "contactID", "description"] {
        assert_eq!(ticket[field], Value::Null, "{field}");
    }
    assert!(autotask.ticket(json!({ "title": "" })).await.error().contains("required field title"));
    autotask.sim.configure(|switches| switches.strict_values = true);
    for (members, words) in [
        (json!({ "priority": "2" }), "Error converting value \"2\" to type 'System.Int32'"),
        (json!({ "contractServiceID": "7" }), "Error converting value \"7\" to type 'System.Int64'"),
        (json!({ "estimatedHours": "1.5" }), "Error converting value \"1.5\" to type 'System.Double'"),
        (json!({ "contactID": "" }), "Error converting value \"\" to type 'System.Int32'"),
        (json!({ "userDefinedFields": [{ "name": "Environment", "value": "" }] }), "Picklist value []"),
    ] {
        let error = autotask.ticket(members.clone()).await.error();
        assert!(error.contains(words), "{members}: {error}");
    }
    let kept = autotask.ticket(json!({ "description": "" })).await.id();
    assert_eq!(autotask.read(kept).await["description"], "");
}

#[tokio::test]
async fn an_sla_may_give_the_due_date() {
    let autotask = autotask().await;
    let members = json!({ "dueDateTime": null, "serviceLevelAgreementID": 1 });
    assert!(refusal(&autotask, members.clone()).await.starts_with("dueDateTime"));
    autotask.sim.configure(|switches| switches.sla_gives_due_date = true);
    autotask.ticket(members).await.id();
}

#[tokio::test]
async fn required_user_defined_fields_are_insisted_on() {
    let autotask = autotask().await;
    autotask.sim.edit_tenant(|tenant| tenant.user_defined_fields[0].required = true);
    assert!(refusal(&autotask, json!({})).await.contains("required field Alert ID"));
    autotask.ticket(json!({ "userDefinedFields": [{ "name": "alert id", "value": "1" }] })).await.id();
}

#[tokio::test]
async fn a_contact_may_belong_to_the_parent_company() {
    let autotask = autotask().await;
    autotask.ticket(json!({ "companyID": 176, "contactID": 502 })).await.id();
    let error = autotask.ticket(json!({ "companyID": 175, "contactID": 504 })).await.error();
    assert!(error.starts_with("Data violation: contactID"), "{error}");
}

#[tokio::test]
async fn refusals_come_one_by_one_or_all_at_once_and_with_other_statuses() {
    let autotask = autotask().await;
    let bad = json!({ "title": null, "priority": null, "dueDateTime": null });
    assert_eq!(autotask.ticket(bad.clone()).await.errors().len(), 1);
    autotask.sim.configure(|switches| switches.error_report = ErrorReport::All);
    assert_eq!(autotask.ticket(bad.clone()).await.errors().len(), 3);
    autotask.sim.configure(|switches| switches.refusal_status = RefusalStatus::Ok200);
    let refused = autotask.ticket(bad.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.json()["errors"].as_array().unwrap().len()), (200, 3));
    autotask.sim.configure(|switches| switches.refusal_status = RefusalStatus::BadRequest400);
    assert_eq!(autotask.ticket(bad).await.status, 400);
    assert_eq!(autotask.sim.ticket_count(), 0);
}
