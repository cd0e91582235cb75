//! The filters of the tickets' list one by one, pages of no size, and ids that come as floats.

use psa_sim::{DateGranularity, FloatIds};
use serde_json::{Value, json};

use crate::client::{Halo, halo};

async fn found(halo: &Halo, query: &str) -> Vec<i64> {
    halo.get(&format!("Tickets?{query}")).await.ids("tickets")
}

#[tokio::test]
async fn a_ticket_is_found_by_whom_it_is_for_and_who_works_on_it() {
    let halo = halo().await;
    let one = halo.ticket(json!({ "agent_id": 1 })).await.json();
    let two = halo.ticket(json!({ "client_id": 3, "agent_id": 50, "team": "2nd Line Support" })).await.json();
    let [first, second] = [&one, &two].map(|ticket| ticket["id"].as_i64().unwrap());
    for filter in ["site_id", "user_id", "agent_id", "team"] {
        assert_ne!(one[filter], two[filter], "{filter}");
        for (ticket, id) in [(&one, first), (&two, second)] {
            let wanted =
                ticket[filter].as_str().map_or_else(|| ticket[filter].to_string(), str::to_uppercase);
            assert_eq!(found(&halo, &format!("{filter}={wanted}")).await, [id], "{filter}={wanted}");
        }
    }
    for (query, expected) in [
        ("client_ids=3", vec![second]),
        ("client_ids=3,%202", vec![second, first]),
        ("team_name=backup", vec![first]),
        ("site_id=404", vec![]),
        ("client_id=0", vec![second, first]),
        ("site_id=0", vec![second, first]),
        ("user_id=0", vec![second, first]),
        ("agent_id=0", vec![second, first]),
        ("agent_id=-1", vec![second, first]),
    ] {
        assert_eq!(found(&halo, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_search_looks_at_the_summary_the_details_and_the_number() {
    let halo = halo().await;
    let one = halo.ticket(json!({ "summary": "Alpha", "details": "Omega" })).await.id();
    let two = halo.ticket(json!({ "summary": "Beta", "details_html": "<p>Sigma</p>" })).await.id();
    for (search, expected) in [
        ("ALPHA".to_owned(), vec![one]),
        ("omega".to_owned(), vec![one]),
        ("sigma".to_owned(), vec![two]),
        (two.to_string(), vec![two]),
        ("200".to_owned(), vec![]),
    ] {
        assert_eq!(found(&halo, &format!("search={search}")).await, expected, "{search}");
    }
    assert_eq!(found(&halo, "search_details=sigma").await, [two]);
    assert_eq!(found(&halo, "search_summary=sigma").await, [0; 0]);
    assert_eq!(found(&halo, &format!("search_id={one}")).await, [one]);
}

#[tokio::test]
async fn an_advanced_search_takes_the_tenants_fields_alone() {
    let halo = halo().await;
    let one = halo.ticket(json!({ "summary": "Alpha one" })).await.id();
    let two = halo.ticket(json!({ "summary": "Alpha two", "client_id": 3 })).await.id();
    let search = async |filters: Value| {
        let request = halo.request(reqwest::Method::GET, "Tickets");
        crate::client::answer(request.query(&[("advanced_search", filters.to_string())])).await.unwrap()
    };
    let filter = |name: &str, kind: i64, value: Value| json!([{ "filter_name": name, "filter_type": kind, "filter_value": value }]);
    for (filters, expected) in [
        (filter("summary", 2, json!("Alpha one")), vec![one]),
        (filter("summary", 2, json!("Alpha")), vec![]),
        (filter("summary", 4, json!("%alpha%")), vec![two, one]),
        (filter("summary", 4, json!("%TWO%")), vec![two]),
        (filter("client_id", 2, json!("3")), vec![two]),
        (filter("client_id", 2, json!(2)), vec![one]),
    ] {
        let list = search(filters.clone()).await.json();
        let ids: Vec<_> = list["tickets"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
        assert_eq!(ids, expected, "{filters}");
    }
    for filters in [filter("summary", 3, json!("x")), filter("client_id", 4, json!("2")), json!({})] {
        assert_eq!(search(filters).await.says(), "Invalid advanced search parameter(s)");
    }
}

#[tokio::test]
async fn changes_are_found_from_a_time_on_and_up_to_one() {
    let halo = halo().await;
    halo.sim.configure(|switches| switches.clock_offset_seconds = -7 * 24 * 3600);
    let old = halo.ticket(json!({})).await.json();
    halo.sim.configure(|switches| switches.clock_offset_seconds = 0);
    let new = halo.ticket(json!({})).await.json();
    let [before, after] = [&old, &new].map(|ticket| ticket["dateoccurred"].as_str().unwrap());
    let [old, new] = [&old, &new].map(|ticket| ticket["id"].as_i64().unwrap());
    assert_eq!(found(&halo, &format!("lastupdatefromdate={after}")).await, [new]);
    assert_eq!(found(&halo, &format!("lastupdatetodate={before}")).await, [old]);
    assert_eq!(
        found(&halo, &format!("lastupdatefromdate={before}&lastupdatetodate={after}")).await,
        [new, old]
    );
    halo.sim.configure(|switches| switches.date_granularity = DateGranularity::Day);
    assert_eq!(found(&halo, &format!("datesearch=dateoccured&startdate={after}")).await, [new], "its day");
    assert_eq!(found(&halo, &format!("datesearch=dateoccured&enddate={before}")).await, [old], "its day");
}

#[tokio::test]
async fn tickets_of_any_time_are_listed() {
    let halo = halo().await;
    halo.sim.configure(|switches| switches.clock_offset_seconds = -70 * 366 * 24 * 3600);
    let id = halo.ticket(json!({})).await.id();
    assert_eq!(found(&halo, "client_id=2").await, [id], "from before 1970");
}

#[tokio::test]
async fn a_page_of_no_size_has_the_usual_one() {
    let halo = halo().await;
    halo.sim.seed_tickets(2, 60);
    for (query, size) in [
        ("pageinate=true&page_size=0", 50),
        ("pageinate=true&page_size=-1", 50),
        ("pageinate=true&page_size=1", 1),
        ("pageinate=true&page_size=7&page_no=0", 7),
        ("count=0", 60),
        ("count=1", 1),
    ] {
        assert_eq!(found(&halo, query).await.len(), size, "{query}");
    }
}

#[tokio::test]
async fn ids_come_as_floats_where_a_tenant_writes_them_so_and_counts_never_do() {
    let halo = halo().await;
    let shown = async |path: &str, list: &str| halo.get(path).await.json()[list][0].clone();
    halo.sim.configure(|switches| switches.float_ids = FloatIds::Users);
    let user = shown("Users?client_id=2", "users").await;
    assert!(user["id"].is_f64() && user["client_id"].is_f64(), "{user}");
    assert!(shown("Client", "clients").await["id"].is_i64(), "users alone");
    halo.sim.configure(|switches| switches.float_ids = FloatIds::All);
    let licence = shown("SoftwareLicence", "licences").await;
    assert!(licence["id"].is_f64() && licence["client_id"].is_f64(), "{licence}");
    assert!(licence["count"].is_i64() && licence["type"].is_i64(), "{licence}");
    halo.sim.configure(|switches| switches.float_ids = FloatIds::None);
    assert!(shown("Users?client_id=2", "users").await["id"].is_i64());
}
