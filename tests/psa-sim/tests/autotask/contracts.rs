//! Contracts, their services, and units that only adjustments change.

use psa_sim::autotask::{Entity, EntityRights, Right};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Autotask, answer, autotask};

/// The rows of a contract's service, as (first day, units).
pub async fn rows(autotask: &Autotask, contract_service: i64) -> Vec<(String, i64)> {
    let rows = autotask
        .find("ContractServiceUnits", "contractServiceID", "eq", json!(contract_service))
        .await
        .items();
    rows.iter()
        .map(|row| (row["startDate"].as_str().unwrap().to_owned(), row["units"].as_i64().unwrap()))
        .collect()
}

/// The first day of the period after the one that holds today.
pub async fn next_period(autotask: &Autotask) -> String {
    let now = autotask
        .sim
        .ticket(autotask.ticket(json!({})).await.id())
        .unwrap()
        .text("createDate")
        .unwrap()
        .to_owned();
    rows(autotask, 456).await.into_iter().map(|(start, _)| start).find(|start| *start > now).unwrap()
}

pub async fn adjust(autotask: &Autotask, body: Value) -> crate::client::Answer {
    autotask.post("ContractServiceAdjustments", body).await
}

#[tokio::test]
async fn contracts_and_their_services_are_found() {
    let autotask = autotask().await;
    let filter = json!([
        { "op": "eq", "field": "companyID", "value": 174 }, { "op": "eq", "field": "contractType", "value": 7 },
        { "op": "eq", "field": "status", "value": 1 }
    ]);
    let contracts = autotask.post("Contracts/query", json!({ "filter": filter })).await.ids();
    assert_eq!(contracts, [29_684_183]);
    let services = autotask.find("ContractServices", "contractID", "eq", json!(29_684_183)).await.items();
    assert_eq!((&services[0]["id"], &services[0]["serviceID"]), (&json!(456), &json!(12)));
    assert!(services[0].get("units").is_none(), "the quantity is elsewhere");
    assert!(rows(&autotask, 456).await.len() >= 12);
    assert_eq!(autotask.sim.units_today(456), Some(25));
}

#[tokio::test]
async fn an_adjustment_is_a_delta_from_its_day_on() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    let body = json!({ "contractID": 29_684_183, "serviceID": 12, "unitChange": 5, "effectiveDate": start });
    assert_eq!(adjust(&autotask, body.clone()).await.id(), 6001);
    for (first, units) in rows(&autotask, 456).await {
        assert_eq!(units, if first >= start { 30 } else { 25 }, "{first}");
    }
    let path = "Contracts/29684183/ServiceAdjustments";
    autotask
        .post(path, json!({ "contractServiceID": 456, "unitChange": 5, "effectiveDate": start }))
        .await
        .id();
    assert_eq!(rows(&autotask, 456).await.last().unwrap().1, 35, "again is more, not the same");
    adjust(&autotask, json!({ "contractServiceID": 456, "unitChange": -10, "effectiveDate": start }))
        .await
        .id();
    assert!(rows(&autotask, 456).await.iter().all(|row| row.1 == 25));
}

#[tokio::test]
async fn an_adjustment_within_a_period_cuts_it_in_two() {
    let autotask = autotask().await;
    let before = rows(&autotask, 456).await.len();
    let today =
        autotask.sim.ticket(autotask.ticket(json!({})).await.id()).unwrap().text("createDate").unwrap()[..10]
            .to_owned();
    let periods = rows(&autotask, 456).await;
    let begins_today = periods.iter().any(|(start, _)| start.starts_with(&today));
    adjust(&autotask, json!({ "contractServiceID": 456, "unitChange": 3, "effectiveDate": today }))
        .await
        .id();
    assert_eq!(rows(&autotask, 456).await.len(), before + usize::from(!begins_today));
    assert_eq!(autotask.sim.units_today(456), Some(28));
}

#[tokio::test]
async fn a_service_that_the_contract_lacks_is_added_to_it() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    let body = json!({ "contractID": 29_684_184, "serviceID": 13, "unitChange": 4, "effectiveDate": start });
    adjust(&autotask, body.clone()).await.id();
    let held = autotask.find("ContractServices", "contractID", "eq", json!(29_684_184)).await.items();
    assert_eq!((held.len(), &held[1]["serviceID"]), (2, &json!(13)));
    assert_eq!(rows(&autotask, held[1]["id"].as_i64().unwrap()).await.last().unwrap().1, 4);
    let mut again = body;
    again["allowRepeatService"] = json!(true);
    adjust(&autotask, again).await.id();
    assert_eq!(autotask.find("ContractServices", "contractID", "eq", json!(29_684_184)).await.ids().len(), 3);
    let made = autotask
        .post("Contracts/29684183/Services", json!({ "serviceID": 13, "contractID": 29_684_183 }))
        .await
        .id();
    assert_eq!(autotask.sim.units_today(made), Some(0));
}

#[tokio::test]
async fn adjustments_are_refused_and_never_read_again() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    for (body, words) in [
        (json!({ "contractServiceID": 456, "unitChange": 1 }), "required field effectiveDate"),
        (json!({ "contractServiceID": 456, "effectiveDate": start }), "required field unitChange"),
        (json!({ "serviceID": 12, "unitChange": 1, "effectiveDate": start }), "required field contractID"),
        (json!({ "contractServiceID": 1, "unitChange": 1, "effectiveDate": start }), "contractServiceID"),
        (
            json!({ "contractID": 29_684_185, "serviceID": 12, "unitChange": 1, "effectiveDate": start }),
            "contractID",
        ),
        (
            json!({ "contractID": 29_684_183, "serviceID": 14, "unitChange": 1, "effectiveDate": start }),
            "serviceID",
        ),
        (
            json!({ "contractServiceID": 456, "unitChange": 1, "effectiveDate": "2050-01-01" }),
            "between the startDate and the endDate",
        ),
        (json!({ "contractServiceID": 456, "unitChange": -26, "effectiveDate": start }), "below"),
    ] {
        let error = adjust(&autotask, body.clone()).await.error();
        assert!(error.contains(words), "{body}: {error}");
    }
    assert!(rows(&autotask, 456).await.iter().all(|row| row.1 == 25));
    assert_eq!(autotask.get("ContractServiceAdjustments/6001").await.status, 404);
    let deleted = answer(autotask.request(Method::DELETE, "ContractServiceAdjustments")).await.unwrap();
    assert_eq!(deleted.status, 405);
    let info = autotask.get("ContractServiceAdjustments/entityInformation").await.json()["info"].clone();
    assert_eq!((&info["canCreate"], &info["canQuery"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn zero_units_and_posted_periods_may_be_refused() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    let to_zero = json!({ "contractServiceID": 456, "unitChange": -25, "effectiveDate": start });
    autotask.sim.configure(|switches| switches.units_may_be_zero = false);
    assert!(adjust(&autotask, to_zero.clone()).await.error().contains("below"));
    autotask.sim.configure(|switches| switches.units_may_be_zero = true);
    adjust(&autotask, to_zero).await.id();
    autotask.sim.edit_tenant(|tenant| {
        for row in &mut tenant.contract_services.get_mut(&456).unwrap().units {
            row.posted = true;
        }
    });
    let posted = json!({ "contractServiceID": 456, "unitChange": 1, "effectiveDate": start });
    assert!(adjust(&autotask, posted).await.error().contains("posted"));
}

#[tokio::test]
async fn contracts_out_of_reach_look_as_if_there_were_none() {
    let autotask = autotask().await;
    let restricted = EntityRights { query: Right::Restricted, ..EntityRights::default() };
    autotask.sim.edit_tenant(|tenant| tenant.api_users[0].set_rights(Entity::Contracts, restricted));
    assert_eq!(autotask.find("Contracts", "id", "gte", json!(0)).await.ids(), Vec::<i64>::new());
}
