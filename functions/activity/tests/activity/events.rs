//! What became of events.

use crate::bridge::Bridge;
use jiff::SignedDuration;
use psa_bridge_core::{
    catalogue::Language,
    connection::ConnectionChange,
    delivery::{Change, Counts},
    ports::{EventStore, RegistryStore},
    reason::Reason,
};
use psa_bridge_rig::{ACME, id};
use psa_connector::TicketId;
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|it| it["source_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_ticket_is_shown_with_its_address_and_its_story() {
    let (bridge, connection) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    bridge.work(&connection, Change::TicketCreated(TicketId::new("4711"))).await;
    let shown = bridge.get(ACME, &format!("/v1/events/{event}")).await.ok();
    let delivery = &shown["deliveries"][0];
    assert_eq!(delivery["state"], "done");
    assert_eq!(delivery["reason"]["code"], "ticket_created");
    assert_eq!(delivery["ticket"], json!({ "id": "4711", "url": "https://psa.example/ticket?id=4711" }));
    assert_eq!((&delivery["attempts"], &delivery["hold"]), (&json!(1), &json!(null)));
    let story: Vec<&Value> =
        delivery["timeline"].as_array().unwrap().iter().map(|line| &line["what"]).collect();
    assert_eq!(story, ["accepted", "attempt_started", "ticket_created"]);
    assert_eq!(shown["title"], "E-mail backup failed");
    assert_eq!(
        (&shown["description"], &shown["account"]),
        (&json!("It broke."), &json!("jo@contoso.example"))
    );
    assert!(shown["explanation"]["advice"].as_array().is_some_and(|advice| !advice.is_empty()));
    let listed = bridge.get(ACME, "/v1/events").await.ok();
    assert_eq!(listed["items"][0]["deliveries"][0]["ticket"]["id"], "4711");
    assert_eq!(listed["items"][0]["deliveries"][0]["timeline"], json!([]));
}

#[tokio::test]
async fn an_event_is_shown_without_the_tickets_address_where_the_credentials_are_gone() {
    let (bridge, connection) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    bridge.work(&connection, Change::TicketCreated(TicketId::new("4711"))).await;
    bridge.psa.with(|books| books.has_no_credentials = true);
    let shown = bridge.get(ACME, &format!("/v1/events/{event}")).await.ok();
    assert_eq!(shown["deliveries"][0]["ticket"], json!({ "id": "4711", "url": null }));
}

#[tokio::test]
async fn a_delivery_that_waits_tells_what_holds_it() {
    let (bridge, connection) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    let path = format!("/v1/events/{event}");
    let waiting = bridge.get(ACME, &path).await.ok()["deliveries"][0].clone();
    assert_eq!((&waiting["state"], &waiting["reason"]["code"]), (&json!("waiting"), &json!("waiting_turn")));
    bridge.change(ACME, &connection, ConnectionChange::Paused { by: "jo".into() }).await;
    let held = bridge.get(ACME, &path).await.ok()["deliveries"][0].clone();
    assert_eq!((&held["reason"]["code"], &held["hold"]["code"]), (&json!("paused"), &json!("paused")));
    assert!(held["due_at"].is_string());
}

#[tokio::test]
async fn a_finished_delivery_is_not_held_by_a_pause() {
    let (bridge, connection) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    bridge.work(&connection, Change::TicketCreated(TicketId::new("4711"))).await;
    bridge.change(ACME, &connection, ConnectionChange::Paused { by: "jo".into() }).await;
    let done = bridge.get(ACME, &format!("/v1/events/{event}")).await.ok()["deliveries"][0].clone();
    assert_eq!((&done["reason"]["code"], &done["hold"]), (&json!("ticket_created"), &json!(null)));
}

#[tokio::test]
async fn attempts_are_counted() {
    let (bridge, connection) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    for _ in 0..2 {
        let again =
            Change::TryAgain { due_at: bridge.now(), counts: Counts::Failure, detail: "HTTP 500".into() };
        bridge.work(&connection, again).await;
    }
    let shown = bridge.get(ACME, &format!("/v1/events/{event}")).await.ok();
    assert_eq!(shown["deliveries"][0]["attempts"], 2);
}

#[tokio::test]
async fn an_event_without_a_ticket_says_why() {
    let bridge = Bridge::new();
    bridge.register("org-1", "Bakery", &[ACME]).await;
    let event = bridge.accept("e1", "org-1").await;
    let shown = bridge.get(ACME, &format!("/v1/events/{event}")).await.ok();
    assert_eq!((&shown["unrouted"]["code"], &shown["deliveries"]), (&json!("no_connection"), &json!([])));
    assert!(shown["unrouted"]["text"].as_str().unwrap().starts_with("No PSA is connected"));
    bridge.live(ACME, "one", Language::En).await;
    bridge.clock.advance(SignedDuration::from_secs(1));
    bridge.accept("e2", "org-1").await;
    let listed = bridge.get(ACME, "/v1/events").await.ok();
    assert_eq!(listed["items"][0]["unrouted"]["code"], "unmapped");
}

#[tokio::test]
async fn an_event_names_its_organisation_as_registered() {
    let (bridge, _) = Bridge::mapped().await;
    let event = bridge.accept("1", "org-1").await;
    let seen = bridge.get(ACME, &format!("/v1/events/{event}")).await.ok();
    let registered = bridge.store.organization(&id("org-1")).await.unwrap().unwrap();
    assert!(registered.name.is_some());
    assert_eq!(seen["organization_name"].as_str(), registered.name.as_deref());
}

#[tokio::test]
async fn events_are_listed_latest_first_and_by_page() {
    let (bridge, _) = Bridge::mapped().await;
    for n in 0..5 {
        bridge.accept(&format!("e{n}"), "org-1").await;
        bridge.clock.advance(SignedDuration::from_secs(1));
    }
    let mut seen = Vec::new();
    let mut path = "/v1/events?limit=2".to_owned();
    loop {
        let page = bridge.get(ACME, &path).await.ok();
        seen.extend(ids(&page));
        match page["next"].as_str() {
            Some(cursor) => path = format!("/v1/events?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["e4", "e3", "e2", "e1", "e0"]);
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let (bridge, connection) = Bridge::mapped().await;
    bridge.register("org-2", "Bakery", &[ACME]).await;
    bridge.accept("ended", "org-1").await;
    bridge.work(&connection, Change::Ended { reason: Reason::PsaRefused, detail: None }).await;
    bridge.clock.advance(SignedDuration::from_hours(1));
    bridge.accept("done", "org-1").await;
    bridge.work(&connection, Change::TicketCreated(TicketId::new("1"))).await;
    bridge.clock.advance(SignedDuration::from_hours(1));
    bridge.accept("waiting", "org-1").await;
    bridge.accept("unrouted", "org-2").await;
    let cases = [
        ("organization=org-2", vec!["unrouted"]),
        ("connection=con_one&state=waiting", vec!["waiting"]),
        ("state=done", vec!["done"]),
        ("state=ended", vec!["ended"]),
        ("state=unrouted", vec!["unrouted"]),
        ("reason=psa_refused", vec!["ended"]),
        ("reason=unmapped", vec!["unrouted"]),
        ("until=2026-03-01T12:30:00Z", vec!["ended"]),
        ("since=2026-03-01T12:30:00Z&until=2026-03-01T13:30:00Z", vec!["done"]),
        ("connection=con_other", vec![]),
    ];
    for (query, found) in cases {
        assert_eq!(ids(&bridge.get(ACME, &format!("/v1/events?{query}")).await.ok()), found, "{query}");
    }
    for query in ["state=lost", "reason=bad_luck", "since=today", "connection=7", "organisation=org-1"] {
        let answer = bridge.get(ACME, &format!("/v1/events?{query}")).await;
        assert_eq!(answer.problem(), (400, "invalid_parameter"), "{query}");
        assert_eq!(answer.body["field"], query.split('=').next().unwrap());
    }
}

#[tokio::test]
async fn an_event_whose_chain_disagrees_with_the_registry_says_so_and_names_no_partner() {
    let (bridge, _) = Bridge::mapped().await;
    let mut event = crate::bridge::event("e1", "org-1", bridge.now());
    event.partners = Some(vec![id(ACME), id("somebody-else")]);
    bridge.store.accept(&event, bridge.now()).await.unwrap();
    let shown = bridge.get(ACME, &format!("/v1/events/{}", event.id)).await.ok();
    assert_eq!(shown["notice"]["code"], "chain_disagrees");
    assert!(!shown.to_string().contains("somebody-else"), "{shown}");
}
