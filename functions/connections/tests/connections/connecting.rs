//! Connecting a PSA, and what is stored when it does not work: nothing.

use crate::bridge::{Bridge, partner, wish};
use async_trait::async_trait;
use axum::http::{Method, StatusCode, header};
use jiff::Timestamp;
use psa_bridge_core::{
    catalogue::Language,
    ports::{Actor, RegistryStore},
    usecases::connections::{Connect, ConnectionsError},
};
use psa_connector::{Clock, Credentials, PsaErrorKind, PsaKind};
use serde_json::json;
use std::{sync::Arc, time::Duration};

const PATH: &str = "/v1/connections";

#[tokio::test]
async fn a_psa_on_offer_comes_with_form_and_guide() {
    let answer = Bridge::new().ask(Method::GET, "/v1/integrations", None).await;
    let halo = &answer.body["items"][0];
    assert_eq!(halo["psa"], "halopsa");
    assert!(halo["credential_fields"].as_array().is_some_and(|fields| !fields.is_empty()));
    assert!(halo["guide"].as_array().is_some_and(|steps| !steps.is_empty()));
    assert_eq!(halo["capabilities"]["licenses"], true);
}

#[tokio::test]
async fn a_psa_that_passes_the_check_is_connected() {
    let bridge = Bridge::new();
    let answer = bridge.ask(Method::POST, PATH, Some(wish("good-secret"))).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.header(header::LOCATION), format!("{PATH}/{id}"));
    assert_eq!(answer.body["badge"], "not_set_up");
    assert_eq!(answer.body["tenant"]["name"], "acme.halopsa.com");
    assert_eq!(answer.body["check"]["report"]["lines"].as_array().unwrap().len(), 2);
    let left: Vec<_> = answer.body["left_to_set_up"].as_array().unwrap().iter().map(|s| &s["code"]).collect();
    assert_eq!(left, ["settings_missing", "emergency_contact_missing", "test_ticket_missing"]);
    assert_eq!(bridge.vault.secrets(), [(1, "good-secret".to_owned())]);
    assert!(!answer.body.to_string().contains("good-secret"), "secrets are never shown again");

    let read = bridge.ask(Method::GET, answer.header(header::LOCATION), None).await;
    assert_eq!(read.body, answer.body);
    let listed = bridge.ask(Method::GET, PATH, None).await;
    assert_eq!(listed.body["items"], json!([answer.body]));
}

#[tokio::test]
async fn a_psa_that_fails_the_check_leaves_nothing_behind() {
    let bridge = Bridge::new();
    let answer = bridge.ask(Method::POST, PATH, Some(wish("wrong"))).await;
    assert_eq!(answer.code(), (422, "not_connected"), "{answer:?}");
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
    let lines = answer.body["report"]["lines"].as_array().unwrap();
    assert_eq!(lines.iter().map(|line| &line["status"]).collect::<Vec<_>>(), ["ok", "failed"]);
    assert_eq!(answer.errors(), [("report.lines[1]", "credentials")]);
    assert!(bridge.store.connections(&partner()).await.unwrap().is_empty());
    assert!(bridge.vault.secrets().is_empty());
    assert!(!answer.body.to_string().contains("wrong\""), "what was entered is not echoed");
}

#[tokio::test]
async fn malformed_credentials_are_told_field_by_field() {
    let bridge = Bridge::new();
    let answer = bridge.ask(Method::POST, PATH, Some(json!({ "psa": "halopsa", "credentials": {} }))).await;
    assert_eq!(answer.code(), (422, "invalid_credentials_form"), "{answer:?}");
    assert_eq!(answer.errors(), [("credentials.client_secret", "required")]);
}

#[tokio::test]
async fn an_unknown_psa_is_refused() {
    let answer =
        Bridge::new().ask(Method::POST, PATH, Some(json!({ "psa": "clippy", "credentials": {} }))).await;
    assert_eq!(answer.code(), (422, "invalid_field"), "{answer:?}");
    assert_eq!(answer.body["field"], "psa");
}

#[tokio::test]
async fn the_same_psa_is_not_connected_twice() {
    let bridge = Bridge::new();
    bridge.connect().await;
    let answer = bridge.ask(Method::POST, PATH, Some(wish("good-2"))).await;
    assert_eq!(answer.code(), (409, "already_connected"), "{answer:?}");
    assert_eq!(bridge.vault.secrets(), [(1, "good-1".to_owned())], "the second secret is not kept");
    let other = bridge.ask(Method::POST, PATH, Some(wish("other"))).await;
    assert_eq!(other.status, StatusCode::CREATED, "another PSA is another connection");
}

#[tokio::test]
async fn of_two_connects_at_once_one_wins() {
    let bridge = Bridge::new();
    let connect = || bridge.ask(Method::POST, PATH, Some(wish("good-1")));
    let (one, other) = tokio::join!(connect(), connect());
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(bridge.store.connections(&partner()).await.unwrap().len(), 1);
    assert_eq!(bridge.vault.secrets().len(), 1);
}

#[tokio::test]
async fn another_partner_may_connect_the_same_psa() {
    let bridge = Bridge::new();
    bridge.connect().await;
    let answer = bridge.ask_as("other-msp psa:manage", Method::POST, PATH, Some(wish("good-1")), &[]).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
}

#[tokio::test]
async fn a_secret_whose_connection_could_not_be_kept_is_deleted() {
    let bridge = Bridge::new();
    bridge.store.close().await;
    let answer = bridge.ask(Method::POST, PATH, Some(wish("good-1"))).await;
    assert_eq!(answer.code(), (503, "store_unavailable"), "{answer:?}");
    assert!(bridge.vault.secrets().is_empty());
}

#[tokio::test]
async fn the_same_idempotency_key_connects_once() {
    let bridge = Bridge::new();
    let headers = [("Idempotency-Key", "connect-1")];
    let connect = || bridge.ask_as("acme-msp psa:manage", Method::POST, PATH, Some(wish("good-1")), &headers);
    let first = connect().await;
    let again = connect().await;
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header(header::LOCATION), first.header(header::LOCATION));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(bridge.store.connections(&partner()).await.unwrap().len(), 1);
    let answer =
        bridge.ask_as("acme-msp psa:manage", Method::POST, PATH, Some(wish("other")), &headers).await;
    assert_eq!(answer.code(), (422, "idempotency_key_reused"), "{answer:?}");
}

#[tokio::test]
async fn the_language_is_the_callers_unless_chosen() {
    let bridge = Bridge::new();
    let headers = [("Accept-Language", "de-AT, en;q=0.5")];
    let german = bridge.ask_as("acme-msp psa:manage", Method::POST, PATH, Some(wish("good")), &headers).await;
    assert_eq!(german.body["language"], "de");
    let chosen = json!({ "psa": "halopsa", "credentials": { "client_secret": "other" }, "language": "fr" });
    let french = bridge.ask_as("acme-msp psa:manage", Method::POST, PATH, Some(chosen), &headers).await;
    assert_eq!(french.body["language"], "fr");
}

#[tokio::test]
async fn a_connect_whose_caller_hangs_up_is_whole_all_the_same() {
    let bridge = Bridge::new();
    let held = bridge.psa.checks.acquire_many(100).await.unwrap();
    tokio::select! {
        answer = bridge.ask(Method::POST, PATH, Some(wish("good-1"))) => panic!("answered: {answer:?}"),
        () = bridge.psa.checking.notified() => {}
    }
    drop(held);
    let connected = async {
        while bridge.store.connections(&partner()).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), connected).await.unwrap();
    assert_eq!(bridge.vault.secrets(), [(1, "good-1".to_owned())]);
}

/// All the time that anybody waits for has passed.
#[derive(Debug)]
struct ImpatientClock;

#[async_trait]
impl Clock for ImpatientClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    async fn sleep(&self, _: Duration) {}
}

#[tokio::test]
async fn a_psa_that_keeps_a_person_waiting_is_given_up_and_nothing_is_stored() {
    let mut bridge = Bridge::new();
    bridge.state.clock = Arc::new(ImpatientClock);
    let _held = bridge.psa.checks.acquire_many(100).await.unwrap();
    let credentials = Credentials::new().with("client_secret", "good-1");
    let wish = Connect { psa: PsaKind::HaloPsa, credentials, language: Language::En };
    let outcome = bridge.state.connect(&partner(), wish, &Actor("test".into())).await;
    let Err(ConnectionsError::Psa(error)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(*error.kind(), PsaErrorKind::Unavailable);
    assert!(bridge.vault.secrets().is_empty());
    assert!(bridge.store.connections(&partner()).await.unwrap().is_empty());
}
