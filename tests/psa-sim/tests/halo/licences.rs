//! Seat counts, beside what people edit by hand.

use psa_sim::PartialLicenceUpdate;
use reqwest::Method;
use serde_json::json;

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
