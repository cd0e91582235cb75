//! How queries are asked, and how they go on from page to page.

use psa_sim::autotask::{Entity, EntityRights, Right};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Autotask, answer, as_user, autotask};

fn everything() -> Value {
    json!([{ "op": "gte", "field": "id", "value": 0 }])
}

async fn next(autotask: &Autotask, entity: &str, token: Value) -> Answer {
    let request = autotask.request(Method::POST, &format!("{entity}/query/next"));
    let request = request.query(&[("paging", token.to_string())]);
    answer(request.json(&json!({ "filter": everything() }))).await.unwrap()
}

#[tokio::test]
async fn queries_are_asked_by_get_and_post_at_three_places() {
    let autotask = autotask().await;
    for (method, path, status) in [
        (Method::PATCH, "Companies/query", 405),
        (Method::DELETE, "Companies/query/count", 405),
        (Method::POST, "Companies/query/all", 404),
        (Method::POST, "Companies/query/count/all", 404),
        (Method::GET, "Companies/query/next", 405),
        (Method::POST, "Companies/174", 405),
    ] {
        let request = autotask.request(method.clone(), path).json(&json!({ "filter": everything() }));
        assert_eq!(answer(request).await.unwrap().status, status, "{method} {path}");
    }
    let search = async |text: &str| {
        answer(autotask.request(Method::GET, "Companies/query").query(&[("search", text)])).await.unwrap()
    };
    assert!(autotask.get("Companies/query").await.error().contains("Parameter name: filters"));
    for text in ["[]", "{"] {
        assert!(search(text).await.error().contains("Unexpected character"), "{text}");
    }
    assert_eq!(search(&json!({ "filter": everything() }).to_string()).await.ids().len(), 7);
    let counted = autotask.request(Method::GET, "Companies/query/count");
    let counted = counted.query(&[("search", json!({ "filter": everything() }).to_string())]);
    assert_eq!(answer(counted).await.unwrap().json(), json!({ "queryCount": 7 }));
}

#[tokio::test]
async fn a_page_goes_on_after_the_last_id_of_the_one_before() {
    let autotask = autotask().await;
    let after = |size: i64, id: i64| json!({ "pageSize": size, "previousIds": [-1], "nextIds": [id] });
    for (token, expected) in [
        (after(2, 174), vec![175, 176]),
        (after(0, 174), vec![175]),
        (after(9999, 176), vec![177, 178, 179]),
        (after(5, 179), vec![]),
    ] {
        let page = next(&autotask, "Companies", token.clone()).await;
        assert_eq!(page.ids(), expected, "{token}");
        let size = token["pageSize"].as_i64().unwrap().clamp(1, 500);
        assert_eq!(page.json()["pageDetails"]["requestCount"], size, "{token}");
    }
    for token in [json!({}), json!({ "pageSize": 2 }), json!({ "nextIds": [174] }), json!("x")] {
        assert_eq!(next(&autotask, "Companies", token.clone()).await.status, 404, "{token}");
    }
    let bare = autotask.post("Companies/query/next", json!({ "filter": everything() })).await;
    assert_eq!(bare.status, 404);
    let first = json!({ "MaxRecords": 2, "filter": everything() });
    for (page, token) in [
        (autotask.post("Companies/query", first).await, after(2, 174)),
        (
            next(&autotask, "Companies", after(2, 174)).await,
            json!({ "pageSize": 2, "previousIds": [174], "nextIds": [176] }),
        ),
    ] {
        let page = page.json();
        let url = reqwest::Url::parse(page["pageDetails"]["nextPageUrl"].as_str().unwrap()).unwrap();
        let paging = url.query_pairs().find(|(name, _)| name == "paging").unwrap().1.into_owned();
        assert_eq!(serde_json::from_str::<Value>(&paging).unwrap(), token);
        assert!(!url.as_str().contains("search="), "a post repeats its filter itself");
    }
}

#[tokio::test]
async fn every_kind_of_record_is_read_page_by_page_to_its_end() {
    let autotask = autotask().await;
    let mut tickets = Vec::new();
    let mut notes = Vec::new();
    for _ in 0..3 {
        let id = autotask.ticket(json!({ "externalID": "same" })).await.id();
        let note = json!({ "title": "x", "description": "x", "noteType": 1, "publish": 2 });
        notes.push(autotask.post(&format!("Tickets/{id}/Notes"), note).await.id());
        tickets.push(id);
    }
    let is = |field: &str, op: &str, value: Value| json!([{ "op": op, "field": field, "value": value }]);
    for (entity, filter, expected) in [
        ("Tickets", everything(), &tickets),
        ("Tickets", is("id", "in", json!(tickets)), &tickets),
        ("Tickets", is("externalID", "eq", json!("same")), &tickets),
        ("Tickets", is("companyID", "eq", json!(174)), &tickets),
        ("TicketNotes", everything(), &notes),
        ("Services", everything(), &vec![12, 13, 14]),
    ] {
        let body = json!({ "MaxRecords": 1, "filter": filter });
        let mut page = autotask.post(&format!("{entity}/query"), body.clone()).await;
        let mut read = page.ids();
        while let Some(url) = page.json()["pageDetails"]["nextPageUrl"].as_str() {
            page = answer(as_user(autotask.http.post(url)).json(&body)).await.unwrap();
            read.extend(page.ids());
            assert!(read.len() <= expected.len(), "{entity} {filter}: {read:?}");
        }
        assert_eq!(read, *expected, "{entity} {filter}");
    }
}

#[tokio::test]
async fn sizes_and_fields_are_taken_as_they_are_given() {
    let autotask = autotask().await;
    let page = async |members: Value| {
        let mut body = json!({ "filter": everything() });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        autotask.post("Companies/query", body).await
    };
    for (size, count) in [(json!(null), 7), (json!(1), 1), (json!(500), 7)] {
        assert_eq!(page(json!({ "MaxRecords": size })).await.ids().len(), count, "{size}");
    }
    for size in [json!(0), json!(-1), json!("2"), json!(1.5)] {
        assert!(page(json!({ "MaxRecords": size })).await.error().contains("between 1 and 500"), "{size}");
    }
    for fields in [json!([]), json!(null)] {
        let items = page(json!({ "IncludeFields": fields })).await.items();
        assert!(items[0].as_object().unwrap().len() > 10, "{fields}: all of them");
    }
    let named = page(json!({ "IncludeFields": ["companyName"], "MaxRecords": 7 })).await.items();
    assert_eq!(named[1], json!({ "companyName": "Acme & Sons", "userDefinedFields": [] }));
    assert!(page(json!({ "IncludeFields": ["companyName"], "MaxRecords": 6 })).await.error().contains("id"));
}

#[tokio::test]
async fn a_restricted_right_reaches_to_its_companies() {
    let autotask = autotask().await;
    let (seen, hidden) =
        (autotask.ticket(json!({})).await.id(), autotask.ticket(json!({ "companyID": 175 })).await.id());
    let note = json!({ "title": "x", "description": "x", "noteType": 1, "publish": 2 });
    let ours = autotask.post(&format!("Tickets/{seen}/Notes"), note.clone()).await.id();
    let theirs = autotask.post(&format!("Tickets/{hidden}/Notes"), note).await.id();
    let right = |query: Right| EntityRights { query, ..EntityRights::default() };
    autotask.sim.edit_tenant(|tenant| {
        let user = &mut tenant.api_users[0];
        user.restricted_to = vec![174];
        for entity in [Entity::Tickets, Entity::TicketNotes, Entity::Companies, Entity::Services] {
            user.set_rights(entity, right(Right::Restricted));
        }
    });
    let all = async |entity: &str| {
        autotask.post(&format!("{entity}/query"), json!({ "filter": everything() })).await.ids()
    };
    assert_eq!(all("Tickets").await, [seen]);
    assert_eq!(all("TicketNotes").await, [ours]);
    assert_eq!(all("Companies").await, [174]);
    assert_eq!(all("Services").await, [0; 0], "belongs to no company");
    let one = async |path: String| autotask.get(&path).await.json()["item"]["id"].clone();
    assert_eq!(one(format!("Tickets/{seen}")).await, seen);
    assert_eq!(one(format!("Tickets/{hidden}")).await, json!(null));
    assert_eq!(one(format!("Tickets/{hidden}/Notes/{theirs}")).await, json!(null));
    assert_eq!(autotask.get(&format!("Tickets/{seen}/Notes")).await.ids(), [ours]);
    assert_eq!(autotask.get(&format!("Tickets/{hidden}/Notes")).await.ids(), [0; 0]);
    autotask.sim.edit_tenant(|tenant| tenant.api_users[0].set_rights(Entity::Tickets, right(Right::None)));
    for refused in [
        autotask.get(&format!("Tickets/{seen}")).await,
        autotask.post("Tickets/query", json!({ "filter": everything() })).await,
    ] {
        assert!(!refused.status.is_success(), "{refused:?}");
    }
}
