//! What the API document has to say about every route.

use psa_bridge_http::describe_common;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

/// Fails unless there are so many operations, each with its name, who may ask and what goes wrong, and every reference
/// leads somewhere.
#[track_caller]
pub fn assert_described(routes: OpenApiRouter, count: usize) {
    let (_, mut document) = routes.split_for_parts();
    describe_common(&mut document);
    let document = serde_json::to_value(&document).unwrap();
    let operations: Vec<&Value> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values())
        .collect();
    assert_eq!(operations.len(), count);
    for operation in operations {
        let name = &operation["operationId"];
        assert!(name.is_string() && operation["summary"].is_string(), "{operation}");
        assert!(operation["security"][0]["bearer"].is_array(), "{name}");
        for status in ["401", "403", "503"] {
            let content = &operation["responses"][status]["content"];
            assert!(content["application/problem+json"].is_object(), "{name} {status}");
        }
    }
    for reference in references(&document) {
        let path = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(path).is_some(), "{reference}");
    }
}

fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value.as_str() {
                Some(reference) if name == "$ref" => vec![reference],
                _ => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
