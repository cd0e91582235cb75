//! Filters, pages, counts.

use psa_sim::autotask::{MissingItem, TextForNumber};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Autotask, answer, as_user, autotask};

async fn companies(autotask: &Autotask, filter: Value) -> Vec<i64> {
    autotask.post("Companies/query", json!({ "Filter": filter })).await.ids()
}

#[tokio::test]
async fn every_operator_does_what_it_says() {
    let autotask = autotask().await;
    for (filter, expected) in [
        (json!([{ "op": "eq", "field": "id", "value": 174 }]), vec![174]),
        (json!([{ "op": "noteq", "field": "isActive", "value": true }]), vec![178]),
        (json!([{ "op": "gt", "field": "id", "value": 177 }]), vec![178, 179]),
        (json!([{ "op": "gte", "field": "id", "value": 178 }]), vec![178, 179]),
        (json!([{ "op": "lt", "field": "id", "value": 174 }]), vec![0]),
        (json!([{ "op": "lte", "field": "ID", "value": 174 }]), vec![0, 174]),
        (json!([{ "op": "beginsWith", "field": "companyName", "value": "müller" }]), vec![175, 176]),
        (json!([{ "op": "endsWith", "field": "companyName", "value": "GMBH" }]), vec![175, 176]),
        (json!([{ "op": "contains", "field": "CompanyName", "value": "sons" }]), vec![174]),
        (json!([{ "op": "exist", "field": "parentCompanyID" }]), vec![176]),
        (
            json!([{ "op": "notExist", "field": "parentCompanyID" }, { "op": "lt", "field": "id", "value": 176 }]),
            vec![0, 174, 175],
        ),
        (json!([{ "op": "in", "field": "id", "value": [0, 177] }]), vec![0, 177]),
        (json!([{ "op": "notIn", "field": "id", "value": [0, 174, 175, 176, 177] }]), vec![178, 179]),
        (
            json!([
                { "op": "or", "items": [
                    { "op": "eq", "field": "companyType", "value": 7 },
                    { "op": "and", "items": [
                        { "op": "eq", "field": "isActive", "value": false },
                        { "op": "eq", "field": "id", "value": 178 }
                    ]}
                ]}
            ]),
            vec![178, 179],
        ),
    ] {
        assert_eq!(companies(&autotask, filter.clone()).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn an_operator_that_does_not_exist_is_ignored_without_a_word() {
    let autotask = autotask().await;
    let filter = json!([{ "op": "noteExist", "field": "parentCompanyID" }]);
    assert_eq!(companies(&autotask, filter).await.len(), 7);
}

#[tokio::test]
async fn filters_that_make_no_sense_are_refused() {
    let autotask = autotask().await;
    for (entity, body, words) in [
        ("Companies", json!({}), "Parameter name: filters"),
        ("Companies", json!({ "filter": [] }), "Parameter name: filters"),
        ("Companies", json!({ "filter": "[]" }), "Unexpected character"),
        (
            "Companies",
            json!({ "filter": [{ "op": "eq", "field": "x", "value": 1 }] }),
            "Unable to find x in the Company Entity",
        ),
        (
            "Services",
            json!({ "filter": [{ "op": "eq", "field": "companyID", "value": 1 }] }),
            "Unable to find companyID",
        ),
        (
            "Tickets",
            json!({ "filter": [{ "op": "eq", "field": "creatorType", "value": 1 }] }),
            "not queryable",
        ),
        (
            "Contacts",
            json!({ "filter": [{ "op": "eq", "field": "isActive", "value": true }] }),
            "Unexpected character encountered while parsing value: t",
        ),
        (
            "Companies",
            json!({ "filter": [{ "op": "eq", "field": "isActive", "value": "true" }] }),
            "valid Boolean",
        ),
        (
            "Companies",
            json!({ "filter": [{ "op": "eq", "field": "id", "value": "x" }] }),
            "Conversion failed when converting varchar 'x' to data type int",
        ),
        (
            "Tickets",
            json!({ "filter": [{ "op": "gte", "field": "createDate", "value": "soon" }] }),
            "Conversion failed",
        ),
        (
            "Companies",
            json!({ "filter": [{ "op": "gte", "field": "id", "value": 0 }], "MaxRecords": 0 }),
            "MaxRecords",
        ),
        (
            "Companies",
            json!({ "filter": [{ "op": "gte", "field": "id", "value": 0 }], "IncludeFields": ["x"] }),
            "Unable to find x",
        ),
        (
            "Companies",
            json!({ "filter": [{ "op": "in", "field": "id", "value": (0..501).collect::<Vec<_>>() }] }),
            "Queries are limited to 500 or fewer 'OR' conditions",
        ),
        (
            "Tickets",
            json!({ "filter": [
                { "op": "eq", "field": "Alert ID", "udf": true, "value": "a" },
                { "op": "eq", "field": "Environment", "udf": true, "value": "1" }
            ] }),
            "Only one user-defined field",
        ),
    ] {
        let error = autotask.post(&format!("{entity}/query"), body.clone()).await.error();
        assert!(error.contains(words), "{body}: {error}");
    }
    assert_eq!(autotask.find("Contacts", "isActive", "eq", json!(1)).await.ids(), [501, 502, 504]);
}

#[tokio::test]
async fn a_number_in_quotes_matches_nothing_or_is_an_error() {
    let autotask = autotask().await;
    assert_eq!(autotask.find("Companies", "id", "eq", json!("174")).await.ids(), Vec::<i64>::new());
    autotask.sim.configure(|switches| switches.text_for_number = TextForNumber::Error);
    assert!(autotask.find("Companies", "id", "eq", json!("174")).await.error().contains("Conversion failed"));
}

#[tokio::test]
async fn the_next_page_wants_the_same_post_again() {
    let autotask = autotask().await;
    let body = json!({ "MaxRecords": 4, "filter": [{ "op": "noteq", "field": "id", "value": 175 }] });
    let first = autotask.post("Companies/query", body.clone()).await;
    assert_eq!(first.ids(), [0, 174, 176, 177]);
    let details = first.json()["pageDetails"].clone();
    assert_eq!(
        (&details["count"], &details["requestCount"], &details["prevPageUrl"]),
        (&json!(4), &json!(4), &json!(null))
    );
    let next = details["nextPageUrl"].as_str().unwrap();
    assert!(
        next.starts_with(&autotask.sim.zone_url()) && next.contains("/query/next?paging=%7b%22"),
        "{next}"
    );
    let second = answer(as_user(autotask.http.post(next)).json(&body)).await.unwrap();
    assert_eq!(second.ids(), [178, 179]);
    assert_eq!(second.json()["pageDetails"]["nextPageUrl"], json!(null));
    let empty = answer(as_user(autotask.http.post(next))).await.unwrap();
    assert!(empty.error().contains("Parameter name: filters"));
    let got = answer(as_user(autotask.http.get(next))).await.unwrap();
    assert_eq!(got.status, 405);
    assert_eq!(got.json()["Message"], "The requested resource does not support http method 'GET'.");
    let other = json!({ "filter": [{ "op": "eq", "field": "id", "value": 179 }] });
    let other = answer(as_user(autotask.http.post(next)).json(&other)).await.unwrap();
    assert_eq!(other.ids(), [179], "the token carries the position alone");
}

#[tokio::test]
async fn a_query_by_get_carries_its_filter_along() {
    let autotask = autotask().await;
    let search =
        json!({ "MaxRecords": 5, "filter": [{ "op": "gte", "field": "id", "value": 0 }] }).to_string();
    let request = autotask.request(Method::GET, "Companies/query").query(&[("search", search)]);
    let first = answer(request).await.unwrap();
    assert_eq!(first.ids().len(), 5);
    let next = first.json()["pageDetails"]["nextPageUrl"].as_str().unwrap().to_owned();
    assert!(next.contains("&search="));
    assert_eq!(answer(as_user(autotask.http.get(next))).await.unwrap().ids(), [178, 179]);
}

#[tokio::test]
async fn a_full_last_page_may_still_point_to_a_next() {
    let autotask = autotask().await;
    let body = json!({ "MaxRecords": 7, "filter": [{ "op": "gte", "field": "id", "value": 0 }] });
    let page = autotask.post("Companies/query", body.clone()).await.json();
    assert_eq!(page["pageDetails"]["nextPageUrl"], json!(null));
    autotask.sim.configure(|switches| switches.full_last_page_has_next = true);
    let page = autotask.post("Companies/query", body.clone()).await.json();
    let next = page["pageDetails"]["nextPageUrl"].as_str().unwrap().to_owned();
    let last = answer(as_user(autotask.http.post(next)).json(&body)).await.unwrap();
    assert_eq!((last.ids().len(), &last.json()["pageDetails"]["nextPageUrl"]), (0, &json!(null)));
}

#[tokio::test]
async fn pages_have_five_hundred_records_at_most() {
    let autotask = autotask().await;
    autotask.sim.seed_tickets(174, 501);
    let body = json!({ "MaxRecords": 9999, "filter": [{ "op": "gte", "field": "id", "value": 0 }] });
    let page = autotask.post("Tickets/query", body).await;
    assert_eq!((page.ids().len(), &page.json()["pageDetails"]["requestCount"]), (500, &json!(500)));
    let body = json!({ "IncludeFields": ["title"], "filter": [{ "op": "gte", "field": "id", "value": 0 }] });
    assert!(
        autotask.post("Tickets/query", body).await.error().contains("id"),
        "more than a page needs the id"
    );
}

#[tokio::test]
async fn records_are_counted_and_read_one_by_one() {
    let autotask = autotask().await;
    let body = json!({ "filter": [{ "op": "eq", "field": "isActive", "value": true }] });
    assert_eq!(autotask.post("Companies/query/count", body).await.json(), json!({ "queryCount": 6 }));
    assert_eq!(autotask.get("Companies/0").await.json()["item"]["companyName"], "The MSP itself");
    assert_eq!(autotask.get("Companies/999").await.json(), json!({ "item": null }));
    autotask.sim.configure(|switches| switches.missing_item = MissingItem::NotFound);
    assert_eq!(autotask.get("Companies/999").await.status, 404);
}

#[tokio::test]
async fn included_fields_come_alone_but_for_user_defined_ones() {
    let autotask = autotask().await;
    let body = json!({ "includefields": ["ID"], "filter": [{ "op": "eq", "field": "id", "value": 174 }] });
    let page = autotask.post("companies/QUERY", body).await.items();
    assert_eq!(page, [json!({ "id": 174, "userDefinedFields": [] })]);
}

#[tokio::test]
async fn tickets_are_found_by_what_integrations_look_for() {
    let autotask = autotask().await;
    let udf = json!([{ "name": "Alert ID", "value": "0192f0" }]);
    let id = autotask.ticket(json!({ "externalID": "psab-1", "userDefinedFields": udf })).await.id();
    autotask.ticket(json!({ "externalID": "psab-2" })).await.id();
    assert_eq!(autotask.find("Tickets", "externalID", "eq", json!("PSAB-1")).await.ids(), [id]);
    assert_eq!(autotask.find("Tickets", "id", "in", json!([id, 5])).await.ids(), [id]);
    let filter = json!([{ "op": "eq", "field": "alert id", "value": "0192F0", "udf": true }]);
    assert_eq!(autotask.post("Tickets/query", json!({ "filter": filter })).await.ids(), [id]);
    let created = autotask.read(id).await["createDate"].clone();
    let filter = json!([
        { "op": "eq", "field": "companyID", "value": 174 }, { "op": "gte", "field": "createDate", "value": created }
    ]);
    assert_eq!(autotask.post("Tickets/query", json!({ "filter": filter })).await.ids().len(), 2);
    assert_eq!(autotask.sim.tickets_by("externalID")["psab-1"], 1);
    assert_eq!(autotask.sim.tickets_by("Alert ID")["0192f0"], 1);
}
