//! What adjustments of units may change, from which day on, and what they leave alone.

use jiff::{Span, civil::Date};
use psa_sim::{FaultKind, FaultRule};
use serde_json::{Value, json};

use crate::client::autotask;
use crate::contracts::{adjust, next_period, rows};

#[tokio::test]
async fn an_adjustment_counts_from_the_contracts_first_day_to_its_last() {
    let autotask = autotask().await;
    let contract = autotask.get("Contracts/29684183").await.json()["item"].clone();
    let [start, end] = ["startDate", "endDate"].map(|name| contract[name].as_str().unwrap()[..10].to_owned());
    let day = |date: &str, days: i64| (date.parse::<Date>().unwrap() + Span::new().days(days)).to_string();
    let change = async |from: String| {
        adjust(&autotask, json!({ "contractServiceID": 456, "unitChange": 1, "effectiveDate": from })).await
    };
    for outside in [day(&start, -1), day(&end, 1)] {
        assert!(change(outside).await.error().contains("between the startDate and the endDate"));
    }
    change(end.clone()).await.id();
    let units: Vec<i64> = rows(&autotask, 456).await.into_iter().map(|(_, units)| units).collect();
    assert_eq!((units.first(), units.last()), (Some(&25), Some(&26)), "the last day alone");
    change(start.clone()).await.id();
    let after = rows(&autotask, 456).await;
    assert!(after[0].0.starts_with(&start), "{after:?}");
    assert_eq!(
        after.iter().map(|(_, units)| *units).collect::<Vec<_>>(),
        units.iter().map(|units| units + 1).collect::<Vec<_>>()
    );
    let ids = autotask.find("ContractServiceUnits", "id", "gte", json!(0)).await.ids();
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len(), "each row its own id");
}

#[tokio::test]
async fn units_may_go_down_to_the_least_and_no_further() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    for (may_be_zero, least) in [(true, 0), (false, 1)] {
        autotask.sim.configure(|switches| switches.units_may_be_zero = may_be_zero);
        let held =
            |change: i64| json!({ "contractServiceID": 457, "unitChange": change, "effectiveDate": start });
        assert!(adjust(&autotask, held(least - 40 - 1)).await.error().contains("below"), "{least}");
        adjust(&autotask, held(least - 40)).await.id();
        adjust(&autotask, held(40 - least)).await.id();
        let new = |change: i64| json!({ "contractID": 29_684_184, "serviceID": 13, "allowRepeatService": true, "unitChange": change, "effectiveDate": start });
        assert!(adjust(&autotask, new(least - 1)).await.error().contains("below"), "{least}");
        adjust(&autotask, new(least)).await.id();
    }
    adjust(&autotask, json!({ "contractServiceID": 457, "unitChange": -1, "effectiveDate": start }))
        .await
        .id();
    let units: Vec<i64> = rows(&autotask, 457).await.into_iter().map(|(_, units)| units).collect();
    assert_eq!((units.first(), units.last()), (Some(&40), Some(&39)));
}

#[tokio::test]
async fn a_period_that_was_posted_is_closed_and_later_ones_are_not() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    let before = rows(&autotask, 456).await;
    let earlier = before.iter().position(|(first, _)| *first == start).unwrap();
    autotask.sim.edit_tenant(|tenant| {
        for row in &mut tenant.contract_services.get_mut(&456).unwrap().units[..earlier] {
            row.posted = true;
        }
    });
    let change = |from: &str| json!({ "contractServiceID": 456, "unitChange": 1, "effectiveDate": from });
    let (last_posted, _) = &before[earlier - 1];
    assert!(adjust(&autotask, change(last_posted)).await.error().contains("posted"));
    adjust(&autotask, change(&start)).await.id();
    let changed: Vec<i64> = rows(&autotask, 456).await.into_iter().map(|(_, units)| units).collect();
    assert!(
        changed[..earlier].iter().all(|units| *units == 25)
            && changed[earlier..].iter().all(|units| *units == 26)
    );
}

#[tokio::test]
async fn an_adjustment_names_a_service_of_a_running_recurring_contract() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    let with = |members: Value| {
        let mut body = json!({ "unitChange": 1, "effectiveDate": start });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    for (members, words) in [
        (json!({ "contractServiceID": 456, "contractID": 29_684_184 }), "contractServiceID"),
        (json!({ "contractID": 29_684_186, "serviceID": 12 }), "contractID"),
        (json!({ "contractID": 29_684_185, "serviceID": 12 }), "contractID"),
        (json!({ "contractID": 7, "serviceID": 12 }), "contractID"),
        (json!({ "contractID": 29_684_183 }), "required field serviceID"),
        (json!({ "contractID": 29_684_183, "serviceID": 7 }), "serviceID"),
    ] {
        let error = adjust(&autotask, with(members.clone())).await.error();
        assert!(error.contains(words), "{members}: {error}");
    }
    adjust(&autotask, with(json!({ "contractServiceID": 456, "contractID": 29_684_183 }))).await.id();
    let path = |contract: i64| format!("Contracts/{contract}/ServiceAdjustments");
    let elsewhere = autotask.post(&path(29_684_184), with(json!({ "contractServiceID": 456 }))).await;
    assert!(elsewhere.error().contains("contractServiceID"), "the path says which contract");
    autotask.post(&path(29_684_184), with(json!({ "serviceID": 12 }))).await.id();
    let last = async |id: i64| rows(&autotask, id).await.last().unwrap().1;
    assert_eq!(
        (last(456).await, last(457).await, last(458).await),
        (26, 40, 81),
        "each service its own units"
    );
    let services = autotask.find("ContractServices", "id", "gte", json!(0)).await.ids();
    assert_eq!(services, [456, 457, 458], "none was added");
}

#[tokio::test]
async fn a_service_comes_into_a_contract_at_its_price_or_the_usual_one() {
    let autotask = autotask().await;
    let path = "Contracts/29684184/Services";
    for (contract, body, words) in [
        (7, json!({ "serviceID": 12, "contractID": 7 }), "contractID"),
        (29_684_184, json!({ "serviceID": 14, "contractID": 29_684_184 }), "serviceID"),
        (29_684_184, json!({ "serviceID": 7, "contractID": 29_684_184 }), "serviceID"),
        (29_684_184, json!({ "serviceID": "x", "contractID": 29_684_184 }), "serviceID"),
    ] {
        let error = autotask.post(&format!("Contracts/{contract}/Services"), body.clone()).await.error();
        assert!(error.contains(words), "{body}: {error}");
    }
    for (price, expected) in [(json!({ "unitPrice": 1.25 }), 1.25), (json!({}), 2.0)] {
        let mut body = json!({ "serviceID": 13, "contractID": 29_684_184 });
        body.as_object_mut().unwrap().extend(price.as_object().unwrap().clone());
        let id = autotask.post(path, body).await.id();
        let made = autotask.get(&format!("ContractServices/{id}")).await.json()["item"].clone();
        assert_eq!((&made["unitPrice"], &made["serviceID"]), (&json!(expected), &json!(13)));
        assert!(rows(&autotask, id).await.iter().all(|(_, units)| *units == 0));
    }
}

#[tokio::test]
async fn units_are_those_of_the_day_within_the_contract() {
    let autotask = autotask().await;
    let rows = autotask.find("ContractServiceUnits", "contractServiceID", "eq", json!(456)).await.items();
    let contract = autotask.get("Contracts/29684183").await.json()["item"].clone();
    let day = |value: &Value| value.as_str().unwrap()[..10].parse::<Date>().unwrap();
    assert_eq!(day(&rows[0]["startDate"]), day(&contract["startDate"]));
    assert_eq!(day(&rows.last().unwrap()["endDate"]), day(&contract["endDate"]));
    for pair in rows.windows(2) {
        let next = day(&pair[0]["endDate"]).tomorrow().unwrap();
        assert_eq!(next, day(&pair[1]["startDate"]), "a period begins where the one before ended");
    }
    let tenant = autotask.sim.tenant();
    let noon = |date: Date| date.at(12, 0, 0, 0).in_tz("UTC").unwrap().timestamp().as_millisecond();
    let [first, last] = [&contract["startDate"], &contract["endDate"]].map(day);
    for (date, expected) in [
        (first.yesterday().unwrap(), None),
        (first, Some(25)),
        (last, Some(25)),
        (last.tomorrow().unwrap(), None),
    ] {
        assert_eq!(tenant.units_on(456, noon(date)), expected, "{date}");
    }
    assert_eq!(tenant.units_on(7, noon(first)), None);
}

#[tokio::test]
async fn an_adjustment_can_show_late_and_is_made_all_the_same() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    let rule = FaultRule::next(FaultKind::LateVisibility, 1);
    autotask.sim.add_fault(rule.at("POST", "contractserviceadjustments"));
    let body = json!({ "contractServiceID": 456, "unitChange": 3, "effectiveDate": start });
    adjust(&autotask, body).await.id();
    let last = async || rows(&autotask, 456).await.last().unwrap().1;
    assert_eq!(last().await, 25);
    let made: Vec<_> =
        autotask.sim.adjustments().iter().map(|one| (one.contract_service, one.change)).collect();
    assert_eq!(made, [(456, 3)]);
    autotask.wait_until("it shows", async || last().await == 28).await;
    autotask.sim.reset();
    assert!(autotask.sim.adjustments().is_empty());
}

#[tokio::test]
async fn a_person_can_adjust_just_before_the_api() {
    let autotask = autotask().await;
    let start = next_period(&autotask).await;
    autotask.sim.adjust_before_next(456, -4);
    let body = json!({ "contractServiceID": 456, "unitChange": 3, "effectiveDate": start });
    for expected in [24, 27] {
        adjust(&autotask, body.clone()).await.id();
        assert_eq!(rows(&autotask, 456).await.last().unwrap().1, expected);
    }
    let day = autotask.sim.adjustments()[0].from;
    assert!(autotask.sim.set_units(456, day, 50) && !autotask.sim.set_units(7, day, 50));
    assert_eq!(rows(&autotask, 456).await.last().unwrap().1, 50);
    assert_eq!(autotask.sim.adjustments().len(), 2, "those of the API alone");
}
