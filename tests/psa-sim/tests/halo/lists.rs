//! Lists: shapes, filters, pages.

use std::time::{SystemTime, UNIX_EPOCH};

use psa_sim::{AgentMeShape, DateGranularity, ListReferences, ListShape, ReferenceSearch};
use serde_json::{Value, json};

use crate::client::halo;

fn ids(list: &Value) -> Vec<i64> {
    let tickets = list["tickets"].as_array().into_iter().flatten();
    tickets.filter_map(|ticket| ticket["id"].as_i64()).collect()
}

#[tokio::test]
async fn lists_have_the_documented_shape_or_all_the_same() {
    let halo = halo().await;
    let enveloped = [
        ("Client", "clients"),
        ("Site", "sites"),
        ("Users", "users"),
        ("Supplier", "suppliers"),
        ("SoftwareLicence", "licences"),
        ("Tickets", "tickets"),
    ];
    let bare = [
        "TicketType",
        "Status",
        "Team",
        "Priority",
        "SLA",
        "Category",
        "Outcome",
        "Lookup",
        "FieldInfo",
        "Agent",
    ];
    for (path, name) in enveloped {
        assert!(halo.get(path).await.json()[name].is_array(), "{path}");
    }
    for path in bare {
        assert!(!halo.get(path).await.json().as_array().unwrap().is_empty(), "{path}");
    }
    halo.sim.configure(|switches| switches.list_shape = ListShape::AllEnvelopes);
    assert!(halo.get("TicketType?showall=true").await.json()["tickettypes"].is_array());
    halo.sim.configure(|switches| switches.list_shape = ListShape::AllBare);
    assert!(halo.get("Client").await.json().is_array());
}

#[tokio::test]
async fn configuration_is_told_apart_by_its_parameters() {
    let halo = halo().await;
    let premium = halo.get("Priority?slaid=2").await.json();
    assert!(premium.as_array().unwrap().iter().all(|priority| priority["slaid"] == 2));
    assert!(premium[0]["id"].as_str().unwrap().len() == 36 && premium[0]["priorityid"] == 1);
    assert_eq!(halo.get("SLA").await.json()[0].get("priorities"), None);
    assert!(halo.get("SLA?showpriorities=true").await.json()[0]["priorities"][0]["priorityid"].is_i64());
    assert!(halo.get("SLA/2?includedetails=true").await.json()["priorities"].is_array());
    let open: Vec<Value> =
        serde_json::from_value(halo.get("Status?excludeclosed=true").await.json()).unwrap();
    assert!(!open.iter().any(|status| status["name"] == "Closed"));
    let creatable: Vec<Value> =
        serde_json::from_value(halo.get("TicketType?can_create_only=true").await.json()).unwrap();
    assert!(!creatable.iter().any(|kind| kind["id"] == 24));
    assert_eq!(halo.get("Lookup?lookupid=27").await.json().as_array().unwrap().len(), 3);
    assert!(halo.get("Agent/me").await.json()["claims"].is_array());
    halo.sim.configure(|switches| switches.agent_me = AgentMeShape::Record);
    assert_eq!(halo.get("Agent/me").await.json()["id"], 1);
}

#[tokio::test]
async fn a_row_leaves_out_what_was_not_asked_for() {
    let halo = halo().await;
    halo.ticket(json!({ "details": "long", "third_party_id_string": "psab-1", "impact": 1 })).await;
    let row = |list: Value| list["tickets"][0].clone();
    let short = row(halo.get("Tickets").await.json());
    for member in
        ["details", "priority_id", "sla_id", "agent_id", "customfields", "third_party_id_string", "impact"]
    {
        assert_eq!(short.get(member), None, "{member}");
    }
    let long = row(halo.get("Tickets?includedetails=true").await.json());
    assert_eq!((&long["details"], &long["third_party_id_string"]), (&json!("long"), &json!("psab-1")));
    halo.sim.configure(|switches| switches.list_references = ListReferences::Never);
    assert_eq!(row(halo.get("Tickets?includedetails=true").await.json()).get("third_party_id_string"), None);
    halo.sim.configure(|switches| switches.list_references = ListReferences::Always);
    assert_eq!(row(halo.get("Tickets").await.json())["third_party_id_string"], "psab-1");
    assert_eq!(row(halo.get("Tickets?ticketidonly=true").await.json()), json!({ "id": 2001 }));
}

#[tokio::test]
async fn filters_find_what_they_name() {
    let halo = halo().await;
    let one = halo.ticket(json!({ "summary": "Alpha [psab-1]", "client_reference": "psab-1" })).await.id();
    let two = halo.ticket(json!({ "summary": "Beta", "client_id": 3, "tickettype_id": 1 })).await.id();
    halo.sim.close_ticket(two);
    let cases = [
        ("client_id=2", vec![one]),
        ("client_ids=2,3", vec![two, one]),
        ("search_summary=psab-1", vec![one]),
        ("search=beta", vec![two]),
        ("client_ref=psab", vec![one]),
        ("open_only=true", vec![one]),
        ("closed_only=true", vec![two]),
        ("status_id=9", vec![two]),
        ("requesttype_id=1", vec![two]),
        ("order=id&orderdesc=false", vec![one, two]),
        ("order=id&orderdesc=true", vec![two, one]),
        ("count=1", vec![two]),
        ("datesearch=datecleared&startdate=2020-01-01", vec![two]),
    ];
    for (query, expected) in cases {
        assert_eq!(ids(&halo.get(&format!("Tickets?{query}")).await.json()), expected, "{query}");
    }
    assert_eq!(ids(&halo.get(&format!("Tickets?ticketids={one},404")).await.json()), [one]);
    halo.sim.configure(|switches| switches.reference_search = ReferenceSearch::Exact);
    assert_eq!(ids(&halo.get("Tickets?client_ref=psab").await.json()), Vec::<i64>::new());
    halo.sim.configure(|switches| switches.reference_search = ReferenceSearch::Ignored);
    assert_eq!(ids(&halo.get("Tickets?client_ref=psab").await.json()), [two, one]);
    assert_eq!(
        halo.get("Tickets?client_id=abc").await.json()["client_id"][0],
        "The value 'abc' is not valid."
    );
    let field = "Tickets?advanced_search=%5B%7B%22filter_name%22%3A%22azureoid%22%7D%5D";
    assert_eq!(halo.get(field).await.says(), "Invalid advanced search parameter(s)");
}

#[tokio::test]
async fn dates_cut_to_the_second_or_to_the_day_and_may_need_datesearch() {
    let halo = halo().await;
    // The tenant's clock shows noon for the earlier ticket and one o'clock for the later one.
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let noon = 43_200 - now.rem_euclid(86_400);
    halo.sim.configure(|switches| switches.clock_offset_seconds = noon);
    halo.sim.seed_tickets(2, 1);
    halo.sim.configure(|switches| switches.clock_offset_seconds = noon + 3600);
    let later = halo.ticket(json!({})).await.json();
    let start = later["dateoccurred"].as_str().unwrap();
    assert_eq!(&start[11..13], "13");
    let count = async |query: String| {
        halo.get(&format!("Tickets?client_id=2&{query}")).await.json()["record_count"].clone()
    };
    assert_eq!(count(format!("datesearch=dateoccured&startdate={start}")).await, 1);
    assert_eq!(count(format!("startdate={start}")).await, 2, "ignored without datesearch");
    halo.sim.configure(|switches| switches.dates_need_datesearch = false);
    assert_eq!(count(format!("startdate={start}")).await, 1);
    assert_eq!(count(format!("enddate={}", &start[..10])).await, 2, "a date alone means the whole of it");
    halo.sim.configure(|switches| switches.date_granularity = DateGranularity::Day);
    assert_eq!(count(format!("startdate={start}")).await, 2, "the whole day");
    assert_eq!(halo.get("Tickets?startdate=soon").await.status, 400);
}

#[tokio::test]
async fn pages_are_capped_and_may_shift() {
    let halo = halo().await;
    halo.sim.seed_tickets(2, 250);
    let page = async |number: i64, size: i64| {
        let list = halo
            .get(&format!("Tickets?client_id=2&pageinate=true&page_size={size}&page_no={number}"))
            .await
            .json();
        assert_eq!(list["record_count"], 250);
        ids(&list)
    };
    assert_eq!(page(1, 1000).await.len(), 100);
    assert_eq!(page(3, 100).await.len(), 50);
    assert_eq!(page(4, 100).await.len(), 0);
    halo.sim.configure(|switches| switches.page_shift = 2);
    assert_eq!(
        page(2, 100).await[..2],
        page(1, 100).await[98..],
        "two came in on top: the end of a page comes again"
    );
    halo.sim.configure(|switches| switches.page_shift = -2);
    assert_eq!(page(2, 100).await[0], page(1, 100).await[99] - 3, "two were removed: two are never seen");
    halo.sim.configure(|switches| {
        switches.page_shift = 0;
        switches.ticket_page_cap = None;
        switches.list_page_cap = Some(2);
    });
    assert_eq!(page(1, 1000).await.len(), 250);
    assert_eq!(
        halo.get("Client?pageinate=true&page_size=999").await.json()["clients"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn clients_are_searched_renamed_stopped_and_deleted() {
    let halo = halo().await;
    let names = async |query: &str| {
        let list = halo.get(&format!("Client{query}")).await.json();
        let clients = list["clients"].as_array().unwrap().iter();
        clients.map(|client| client["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("?search=müller").await, ["Müller Logistik GmbH"]);
    assert!(!names("").await.contains(&"Former Customer Ltd".to_owned()));
    assert!(names("?includeinactive=true").await.contains(&"Former Customer Ltd".to_owned()));
    assert!(halo.sim.rename_client(3, "Müller AG") && halo.sim.set_client_inactive(4, true));
    assert_eq!(halo.get("Client/3").await.json()["name"], "Müller AG");
    assert_eq!(halo.get("Client/4").await.json()["inactive"], true);
    assert!(halo.sim.delete_client(3));
    assert_eq!(halo.get("Client/3").await.status, 404);
    let added = halo.sim.add_client("Newcomer");
    assert_eq!(halo.get(&format!("Site?client_id={added}")).await.json()["sites"][0]["name"], "Main");
}
