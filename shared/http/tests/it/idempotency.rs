//! Writes that are sent again with the same key.

use crate::app::App;
use http::StatusCode;
use jiff::SignedDuration;
use psa_bridge_http::Scope;
use std::sync::atomic::Ordering;

const BODY: &str = r#"{"name":"a"}"#;

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_does_nothing() {
    let app = App::new();
    let token = app.manager("acme");
    let first = app.post("/v1/things", &token, Some("k"), BODY).await;
    let again = app.post("/v1/things", &token, Some("k"), BODY).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    for name in ["content-type", "location"] {
        assert_eq!(again.header(name), first.header(name));
    }
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(app.shared.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refusal_is_repeated_as_well() {
    let app = App::new();
    let token = app.manager("acme");
    let first = app.post("/v1/things", &token, Some("k"), "{").await;
    let again = app.post("/v1/things", &token, Some("k"), "{").await;
    assert_eq!(again.problem(), first.problem());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn without_a_key_every_request_is_a_new_one() {
    let app = App::new();
    for _ in 0..2 {
        app.post("/v1/things", &app.manager("acme"), None, BODY).await;
    }
    assert_eq!(app.shared.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_key_counts_for_one_partner_on_one_route() {
    let app = App::new();
    let (acme, globex) = (app.manager("acme"), app.manager("globex"));
    for (token, path) in [(&acme, "/v1/things"), (&globex, "/v1/things"), (&acme, "/v1/other-things")] {
        assert_eq!(app.post(path, token, Some("k"), BODY).await.header("idempotency-replayed"), None);
    }
    assert_eq!(app.shared.calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let app = App::new();
    let token = app.manager("acme");
    app.post("/v1/things", &token, Some("k"), BODY).await;
    for (path, body) in [("/v1/things", r#"{"name":"b"}"#), ("/v1/things?x=1", BODY)] {
        let answer = app.post(path, &token, Some("k"), body).await;
        assert_eq!(answer.problem(), (422, "idempotency_key_reused".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_repeat_during_the_first_is_told_to_wait() {
    let app = App::new();
    let token = app.manager("acme");
    let body = r#"{"name":"wait"}"#;
    let first = app.post("/v1/things", &token, Some("k"), body);
    let meanwhile = async {
        while app.shared.calls.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let answer = app.post("/v1/things", &token, Some("k"), body).await;
        app.shared.gate.notify_one();
        answer
    };
    let (first, meanwhile) = tokio::join!(first, meanwhile);
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(meanwhile.problem(), (409, "request_in_flight".to_owned()));
    assert!(meanwhile.header("retry-after").is_some());
}

#[tokio::test]
async fn a_failure_that_may_pass_frees_the_key() {
    let app = App::new();
    let token = app.manager("acme");
    for _ in 0..2 {
        let answer = app.post("/v1/things", &token, Some("k"), r#"{"name":"busy"}"#).await;
        assert_eq!(answer.problem(), (503, "busy".to_owned()));
    }
    assert_eq!(app.shared.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_request_that_was_cut_off_frees_the_key_after_a_minute() {
    let app = App::new();
    let token = app.manager("acme");
    let body = r#"{"name":"wait"}"#;
    {
        let mut abandoned = std::pin::pin!(app.post("/v1/things", &token, Some("k"), body));
        while app.shared.calls.load(Ordering::SeqCst) == 0 {
            assert!(futures_util::poll!(&mut abandoned).is_pending());
        }
    }
    app.clock.turn(SignedDuration::from_secs(60));
    assert_eq!(app.post("/v1/things", &token, Some("k"), body).await.status, StatusCode::CONFLICT);
    app.clock.turn(SignedDuration::from_secs(1));
    app.shared.gate.notify_one();
    assert_eq!(app.post("/v1/things", &token, Some("k"), body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let app = App::new();
    app.post("/v1/things", &app.manager("acme"), Some("k"), BODY).await;
    app.clock.turn(SignedDuration::from_hours(24));
    app.post("/v1/things", &app.manager("acme"), Some("k"), BODY).await;
    assert_eq!(app.shared.calls.load(Ordering::SeqCst), 1);
    app.clock.turn(SignedDuration::from_secs(1));
    app.post("/v1/things", &app.manager("acme"), Some("k"), BODY).await;
    assert_eq!(app.shared.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn who_may_not_write_gets_no_answer_of_somebody_who_may() {
    let app = App::new();
    let reader = app.token(Some("acme"), &[Scope::Read]);
    let before = app.post("/v1/things", &reader, Some("k"), BODY).await;
    assert_eq!(before.problem(), (403, "insufficient_scope".to_owned()));
    let manager = app.post("/v1/things", &app.manager("acme"), Some("k"), BODY).await;
    assert_eq!(manager.status, StatusCode::CREATED);
    let after = app.post("/v1/things", &reader, Some("k"), BODY).await;
    assert_eq!(after.problem(), (403, "insufficient_scope".to_owned()));
}

#[tokio::test]
async fn a_key_must_be_visible_ascii_of_bounded_length() {
    let app = App::new();
    let token = app.manager("acme");
    for key in ["", "two words", &"k".repeat(256)] {
        let answer = app.post("/v1/things", &token, Some(key), BODY).await;
        assert_eq!(answer.problem(), (400, "invalid_parameter".to_owned()), "{key}");
        assert_eq!(answer.json()["field"], "Idempotency-Key");
    }
    let longest = "k".repeat(255);
    assert_eq!(app.post("/v1/things", &token, Some(&longest), BODY).await.status, StatusCode::CREATED);
}
