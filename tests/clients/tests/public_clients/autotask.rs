//! Autotask, through the library django-autotask, which a ticket board for Autotask is built on.

use psa_clients::PythonError;
use psa_sim::autotask::{AutotaskSim, Entity, EntityRights, Record, Right, StoredTicket};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::python;

#[tokio::test(flavor = "multi_thread")]
async fn the_django_autotask_library_works_a_ticket_from_zone_to_close() {
    let sim = AutotaskSim::builder().start().await.expect("the simulator starts");
    move_to_another_zone(&sim).await;

    let seen = work_with(&sim).await.unwrap_or_else(|error| panic!("{error}"));

    assert_eq!(seen["zone"]["url"], sim.zone_url());
    assert_ne!(seen["zone"]["url"], zones(&sim), "it has to follow the look-up");
    it_lists_active_companies(&seen);
    it_finds_the_ticket_again(&seen);
    it_reports_refusals(&seen["refusals"]);
    let noted = seen["ticket"].as_i64().map(|ticket| sim.notes(ticket)).unwrap_or_default();
    the_psa_holds_what_the_library_was_told(&seen, &sim.tickets(), &noted);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_django_autotask_library_knows_a_missing_permission_by_its_words() {
    let mut tenant = AutotaskSim::demo_tenant("acme-msp");
    for user in &mut tenant.api_users {
        user.set_rights(Entity::Tickets, EntityRights { create: Right::None, ..EntityRights::default() });
    }
    let sim = AutotaskSim::builder().tenant(tenant).start().await.expect("the simulator starts");

    let failure = work_with(&sim).await.expect_err("it may not create").to_string();

    // The answer is 500, so only the words tell it from any other refusal.
    assert!(failure.contains("AutotaskSecurityPermissionsException"), "{failure}");
    assert_eq!(sim.ticket_count(), 0);
}

async fn work_with(sim: &AutotaskSim) -> Result<Value, PythonError> {
    let settings = [
        ("AUTOTASK_SERVER_URL", &*zones(sim)),
        ("AUTOTASK_USER", AutotaskSim::USERNAME),
        ("AUTOTASK_SECRET", AutotaskSim::SECRET),
        ("AUTOTASK_INTEGRATION_CODE", AutotaskSim::INTEGRATION_CODE),
        ("AUTOTASK_COMPANY", "Acme & Sons"),
    ];
    python().await.run("autotask.py", &settings).await
}

/// Where the zone is looked up.
fn zones(sim: &AutotaskSim) -> String {
    format!("{}/ATServicesRest/", sim.base_url())
}

async fn move_to_another_zone(sim: &AutotaskSim) {
    let (host, root) =
        sim.control_url().trim_start_matches("http://").split_once('/').expect("it has a path");
    let mut control = TcpStream::connect(host).await.expect("it listens");
    let request = format!(
        "POST /{root}/zone/move HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    control.write_all(request.as_bytes()).await.expect("it takes the command");
    let mut reply = String::new();
    control.read_to_string(&mut reply).await.expect("it answers");
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
}

fn it_lists_active_companies(seen: &Value) {
    let companies = seen["companies"].as_array().expect("it is a list");
    let names: Vec<_> = companies.iter().filter_map(|company| company["companyName"].as_str()).collect();
    assert!(names.contains(&"Müller Logistik GmbH"), "{names:?}");
    assert!(!names.contains(&"Former Customer Ltd"), "{names:?}");
}

fn it_finds_the_ticket_again(seen: &Value) {
    let (ticket, other, found) = (&seen["ticket"], &seen["other"], &seen["found"]);
    assert_ticket(&found["by_id"], seen);
    assert_eq!(found["by_id"]["purchaseOrderNumber"], "PO-7");
    assert!(
        found["by_id"]["ticketNumber"].as_str().is_some_and(|number| number.starts_with('T')),
        "{found:#}"
    );
    assert_eq!(ids(&found["by_reference"]), [ticket]);
    assert_eq!(ids(&found["by_title"]), [ticket]);
    assert_eq!(ids(&found["by_ids"]), [ticket, other]);
    assert_eq!(ids(&found["elsewhere"]), Vec::<&Value>::new());
    assert_eq!(ids(&found["pages"][0]["items"]), [ticket]);
    assert_eq!(ids(&found["pages"][1]["items"]), [other]);
    assert_eq!(found["notes"][0]["description"], "Seen again at 03:00");
    assert_eq!(found["notes"][0]["id"], seen["note"]);
    assert_eq!(seen["closed"]["status"], seen["complete"]);
    assert!(seen["closed"]["completedDate"].is_string(), "{seen:#}");
    assert_eq!(seen["closed"]["purchaseOrderNumber"], Value::Null, "it was cleared");
}

/// Every field is what the library was told; the queue and the like it took from the picklists.
fn assert_ticket(ticket: &Value, seen: &Value) {
    let mut expected = seen["wanted"].clone();
    let told = json!({
        "title": "Backup failed: mailbox of Robin Contact", "description": "Quota exceeded – Größe prüfen",
        "externalID": "event-4711", "assignedResourceID": 29, "assignedResourceRoleID": 8,
        "dueDateTime": "2031-05-17T12:30:00.000Z", "estimatedHours": 1.5,
    });
    let all = expected.as_object_mut().expect("it is one");
    all.extend(told.as_object().expect("it is one").clone());
    for (field, value) in all {
        assert_eq!(&ticket[field.as_str()], value, "{field}");
    }
}

fn it_reports_refusals(refusals: &Value) {
    let told = [
        ("unknown_user", "AutotaskAPIError", "Zone information could not be determined"),
        ("wrong_secret", "AutotaskAPIClientError", "Unauthorized request"),
        ("wrong_integration", "AutotaskAPIServerError", "IntegrationCode is invalid."),
        ("priority", "AutotaskAPIServerError", "Picklist value [4711] does not exist for priority"),
        ("category", "AutotaskAPIServerError", "issueType is required"),
        ("note_type", "AutotaskAPIServerError", "Picklist value [4711] does not exist for noteType"),
        ("no_such_ticket", "AutotaskRecordNotFoundError", "Resource not found"),
    ];
    for (refusal, error, message) in told {
        let reported = &refusals[refusal];
        assert_eq!(reported["error"], error, "{refusal}: {reported}");
        assert!(reported["message"].as_str().is_some_and(|text| text.contains(message)), "{reported}");
    }
}

fn the_psa_holds_what_the_library_was_told(seen: &Value, tickets: &[StoredTicket], notes: &[Record]) {
    let [ticket, other] = tickets else { panic!("two tickets, and none that was refused: {tickets:#?}") };
    let fields = serde_json::to_value(&ticket.record.fields).expect("it is an object");
    let mut expected = seen.clone();
    expected["wanted"]["status"] = seen["complete"].clone();
    assert_ticket(&fields, &expected);
    assert_eq!((ticket.number("companyID"), ticket.number("issueType")), (Some(174), Some(10)));
    assert_eq!((ticket.number("priority"), ticket.number("queueID")), (Some(1), Some(29_683_490)));
    assert_eq!((ticket.number("ticketType"), ticket.number("subIssueType")), (Some(5), Some(136)));
    let [note] = notes else { panic!("one note: {notes:#?}") };
    assert_eq!(
        (note.text("title"), note.text("description")),
        (Some("Repeated"), Some("Seen again at 03:00"))
    );
    // Not for the customer's eyes.
    assert_eq!(note.number("publish"), Some(2));
    assert_eq!((other.text("title"), other.number("status")), (Some("Printer jams"), Some(1)));
}

fn ids(rows: &Value) -> Vec<&Value> {
    rows.as_array().expect("it is a list").iter().map(|ticket| &ticket["id"]).collect()
}
