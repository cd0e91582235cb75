//! HaloPSA, through the library of that name.
//!
//! It leaves out the tenant when it asks for a token, since it knows Halo's hosted tenants only and those have it in
//! the name of the host. A simulator knows no hosts, so one that insists on the name stands for a host of nobody.

use psa_clients::{PythonError, TlsFront};
use psa_sim::{HaloSim, StoredTicket, Switches};
use serde_json::{Value, json};

use crate::python;

const TENANT: &str = "acme-msp";

#[tokio::test(flavor = "multi_thread")]
async fn the_halopsa_library_works_a_ticket_from_sign_in_to_close() {
    let sim = HaloSim::builder().tenant(HaloSim::demo_tenant(TENANT)).start().await;
    let sim = sim.expect("the simulator starts");

    let seen = work_with(&sim).await.unwrap_or_else(|error| panic!("{error}"));

    it_lists_clients_and_ticket_types(&seen);
    it_finds_the_ticket_again(&seen);
    it_reports_refusals(&seen["refusals"]);
    the_psa_holds_what_the_library_was_told(&seen, &sim.tickets());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_halopsa_library_names_the_tenant_when_that_is_wrong() {
    let switches = Switches { tenant_required: true, ..Switches::default() };
    let sim = HaloSim::builder().switches(switches).start().await.expect("the simulator starts");

    let failure = work_with(&sim).await.expect_err("the tenant is another one").to_string();

    assert!(failure.contains("500 - Internal Server Error.  Is your Tenant ID right?"), "{failure}");
    assert_eq!(sim.ticket_count(), 0);
}

async fn work_with(sim: &HaloSim) -> Result<Value, PythonError> {
    let python = python().await;
    let backend = sim.base_url().trim_start_matches("http://").parse().expect("it has an address");
    let front = TlsFront::start(&format!("{TENANT}.halopsa.com"), backend).await.expect("it starts");
    let settings = [
        ("TENANT", TENANT),
        ("CLIENT_ID", HaloSim::CLIENT_ID),
        ("CLIENT_SECRET", HaloSim::CLIENT_SECRET),
        ("HTTPS_PROXY", &front.proxy_url()),
        ("REQUESTS_CA_BUNDLE", &front.authority().display().to_string()),
    ];
    python.run("halopsa.py", &settings).await
}

fn it_lists_clients_and_ticket_types(seen: &Value) {
    // The inactive client was not asked for.
    assert_eq!(
        names(&seen["clients"]),
        ["Internal", "Acme & Sons", "Müller Logistik GmbH", "Café <Rive Gauche>", "Northwind Traders"]
    );
    assert!(names(&seen["ticket_types"]).contains(&"Alert"), "{seen:#}");
    assert_eq!(seen["found"]["client"]["name"], "Acme & Sons");
}

fn it_finds_the_ticket_again(seen: &Value) {
    let (ticket, found) = (&seen["created"]["id"], &seen["found"]);
    let by_id = &found["by_id"];
    let expected = json!({
        "id": ticket, "summary": "Backup failed: mailbox of Robin Contact", "client_name": "Acme & Sons",
        "details": "Quota exceeded – Größe prüfen", "tickettype_name": "Alert", "priority_name": "High",
        "agent_name": "Dana Technician", "category_1": "Backup>Microsoft 365", "team": "Backup",
        "third_party_id_string": "event-4711", "status_name": "New", "hasbeenclosed": false,
    });
    for (member, value) in expected.as_object().expect("it is one") {
        assert_eq!(&by_id[member], value, "{member}");
    }
    assert_eq!(ids(&found["by_summary"]), [ticket]);
    // The second page of one ticket each, the newest first.
    assert_eq!((ids(&found["by_client"]), &found["by_client"]["record_count"]), (vec![ticket], &json!(2)));
    assert_eq!(ids(&found["elsewhere"]), Vec::<&Value>::new());
    let notes = found["notes"]["actions"].as_array().expect("there are actions");
    let note = notes.iter().find(|action| action["id"] == seen["note"]["id"]).expect("the note is there");
    assert_eq!(note["note"], "Seen again at 03:00");
    assert_eq!(note["hiddenfromuser"], true);
    assert_eq!(seen["closed"]["hasbeenclosed"], true);
    assert_eq!(ids(&seen["open_after"]), [&seen["other"]["id"]]);
}

fn it_reports_refusals(refusals: &Value) {
    let told = [
        ("wrong_secret", "ValueError", "Make sure your client ID and secret are correct"),
        ("no_client", "ValueError", "400 Bad Request - Please select a valid Client/Site/User"),
        ("priority", "ValueError", "400 Bad Request - "),
        ("no_such_ticket", "Exception", "404 - "),
    ];
    for (refusal, error, message) in told {
        let reported = &refusals[refusal];
        assert_eq!(reported["error"], error, "{refusal}: {reported}");
        assert!(reported["message"].as_str().is_some_and(|text| text.contains(message)), "{reported}");
    }
}

fn the_psa_holds_what_the_library_was_told(seen: &Value, tickets: &[StoredTicket]) {
    let [ticket, other] = tickets else { panic!("two tickets, and none that was refused: {tickets:#?}") };
    assert_eq!(seen["created"]["id"], ticket.id);
    assert_eq!(ticket.summary, "Backup failed: mailbox of Robin Contact");
    assert_eq!(ticket.text("details"), Some("Quota exceeded – Größe prüfen"));
    assert_eq!(ticket.text("third_party_id_string"), Some("event-4711"));
    assert_eq!(ticket.custom_field("CFEnvironment"), Some(&json!("Production")));
    assert_eq!((ticket.client_id, ticket.tickettype_id), (2, 21));
    assert_eq!((ticket.priority_id, ticket.agent_id), (2, 50));
    assert_eq!((ticket.status_id, ticket.has_been_closed), (9, true));
    let notes: Vec<_> = ticket.actions.iter().filter(|action| action.outcome_id == 7).collect();
    assert_eq!(notes.iter().map(|note| &note.fields["note"]).collect::<Vec<_>>(), ["Seen again at 03:00"]);
    assert_eq!((other.summary.as_str(), other.status_id), ("Printer jams", 1));
}

fn names(rows: &Value) -> Vec<&str> {
    rows.as_array().expect("it is a list").iter().filter_map(|row| row["name"].as_str()).collect()
}

fn ids(list: &Value) -> Vec<&Value> {
    list["tickets"].as_array().expect("it is a list").iter().map(|ticket| &ticket["id"]).collect()
}
