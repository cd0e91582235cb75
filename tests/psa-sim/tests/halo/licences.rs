//! Seat counts, beside what people edit by hand.

use psa_sim::{Access, Choice, Denial, EditMoment, PartialLicenceUpdate};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::client::{answer, halo};

#[tokio::test]
async fn a_count_is_changed_and_the_history_shows_that_nothing_else_was() {
    let halo = halo().await;
    let before = halo.get("SoftwareLicence/500").await.json();
    assert_eq!(halo.post("SoftwareLicence", json!([{ "id": 500, "count": 31 }])).await.status, 201);
    let after = halo.get("SoftwareLicence/500").await.json();
    assert_eq!(
        (&after["count"], &after["price"], &after["notes"]),
        (&json!(31), &before["price"], &before["notes"])
    );
    let changes = halo.get("LicenceChange?licence_id=500").await.json();
    assert_eq!(changes["record_count"], 1);
    let change = &changes["changes"][0];
    assert_eq!(
        (&change["field_name"], &change["old_value"], &change["new_value"]),
        (&json!("count"), &json!("25"), &json!("31"))
    );
}

#[tokio::test]
async fn a_partial_update_may_lose_what_was_not_posted() {
    let halo = halo().await;
    halo.sim.configure(|switches| switches.partial_licence_update = PartialLicenceUpdate::LoseOthers);
    halo.post("SoftwareLicence", json!([{ "id": 500, "count": 31 }])).await;
    let after = halo.get("SoftwareLicence/500").await.json();
    assert_eq!((&after["count"], &after["price"], &after["notes"]), (&json!(31), &json!(0), &json!("")));
    assert_eq!(after["client_id"], 2);
}

#[tokio::test]
async fn several_licences_share_a_name_and_some_are_out_of_use() {
    let halo = halo().await;
    let list = halo.get("SoftwareLicence?client_id=2").await.json();
    assert_eq!(list["record_count"], 2);
    assert_eq!(list["licences"][0]["name"], list["licences"][1]["name"]);
    assert_eq!(halo.get("SoftwareLicence?client_id=3").await.json()["record_count"], 1);
    assert_eq!(halo.get("SoftwareLicence?client_id=3&includeinactive=true").await.json()["record_count"], 2);
    let deleted = halo.get("SoftwareLicence?client_id=4&includeinactive=true").await.json();
    assert_eq!(deleted["licences"][0]["deleted"], true);
    let usage = halo.get("SoftwareLicence?client_id=2&include_licence_usage=true").await.json();
    assert_eq!(usage["licences"][0]["licences_available"], 25);
}

#[tokio::test]
async fn a_licence_is_created_and_deleted() {
    let halo = halo().await;
    let body = json!([{
        "type": 1, "name": "Datto SaaS Protection - 1M", "count": 42, "client_id": 2, "supplier_id": 10, "vendor": 10,
        "billing_cycle": "Monthly", "end_date": "1901-01-01T00:00:00"
    }]);
    let created = halo.post("SoftwareLicence", body).await;
    let licence = created.json();
    assert_eq!((&licence["vendor"], &licence["supplier_name"]), (&json!("10"), &json!("Backup Vendor")));
    let path = format!("SoftwareLicence/{}", created.id());
    assert_eq!(answer(halo.request(Method::DELETE, &path)).await.unwrap().status, 200);
    assert_eq!(halo.get(&path).await.json()["deleted"], true);
    assert_eq!(halo.post("SoftwareLicence", json!([{ "count": 1 }])).await.says(), "Name must not be blank");
    assert_eq!(halo.post("SoftwareLicence", json!([{ "id": 500, "count": "x" }])).await.status, 400);
    assert_eq!(halo.post("SoftwareLicence", json!([{ "id": 404, "count": 1 }])).await.status, 404);
}

#[tokio::test]
async fn licences_are_posted_to_the_list_and_history_is_only_read() {
    let halo = halo().await;
    assert_eq!(halo.post("SoftwareLicence/500", json!([{ "id": 500, "count": 1 }])).await.status, 405);
    assert_eq!(halo.get("SoftwareLicence/500").await.json()["count"], 25);
    let ask = async |method: Method, path: &str| answer(halo.request(method, path)).await.unwrap().status;
    assert_eq!(ask(Method::GET, "LicenceChange/1").await, 405);
    assert_eq!(ask(Method::DELETE, "LicenceChange/500").await, 405);
    assert_eq!(ask(Method::DELETE, "SoftwareLicence").await, 405);
    assert_eq!(ask(Method::GET, "SoftwareLicence/500/1").await, 404);
    assert_eq!(ask(Method::DELETE, "SoftwareLicence/404").await, 404);
    assert_eq!(halo.get("SoftwareLicence/500").await.json()["deleted"], false);
}

#[tokio::test]
async fn a_list_is_narrowed_by_client_type_name_and_use() {
    let halo = halo().await;
    halo.sim.edit_tenant(|tenant| {
        let seats = tenant.licences.get_mut(&500).unwrap();
        seats.insert("licences_in_use".to_owned(), 10.into());
        seats.insert("type".to_owned(), 2.into());
        let deleted = tenant.licences.get_mut(&504).unwrap();
        deleted.insert("is_active".to_owned(), true.into());
    });
    let ids = async |query: &str| {
        let list = halo.get(&format!("SoftwareLicence?{query}")).await.json();
        let rows = list["licences"].as_array().unwrap().clone();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    for (query, expected) in [
        ("", vec![500, 501, 502]),
        ("includeinactive=true", vec![500, 501, 502, 503, 504]),
        ("client_id=2", vec![500, 501]),
        ("licence_type=2", vec![500]),
        ("licence_type=1&client_id=2", vec![501]),
        ("search=M365", vec![500, 501, 502]),
        ("search=ANTIVIRUS&includeinactive=true", vec![503]),
        ("search=nothing", vec![]),
    ] {
        assert_eq!(ids(query).await, expected, "{query}");
    }
    let used = halo.get("SoftwareLicence?licence_type=2&include_licence_usage=true").await.json();
    assert_eq!(
        (&used["licences"][0]["licences_available"], &used["licences"][0]["licences_in_use"]),
        (&json!(15), &json!(10))
    );
    let plain = halo.get("SoftwareLicence?licence_type=2").await.json()["licences"][0].clone();
    assert_eq!((plain.get("licences_available"), plain.get("licences_in_use")), (None, None));
    assert_eq!(
        (&plain["client_name"], &plain["supplier_name"]),
        (&json!("Acme & Sons"), &json!("Backup Vendor"))
    );
    assert_eq!(halo.get("SoftwareLicence/500").await.json()["licences_available"], 15);
}

#[tokio::test]
async fn licences_of_clients_out_of_sight_are_not_there() {
    let halo = halo().await;
    halo.post("SoftwareLicence", json!([{ "id": 502, "count": 81 }])).await;
    halo.post("SoftwareLicence", json!([{ "id": 500, "count": 26 }, { "id": 500, "price": 5.5 }])).await;
    let changes = halo.get("LicenceChange").await.json();
    let told: Vec<_> = changes["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].clone(), it["licence_id"].clone()))
        .collect();
    assert_eq!(
        told,
        [(json!(3), json!(500)), (json!(2), json!(500)), (json!(1), json!(502))],
        "the latest first"
    );
    assert_eq!(changes["changes"][0]["who"], "PSA Bridge (API only)");
    let count = async |path: &str| halo.get(path).await.json()["record_count"].clone();
    assert_eq!(count("LicenceChange?licence_id=502").await, 1);
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights.clients = Choice::Only(vec![2]));
    assert_eq!((count("SoftwareLicence").await, count("LicenceChange").await), (json!(2), json!(2)));
    assert_eq!(count("LicenceChange?licence_id=502").await, 0);
    assert_eq!(halo.get("SoftwareLicence/502").await.status, 403);
    assert_eq!(halo.post("SoftwareLicence", json!([{ "id": 502, "count": 1 }])).await.status, 403);
    assert_eq!(answer(halo.request(Method::DELETE, "SoftwareLicence/502")).await.unwrap().status, 403);
    let refused = halo.post("SoftwareLicence", json!([{ "name": "Seats", "client_id": 3 }])).await;
    assert_eq!(refused.says(), "Please select a valid Client/Site/User");
    halo.sim.configure(|switches| switches.denial = Denial::EmptyList);
    halo.sim.edit_tenant(|tenant| tenant.agents[0].rights.software_licensing = Access::None);
    assert_eq!((count("SoftwareLicence").await, count("LicenceChange").await), (json!(0), json!(0)));
    assert_eq!(halo.get("SoftwareLicence/500").await.status, 403);
    assert_eq!(answer(halo.request(Method::DELETE, "SoftwareLicence/500")).await.unwrap().status, 403);
}

#[tokio::test]
async fn a_new_licence_needs_a_name_and_a_client_that_is_there() {
    let halo = halo().await;
    for id in [0, -1] {
        let made =
            halo.post("SoftwareLicence", json!([{ "id": id, "name": "Seats", "_warning": "x" }])).await;
        let licence = made.json();
        assert!(made.id() > 504, "{id} is no licence's: {licence}");
        assert_eq!((licence.get("_warning"), &licence["client_id"]), (None, &json!(0)));
    }
    assert_eq!(halo.post("SoftwareLicence", json!([{ "name": "" }])).await.says(), "Name must not be blank");
    for (client, status) in [(0, 201), (2, 201), (404, 400)] {
        let body = json!([{ "name": "Seats", "client_id": client }]);
        assert_eq!(halo.post("SoftwareLicence", body).await.status, status, "{client}");
    }
    halo.sim.configure(|switches| switches.partial_licence_update = PartialLicenceUpdate::LoseOthers);
    halo.post("SoftwareLicence", json!([{ "id": 500, "count": 31, "vendor": "10" }])).await;
    let after = halo.get("SoftwareLicence/500").await.json();
    let kept = ["id", "client_id", "is_active", "deleted", "count", "vendor"].map(|name| after[name].clone());
    assert_eq!(json!(kept), json!([500, 2, true, false, 31, "10"]));
    assert_eq!(
        (&after["autorenew"], &after["status"], &after["type"]),
        (&json!(false), &json!(""), &json!(0))
    );
}

#[tokio::test]
async fn a_person_can_edit_a_licence_at_the_moment_of_a_write() {
    let halo = halo().await;
    let fields = |value: Value| serde_json::from_value(value).unwrap();
    let id = halo.sim.edit_tenant(|tenant| tenant.add_edited_licence(3, "Seats", 5));
    let edit = |moment, value| halo.sim.edit_licence_around_next_write(id, moment, fields(value));
    edit(EditMoment::BeforeWrite, json!({ "count": 7, "notes": "before" }));
    edit(EditMoment::AfterWrite, json!({ "manufacturer": "after" }));
    let written = halo.post("SoftwareLicence", json!([{ "id": id, "count": 9 }])).await.json();
    assert_eq!((&written["count"], &written["notes"]), (&json!(9), &json!("before")));
    assert_ne!(written["manufacturer"], "after", "the answer is of the write");
    assert_eq!(halo.get(&format!("SoftwareLicence/{id}")).await.json()["manufacturer"], "after");
    let told: Vec<_> = halo
        .sim
        .licence_changes(id)
        .into_iter()
        .map(|one| (one["who"].clone(), one["field_name"].clone()))
        .collect();
    let dana = json!("Dana Technician");
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(
        told[..2].iter().all(|(who, _)| *who == dana) && told[2].0 != dana && told[3].0 == dana,
        "{told:?}"
    );
    halo.post("SoftwareLicence", json!([{ "id": id, "count": 10, "price": 3.95 }])).await;
    assert_eq!(
        halo.sim.licence_changes(id).len(),
        5,
        "once each, and a number is the same however it is written"
    );
    assert!(halo.sim.edit_licence(id, fields(json!({ "notes": "later" }))));
    assert!(!halo.sim.edit_licence(7, Map::new()));
}

#[tokio::test]
async fn whoever_asks_about_invoices_is_counted() {
    let halo = halo().await;
    assert_eq!(halo.sim.counts().requests_about_invoices(), 0);
    halo.try_post("RecurringInvoice/process", &json!([1])).await.unwrap();
    halo.try_get("Invoice?client_id=2").await.unwrap();
    assert_eq!(halo.sim.counts().requests_about_invoices(), 2);
}
