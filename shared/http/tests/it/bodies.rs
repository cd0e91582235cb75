//! What is said about bodies that do not fit.

use crate::app::App;
use axum::body::Body;
use http::Request;

#[tokio::test]
async fn a_body_that_does_not_fit_is_answered_with_what_is_wrong_and_where() {
    let app = App::new();
    let token = app.manager("acme");
    let cases = [
        ("", 400, "invalid_json", None),
        ("{", 400, "invalid_json", None),
        ("{} trailing", 422, "invalid_field", None),
        (r#"{"name":"a"} trailing"#, 400, "invalid_json", None),
        (r#"{"name":7}"#, 422, "invalid_field", Some("name")),
        (r#"{"name":"a","parts":[{"size":1},{"size":"big"}]}"#, 422, "invalid_field", Some("parts[1].size")),
        (r#"{"name":"a","nmae":"b"}"#, 422, "invalid_field", Some("nmae")),
        (
            r#"{"name":"a","parts":[{"size":1,"colour":"red"}]}"#,
            422,
            "invalid_field",
            Some("parts[0].colour"),
        ),
    ];
    for (body, status, code, field) in cases {
        let answer = app.post("/v1/things", &token, None, body).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{body}");
        if let Some(field) = field {
            assert_eq!(answer.json()["field"], field, "{body}");
        }
        assert!(answer.json()["detail"].is_string() && answer.json()["fix"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn a_body_of_another_media_type_is_refused() {
    let app = App::new();
    for media_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let mut request =
            Request::post("/v1/things").header("authorization", format!("Bearer {}", app.manager("acme")));
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        let answer = app.send(request.body(Body::from(r#"{"name":"a"}"#)).unwrap()).await;
        assert_eq!(answer.problem(), (415, "unsupported_media_type".to_owned()), "{media_type:?}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_and_without_an_idempotency_key() {
    let app = App::new();
    let body = format!(r#"{{"name":"{}"}}"#, "a".repeat(256 * 1024));
    for path in ["/v1/things", "/v1/bytes"] {
        for key in [None, Some("key")] {
            let answer = app.post(path, &app.manager("acme"), key, &body).await;
            assert_eq!(answer.problem(), (413, "body_too_large".to_owned()), "{path} {key:?}");
        }
    }
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_not_repeated() {
    let app = App::new();
    for body in [r#"{"name":81726354}"#, r#"{"name":"a","parts":"hunter2, expected"}"#] {
        let answer = app.post("/v1/things", &app.manager("acme"), None, body).await;
        assert!(answer.json()["detail"].as_str().unwrap().starts_with("expected "), "{answer:?}");
        assert!(!answer.text.contains("81726354") && !answer.text.contains("hunter2"), "{answer:?}");
    }
}
