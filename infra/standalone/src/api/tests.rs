use crate::{app::App, config::Settings};
use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use serde_json::Value;
use std::{fs, path::Path};
use tower::ServiceExt;

/// The committed document. `UPDATE_DOCS=1 cargo test -p psa-bridge` writes it anew.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

async fn get(path: &str) -> (u16, Value) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::load(None).unwrap();
    settings.data.folder = folder.path().join("data");
    let app = App::open(&settings).await.unwrap();
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.into_router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn the_committed_api_document_is_what_the_code_says() {
    let (status, document) = get("/openapi.json").await;
    assert_eq!(status, 200);
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(DOCUMENT, &text).unwrap();
    }
    // By value: whether members keep their order hangs on which crates are built along.
    let committed = fs::read_to_string(Path::new(DOCUMENT)).unwrap_or_default();
    assert!(
        serde_json::from_str::<Value>(&committed).ok() == Some(document),
        "docs/openapi.json is out of date: run `UPDATE_DOCS=1 cargo test -p psa-bridge`"
    );
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_a_summary_and_says_who_may() {
    let (_, document) = get("/openapi.json").await;
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            assert!(!name.is_empty() && !names.contains(&name), "{method} {path}: {name:?}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(operation["security"][0]["bearer"].is_array(), "{method} {path} names no scope");
            names.push(name);
        }
    }
    assert!(names.len() > 30, "{names:?}");
}

#[tokio::test]
async fn what_is_public_needs_no_token_and_all_else_does() {
    assert_eq!(get("/healthz").await.0, 200);
    let (status, schema) = get("/event.schema.json").await;
    assert_eq!((status, &schema["type"]), (200, &Value::from("object")));
    let (status, problem) = get("/v1/connections").await;
    assert_eq!((status, &problem["code"]), (401, &Value::from("token_missing")));
    let (status, problem) = get("/nothing/here").await;
    assert_eq!((status, problem["status"].as_u64()), (404, Some(404)));
}
