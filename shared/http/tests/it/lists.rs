//! Lists by page, and cursors that cannot be made up or carried over.

use crate::app::App;
use serde_json::json;

#[tokio::test]
async fn following_the_cursors_reads_the_whole_list_once() {
    let app = App::new();
    let token = app.manager("acme");
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let more = cursor.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
        let answer = app.get(&format!("/v1/things?since=2026-01-01T00:00:00Z&limit=4{more}"), &token).await;
        let list = answer.json()["list"].clone();
        seen.extend(list["items"].as_array().unwrap().clone());
        cursor = list["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            assert!(list.as_object().unwrap().contains_key("next"), "the last page says null");
            break;
        }
    }
    assert_eq!(json!(seen), json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
}

#[tokio::test]
async fn a_cursor_fits_only_the_caller_and_the_query_that_it_was_given_for() {
    let app = App::new();
    let token = app.manager("acme");
    let cursor =
        app.get("/v1/things?limit=4", &token).await.json()["list"]["next"].as_str().unwrap().to_owned();
    let mut tampered = cursor.clone().into_bytes();
    tampered[3] = if tampered[3] == b'A' { b'B' } else { b'A' };
    let tampered = String::from_utf8(tampered).unwrap();
    let other = app.manager("globex");
    let cases = [
        ("another page size is the same list", "/v1/things", cursor.as_str(), &token, 200),
        ("another partner", "/v1/things", &cursor, &other, 400),
        ("another list", "/v1/other-things", &cursor, &token, 400),
        ("another filter", "/v1/things?since=2026-01-01T00:00:00Z", &cursor, &token, 400),
        ("a changed cursor", "/v1/things", &tampered, &token, 400),
        ("a cut cursor", "/v1/things", &cursor[..10], &token, 400),
        ("the store's own position", "/v1/things", "4", &token, 400),
        ("nothing", "/v1/things", "", &token, 400),
    ];
    for (name, path, cursor, token, status) in cases {
        let separator = if path.contains('?') { '&' } else { '?' };
        let answer = app.get(&format!("{path}{separator}cursor={cursor}"), token).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
        if status == 400 {
            assert_eq!(answer.problem().1, "invalid_cursor", "{name}");
        }
    }
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_named() {
    let app = App::new();
    let cases = [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("limit=1&limit=2", "limit"),
        ("since=yesterday", "since"),
        ("sicne=2026-01-01T00:00:00Z", "sicne"),
    ];
    for (query, field) in cases {
        let answer = app.get(&format!("/v1/things?{query}"), &app.manager("acme")).await;
        assert_eq!(answer.problem(), (400, "invalid_parameter".to_owned()), "{query}");
        assert_eq!(answer.json()["field"], field, "{query}");
    }
}
