//! The ticket form, and choices that fit it or don't.

use crate::bridge::{Bridge, good_settings};
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use psa_bridge_core::{connection::ConnectionChange, ids::ConnectionId, ports::Actor, usecases::leg::Leg};
use serde_json::{Value, json};

fn path(id: &ConnectionId) -> String {
    format!("/v1/connections/{id}/settings")
}

#[tokio::test]
async fn the_form_is_the_tenants() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let answer = bridge.ask(Method::GET, &format!("/v1/connections/{id}/ticket-form"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let fields = answer.body["sections"][0]["fields"].as_array().unwrap();
    assert_eq!(
        fields.iter().map(|f| &f["id"]).collect::<Vec<_>>(),
        ["tickettype_id", "sla_id", "priority_id"]
    );
    assert_eq!(fields[2]["depends_on"], "sla_id");
}

#[tokio::test]
async fn settings_that_fit_are_saved_and_read_back() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let before = bridge.ask(Method::GET, &path(&id), None).await;
    assert_eq!(before.body["saved"], false);
    let saved = bridge.ask(Method::PUT, &path(&id), Some(good_settings())).await;
    assert_eq!(saved.status, StatusCode::OK, "{saved:?}");
    assert_eq!(saved.body["saved"], true);
    assert_eq!(saved.body["ticket"], good_settings()["ticket"]);
    assert_eq!(saved.body["emergency_contact"], "noc@acme.example");
    assert_eq!(saved.body["language"], "en", "the language stays where none is given");
    assert_eq!(bridge.ask(Method::GET, &path(&id), None).await.body, saved.body);
}

#[tokio::test]
async fn a_priority_of_another_sla_is_refused() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let mut settings = good_settings();
    settings["ticket"]["sla_id"] = json!(3);
    let answer = bridge.ask(Method::PUT, &path(&id), Some(settings)).await;
    assert_eq!(answer.code(), (422, "invalid_settings"), "{answer:?}");
    assert_eq!(answer.errors(), [("ticket.priority_id", "not_an_option_here")]);
}

#[tokio::test]
async fn everything_that_does_not_fit_is_told_at_once_and_nothing_is_saved() {
    let bridge = Bridge::new();
    *bridge.psa.takes_seats.lock().unwrap() = false;
    let id = bridge.connect().await;
    let before = bridge.connection(&id).await;
    let settings = json!({
        "ticket": { "tickettype_id": 7, "sla_id": "two", "no_such_field": true },
        "sync_seats": true,
        "language": "de",
        "emergency_contact": "not an address",
    });
    let answer = bridge.ask(Method::PUT, &path(&id), Some(settings)).await;
    assert_eq!(answer.code(), (422, "invalid_settings"), "{answer:?}");
    let mut errors = answer.errors();
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            ("emergency_contact", "malformed"),
            ("sync_seats", "not_supported"),
            ("ticket.no_such_field", "unknown_field"),
            ("ticket.priority_id", "required"),
            ("ticket.sla_id", "not_an_option"),
            ("ticket.tickettype_id", "not_an_option"),
        ]
    );
    assert_eq!(bridge.connection(&id).await, before);
}

#[tokio::test]
async fn reset_drops_the_choices_and_keeps_connection_contact_and_language() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    let mut settings = good_settings();
    settings["language"] = json!("fr");
    bridge.ask(Method::PUT, &path(&id), Some(settings)).await;
    let answer = bridge.ask(Method::DELETE, &path(&id), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let expected = json!({
        "saved": false, "ticket": {}, "note": {}, "resolve": {}, "reopen": {}, "unfit": [], "sync_seats": false, "seats": null, "language": "fr",
        "emergency_contact": "noc@acme.example",
    });
    assert_eq!(answer.body, expected);
    let shown = bridge.ask(Method::GET, &format!("/v1/connections/{id}"), None).await;
    assert_eq!(shown.body["badge"], "connected");
    assert_eq!(shown.body["hold"]["reason"], "settings_missing");
    assert_eq!(shown.body["left_to_set_up"][0]["code"], "settings_missing");
    assert_eq!(bridge.vault.secrets().len(), 1);
    let again = bridge.ask(Method::DELETE, &path(&id), None).await;
    assert_eq!((again.status, again.body), (StatusCode::OK, expected));
}

#[tokio::test]
async fn settings_saved_again_let_held_deliveries_go_on() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    bridge.ask(Method::DELETE, &path(&id), None).await;
    bridge.bell.heard();
    bridge.ask(Method::PUT, &path(&id), Some(good_settings())).await;
    assert_eq!(bridge.bell.heard(), [id]);
}

#[tokio::test]
async fn a_live_connection_keeps_somebody_to_write_to() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    let mut settings = good_settings();
    settings["emergency_contact"] = Value::Null;
    let answer = bridge.ask(Method::PUT, &path(&id), Some(settings.clone())).await;
    assert_eq!(answer.errors(), [("emergency_contact", "required")], "{answer:?}");
    let not_live = Bridge::new();
    let id = not_live.set_up().await;
    let answer = not_live.ask(Method::PUT, &path(&id), Some(settings)).await;
    assert_eq!(answer.body["emergency_contact"], Value::Null, "{answer:?}");
}

#[tokio::test]
async fn a_test_ticket_counts_again_once_the_settings_are_as_they_were() {
    let bridge = Bridge::new();
    let id = bridge.set_up().await;
    bridge.prove(&id).await;
    let mut other = good_settings();
    other["ticket"]["priority_id"] = json!(22);
    bridge.ask(Method::PUT, &path(&id), Some(other)).await;
    let counts = async || {
        bridge.ask(Method::GET, &format!("/v1/connections/{id}"), None).await.body["test_ticket"]["counts"]
            .clone()
    };
    assert_eq!(counts().await, false);
    bridge.ask(Method::PUT, &path(&id), Some(good_settings())).await;
    assert_eq!(counts().await, true);
}

#[tokio::test]
async fn a_psa_that_is_down_is_told_as_such() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    *bridge.psa.is_down.lock().unwrap() = true;
    let answer = bridge.ask(Method::PUT, &path(&id), Some(good_settings())).await;
    assert_eq!(answer.code(), (502, "psa_unavailable"), "{answer:?}");
}

#[tokio::test]
async fn each_section_is_held_against_its_own_fields() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let mut settings = good_settings();
    settings["resolve"] = json!({ "status_id": 9 });
    let saved = bridge.ask(Method::PUT, &path(&id), Some(settings.clone())).await;
    assert_eq!(saved.body["resolve"], settings["resolve"], "{saved:?}");
    settings["resolve"] = json!({ "status_id": 8 });
    settings["note"] = json!({ "outcome_id": 7 });
    let answer = bridge.ask(Method::PUT, &path(&id), Some(settings)).await;
    let expected = [("note.outcome_id", "unknown_field"), ("resolve.status_id", "not_an_option")];
    assert_eq!(answer.errors(), expected);
}

#[tokio::test]
async fn a_field_that_a_refusal_showed_to_be_required_is_required_in_the_form() {
    let bridge = Bridge::new();
    let id = bridge.connect().await;
    let field = "category_1".to_owned();
    bridge.change(&id, ConnectionChange::FieldRevealed { field }).await;
    let form = bridge.ask(Method::GET, &format!("/v1/connections/{id}/ticket-form"), None).await;
    let fields = form.body["sections"][0]["fields"].as_array().unwrap();
    let revealed = fields.iter().find(|field| field["id"] == "category_1").unwrap();
    assert_eq!(revealed["required"], true);
    let answer = bridge.ask(Method::PUT, &path(&id), Some(good_settings())).await;
    assert_eq!(answer.errors(), [("ticket.category_1", "required")]);
}

#[tokio::test]
async fn the_daily_check_names_what_the_tenant_no_longer_takes_until_it_is_saved_anew() {
    let bridge = Bridge::new();
    let id = bridge.live().await;
    let actor = Actor("schedule".to_owned());
    let daily = async || bridge.state.compare_connections(None, Timestamp::MAX, &actor).await.unwrap();
    assert_eq!(daily().await, Leg { looked_at: 1, next: None });
    assert_eq!(bridge.ask(Method::GET, &path(&id), None).await.body["unfit"], json!([]));
    *bridge.psa.has_changed.lock().unwrap() = true;
    daily().await;
    let shown = bridge.ask(Method::GET, &path(&id), None).await;
    assert_eq!(shown.body["unfit"][0]["field"], "ticket.priority_id", "{shown:?}");
    let mut settings = good_settings();
    settings["ticket"]["priority_id"] = json!(22);
    let saved = bridge.ask(Method::PUT, &path(&id), Some(settings)).await;
    assert_eq!(saved.body["unfit"], json!([]), "{saved:?}");
}

#[tokio::test]
async fn the_daily_check_of_one_connection_does_not_suffer_from_anothers_trouble() {
    let bridge = Bridge::new();
    bridge.live().await;
    *bridge.psa.is_down.lock().unwrap() = true;
    let actor = Actor("schedule".to_owned());
    assert_eq!(bridge.state.compare_connections(None, Timestamp::MAX, &actor).await.unwrap().looked_at, 0);
}
