//! What is around every answer.

use crate::app::App;
use axum::body::Body;
use http::Request;

#[tokio::test]
async fn an_unknown_address_is_a_problem() {
    let app = App::new();
    for path in ["/", "/v1/nothing", "/v1/things/1/2"] {
        assert_eq!(app.get(path, "").await.problem(), (404, "not_found".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_there_is_a_problem_and_names_those_that_are() {
    let app = App::new();
    let request =
        Request::delete("/v1/things").header("authorization", format!("Bearer {}", app.manager("acme")));
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(), (405, "method_not_allowed".to_owned()));
    let allow = answer.header("allow").unwrap();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
}

#[tokio::test]
async fn a_panic_is_a_problem_that_tells_nothing_of_it() {
    let app = App::new();
    let answer = app.get("/v1/panic", &app.manager("acme")).await;
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
    assert!(!answer.text.contains("on purpose"));
    assert!(answer.header("x-request-id").is_some());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_a_problem() {
    let app = App::new();
    let started = tokio::time::Instant::now();
    let answer = app.get("/v1/slow", &app.manager("acme")).await;
    assert_eq!(answer.problem(), (503, "timeout".to_owned()));
    assert_eq!(started.elapsed().as_secs(), 25);
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own_or_the_callers() {
    let app = App::new();
    let first = app.get("/v1/read", &app.manager("acme")).await;
    let second = app.get("/v1/nothing", "").await;
    let id = |answer: &crate::app::Answer| answer.header("x-request-id").unwrap().to_owned();
    assert!(id(&first).starts_with("req_"));
    assert_ne!(id(&first), id(&second));
    for (given, taken) in [("gateway-7.a_b", true), ("with space", false), (&*"x".repeat(65), false)] {
        let request = Request::get("/").header("x-request-id", given).body(Body::empty()).unwrap();
        assert_eq!(id(&app.send(request).await) == given, taken, "{given}");
    }
}
