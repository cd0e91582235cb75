//! In which language reasons are told.

use crate::bridge::Bridge;
use jiff::SignedDuration;
use psa_bridge_core::{
    catalogue::{Language, explanation, reason_text},
    connection::ConnectionChange,
    delivery::{Change, Counts},
    reason::Reason,
};
use psa_bridge_rig::ACME;
use psa_connector::TicketId;
use serde_json::json;

#[tokio::test]
async fn reasons_are_told_in_the_language_asked_for_else_in_that_of_the_connection() {
    let bridge = Bridge::new();
    let connection = bridge.live(ACME, "one", Language::Fr).await;
    bridge.register("org-1", "Bakery", &[ACME]).await;
    bridge.map(ACME, &connection, "org-1", true).await;
    let event = bridge.accept("e1", "org-1").await;
    for (asked, told) in
        [(None, Language::Fr), (Some("de-AT, en;q=0.5"), Language::De), (Some("ja"), Language::Fr)]
    {
        for path in [format!("/v1/events/{event}"), "/v1/events".to_owned()] {
            let answer = match asked {
                Some(languages) => bridge.get_in(languages, ACME, &path).await.ok(),
                None => bridge.get(ACME, &path).await.ok(),
            };
            let shown = answer.get("items").map_or(&answer, |items| &items[0]);
            let text = reason_text("waiting_turn", told).unwrap();
            assert_eq!(shown["deliveries"][0]["reason"]["text"], text, "{asked:?} {path}");
            let title = explanation("backup.email.failed", told).unwrap().title;
            assert_eq!(shown["title"], title, "{asked:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_timeline_tells_in_words_what_happened_and_why_with_the_psas_words_and_the_ticket() {
    let (bridge, connection) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    let again =
        Change::TryAgain { due_at: bridge.now(), counts: Counts::Refusal, detail: "SLA is missing".into() };
    bridge.work(&connection, again).await;
    let refused = Change::Ended { reason: Reason::PsaRefused, detail: Some("SLA is missing".into()) };
    bridge.work(&connection, refused).await;
    bridge.retry(ACME, &event).await.ok();
    bridge.work(&connection, Change::TicketCreated(TicketId::new("4711"))).await;
    let shown = bridge.get_in("de", ACME, &format!("/v1/events/{event}")).await.ok();
    let timeline = shown["deliveries"][0]["timeline"].as_array().unwrap();
    let told: Vec<_> =
        timeline.iter().map(|line| (line["text"].as_str().unwrap(), &line["detail"])).collect();
    let asks = "PSA Bridge sendet seine Anfrage an das PSA.";
    let refusal = reason_text("psa_refused", Language::De).unwrap();
    assert_eq!(
        told,
        [
            ("Das Ereignis wurde für diese Verbindung angenommen.", &json!(null)),
            (asks, &json!(null)),
            (
                "Das PSA hat diesmal nicht getan, worum es gebeten wurde. PSA Bridge versucht es erneut.",
                &json!("SLA is missing")
            ),
            (asks, &json!(null)),
            (refusal.as_str(), &json!("SLA is missing")),
            ("user-7 hat das Ereignis erneut senden lassen.", &json!("user-7")),
            (asks, &json!(null)),
            ("Das PSA hat Ticket 4711 angelegt.", &json!("4711")),
        ]
    );
    let ticket = json!({ "id": "4711", "url": "https://psa.example/ticket?id=4711" });
    assert_eq!(timeline.last().unwrap()["ticket"], ticket);
    assert!(timeline[..7].iter().all(|line| line["ticket"].is_null()));
}

#[tokio::test]
async fn a_delivery_that_waits_its_turn_tells_whose_turn_it_is() {
    let (bridge, connection) = Bridge::mapped().await;
    let mut events = Vec::new();
    for number in 0..102 {
        events.push(bridge.accept(&format!("e{number}"), "org-1").await);
        bridge.clock.advance(SignedDuration::from_secs(1));
    }
    let turn = async |number: usize| {
        let shown = bridge.get(ACME, &format!("/v1/events/{}", events[number])).await.ok();
        shown["deliveries"][0]["waits_behind"].clone()
    };
    assert_eq!(turn(0).await, json!(null), "it is its turn");
    let third = turn(3).await;
    assert_eq!(
        (&third["count"], &third["is_all"], &third["next"]),
        (&json!(3), &json!(true), &json!(events[0]))
    );
    assert_eq!(
        third["text"],
        "Events of this connection that come first: 3. The next of them happened at 2026-03-01T12:00:00Z."
    );
    assert_eq!(turn(100).await["is_all"], true);
    let far = turn(101).await;
    assert_eq!((&far["count"], &far["is_all"]), (&json!(100), &json!(false)));
    bridge.change(ACME, &connection, ConnectionChange::Paused { by: "jo".into() }).await;
    assert_eq!(turn(3).await, json!(null), "what holds it is told in place of it");
}
