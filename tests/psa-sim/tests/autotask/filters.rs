//! What a filter takes, what it matches, and what the indices behind it must not change.

use psa_sim::autotask::TextForNumber;
use psa_sim::{FaultKind, FaultRule, FaultTiming};
use serde_json::{Value, json};

use crate::client::{Autotask, autotask};

async fn found(autotask: &Autotask, entity: &str, filter: Value) -> Vec<i64> {
    autotask.post(&format!("{entity}/query"), json!({ "MaxRecords": 500, "filter": filter })).await.ids()
}

async fn refused(autotask: &Autotask, entity: &str, filter: Value) -> String {
    autotask.post(&format!("{entity}/query"), json!({ "filter": filter })).await.error()
}

#[tokio::test]
async fn five_hundred_alternatives_are_taken_and_one_more_is_not() {
    let autotask = autotask().await;
    let test = |id: usize| json!({ "op": "eq", "field": "id", "value": id });
    let any = |count: usize| json!({ "op": "or", "items": (170..170 + count).map(test).collect::<Vec<_>>() });
    let within =
        |count: usize| json!({ "op": "in", "field": "id", "value": (170..170 + count).collect::<Vec<_>>() });
    for taken in [json!([any(500)]), json!([within(500)]), json!([any(200), within(300)])] {
        assert_eq!(found(&autotask, "Companies", taken).await, [174, 175, 176, 177, 178, 179]);
    }
    for much in [
        json!([any(501)]),
        json!([within(501)]),
        json!([any(200), within(301)]),
        json!([within(300), within(201)]),
    ] {
        assert!(refused(&autotask, "Companies", much).await.contains("500 or fewer 'OR' conditions"));
    }
    let all = json!([{ "op": "and", "items": (0..501).map(|_| test(174)).collect::<Vec<_>>() }]);
    assert_eq!(found(&autotask, "Companies", all).await, [174], "what must all hold is no alternative");
}

#[tokio::test]
async fn empty_groups_are_dropped_and_what_is_no_condition_is_refused() {
    let autotask = autotask().await;
    for op in ["or", "AND"] {
        for items in [json!({ "op": op, "items": [] }), json!({ "op": op })] {
            assert_eq!(found(&autotask, "Companies", json!([items])).await.len(), 7, "{items}");
        }
    }
    assert!(refused(&autotask, "Companies", json!(["id"])).await.contains("A filter is an object"));
    for op in ["in", "notIn"] {
        let scalar = json!([{ "op": op, "field": "id", "value": 174 }]);
        assert!(refused(&autotask, "Companies", scalar).await.contains("has to be an array"), "{op}");
    }
}

#[tokio::test]
async fn nothing_equals_nothing_and_what_is_not_set_is_only_found_as_such() {
    let autotask = autotask().await;
    let all = vec![0, 174, 175, 176, 177, 178, 179];
    for (filter, expected) in [
        (json!({ "op": "eq", "field": "id", "value": null }), vec![]),
        (json!({ "op": "eq", "field": "id" }), vec![]),
        (json!({ "op": "noteq", "field": "id" }), all.clone()),
        (json!({ "op": "noteq", "field": "parentCompanyID", "value": 174 }), vec![176]),
        (json!({ "op": "notIn", "field": "parentCompanyID", "value": [174] }), vec![176]),
        (json!({ "op": "exist", "field": "id" }), all),
        (json!({ "op": "notExist", "field": "id" }), vec![]),
        (json!({ "op": "contains", "field": "companyName" }), vec![]),
        (json!({ "op": "contains", "field": "id", "value": 17 }), vec![]),
        (json!({ "op": "beginsWith", "field": "companyName", "value": "sons" }), vec![]),
        (json!({ "op": "endsWith", "field": "companyName", "value": "acme" }), vec![]),
    ] {
        assert_eq!(found(&autotask, "Companies", json!([filter])).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn numbers_texts_and_times_are_compared_as_what_they_are() {
    let autotask = autotask().await;
    for (entity, filter, expected) in [
        ("Services", json!({ "op": "gt", "field": "unitPrice", "value": 2 }), vec![12]),
        ("Services", json!({ "op": "eq", "field": "unitPrice", "value": 3.75 }), vec![12]),
        ("Services", json!({ "op": "lte", "field": "unitPrice", "value": 2.0 }), vec![13, 14]),
        ("Services", json!({ "op": "gt", "field": "name", "value": "BACKUP - M365 SEATS" }), vec![13, 14]),
        ("Companies", json!({ "op": "eq", "field": "companyName", "value": 174 }), vec![]),
        (
            "Companies",
            json!({ "op": "gt", "field": "isActive", "value": false }),
            vec![0, 174, 175, 176, 177, 179],
        ),
    ] {
        assert_eq!(found(&autotask, entity, json!([filter])).await, expected, "{filter}");
    }
    let id = autotask.ticket(json!({ "externalID": "7" })).await.id();
    let number = json!([{ "op": "eq", "field": "externalID", "value": 7 }]);
    assert_eq!(found(&autotask, "Tickets", number).await, [id], "a number for a text");
    autotask.sim.configure(|switches| switches.text_for_number = TextForNumber::Error);
    assert!(
        refused(&autotask, "Companies", json!([{ "op": "eq", "field": "id", "value": "1.5" }]))
            .await
            .contains("'1.5'")
    );
}

#[tokio::test]
async fn user_defined_fields_are_of_tickets_and_one_at_a_time() {
    let autotask = autotask().await;
    let udf = json!([{ "name": "Alert ID", "value": "a-1" }]);
    let id = autotask.ticket(json!({ "userDefinedFields": udf })).await.id();
    let other = autotask.ticket(json!({})).await.id();
    let test =
        |op: &str, value: Value| json!([{ "op": op, "field": "ALERT ID", "udf": true, "value": value }]);
    assert_eq!(found(&autotask, "Tickets", test("beginsWith", json!("A-"))).await, [id]);
    assert_eq!(found(&autotask, "Tickets", test("exist", json!(null))).await, [id]);
    assert_eq!(found(&autotask, "Tickets", test("notExist", json!(null))).await, [other]);
    assert!(
        refused(&autotask, "Companies", test("eq", json!("a-1")))
            .await
            .contains("Unable to find ALERT ID in the Company")
    );
    let unmarked = json!([{ "op": "eq", "field": "Alert ID", "value": "a-1" }]);
    assert!(refused(&autotask, "Tickets", unmarked).await.contains("Unable to find Alert ID"));
    let include =
        json!({ "IncludeFields": ["id", "alert id", "Alert ID"], "filter": test("exist", json!(null)) });
    assert!(autotask.post("Tickets/query", include).await.error().contains("Unable to find alert id"));
    let include = json!({ "IncludeFields": ["id", "Alert ID"], "filter": test("exist", json!(null)) });
    let items = autotask.post("Tickets/query", include).await.items();
    assert_eq!(items, [json!({ "id": id, "userDefinedFields": [{ "name": "Alert ID", "value": "a-1" }] })]);
    let whole = autotask.read(id).await;
    assert_eq!(whole["userDefinedFields"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_index_finds_what_a_look_at_every_ticket_finds() {
    let autotask = autotask().await;
    autotask.sim.configure(|switches| switches.clock_offset_seconds = -7200);
    let one = autotask.ticket(json!({ "externalID": "x" })).await.id();
    autotask.sim.configure(|switches| switches.clock_offset_seconds = 0);
    let two = autotask.ticket(json!({ "externalID": "X", "companyID": 175 })).await.id();
    let three = autotask.ticket(json!({ "externalID": "y" })).await.id();
    let gone = autotask.ticket(json!({ "externalID": "x" })).await.id();
    assert!(autotask.sim.delete_ticket(gone));
    let (early, late) =
        (autotask.read(one).await["createDate"].clone(), autotask.read(three).await["createDate"].clone());
    let is = |field: &str, op: &str, value: Value| json!({ "op": op, "field": field, "value": value });
    let company = is("companyID", "eq", json!(174));
    for (filter, expected) in [
        (json!([is("id", "in", json!([three, one, one, gone]))]), vec![one, three]),
        (json!([is("id", "noteq", json!(one))]), vec![two, three]),
        (json!([is("id", "notIn", json!([one, two]))]), vec![three]),
        (json!([is("id", "eq", json!(one)), is("companyID", "eq", json!(175))]), vec![]),
        (json!([is("externalID", "eq", json!("x"))]), vec![one, two]),
        (json!([is("externalID", "in", json!(["y", "x", "X"]))]), vec![one, two, three]),
        (json!([is("externalID", "noteq", json!("x"))]), vec![three]),
        (json!([is("externalID", "beginsWith", json!("x"))]), vec![one, two]),
        (json!([company]), vec![one, three]),
        (json!([is("companyID", "noteq", json!(174))]), vec![two]),
        (json!([company, is("createDate", "gt", early.clone())]), vec![three]),
        (json!([company, is("createDate", "gte", early.clone())]), vec![one, three]),
        (json!([company, is("createDate", "lt", late.clone())]), vec![one]),
        (json!([company, is("createDate", "lte", late.clone())]), vec![one, three]),
        (json!([company, is("createDate", "eq", early)]), vec![one]),
        (json!([company, is("createDate", "noteq", late)]), vec![one]),
        (
            json!([{ "op": "or", "items": [is("id", "eq", json!(one)), is("externalID", "eq", json!("y"))] }]),
            vec![one, three],
        ),
        (json!([{ "op": "and", "items": [company, is("externalID", "eq", json!("y"))] }]), vec![three]),
        (json!([is("id", "gte", json!(0))]), vec![one, two, three]),
    ] {
        assert_eq!(found(&autotask, "Tickets", filter.clone()).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_note_is_found_under_its_ticket_alone_and_as_long_as_that_is_there() {
    let autotask = autotask().await;
    let (one, two) =
        (autotask.ticket(json!({})).await.id(), autotask.ticket(json!({ "companyID": 175 })).await.id());
    let note = json!({ "title": "x", "description": "x", "noteType": 1, "publish": 2 });
    let first = autotask.post(&format!("Tickets/{one}/Notes"), note.clone()).await.id();
    let second = autotask.post(&format!("Tickets/{two}/Notes"), note.clone()).await.id();
    autotask.sim.set_fault_timing(FaultTiming { late_visibility_ms: 3_600_000, ..FaultTiming::default() });
    autotask.sim.add_fault(FaultRule::next(FaultKind::LateVisibility, 1).at("POST", "tickets/notes"));
    let late = autotask.post(&format!("Tickets/{one}/Notes"), note).await.id();
    let all = json!([{ "op": "gte", "field": "id", "value": 0 }]);
    assert_eq!(found(&autotask, "TicketNotes", all.clone()).await, [first, second]);
    assert_eq!(autotask.get(&format!("Tickets/{one}/Notes")).await.ids(), [first], "{late} is not shown yet");
    assert_eq!(autotask.get(&format!("Tickets/{one}/Notes/{first}")).await.json()["item"]["id"], first);
    assert_eq!(autotask.get(&format!("Tickets/{two}/Notes/{first}")).await.status, 404);
    assert_eq!(autotask.get(&format!("Tickets/{two}/Notes/404")).await.json(), json!({ "item": null }));
    assert!(autotask.sim.delete_ticket(one));
    assert_eq!(found(&autotask, "TicketNotes", all).await, [second]);
    assert_eq!(autotask.get(&format!("Tickets/{one}/Notes")).await.ids(), [0; 0]);
}
