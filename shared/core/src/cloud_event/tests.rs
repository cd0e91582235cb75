use super::*;
use serde_json::json;

fn now() -> Timestamp {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

fn good() -> Value {
    json!({
        "specversion": "1.0", "id": "7", "source": "/backup/eu-1", "type": "backup.email.failed",
        "time": "2026-11-01T11:59:00Z",
        "data": {"organization_id": "org-1", "partners": ["d", "r"], "account": "anna@example.com",
                 "description": "line one\nline two"}
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut event = good();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

fn without(pointer: &str) -> Value {
    let mut event = good();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
    event
}

/// The codes and members of all problems.
fn problems(event: &Value) -> Vec<(String, String)> {
    let invalid = read(event, now()).unwrap_err();
    invalid.problems.into_iter().map(|p| (p.code, p.field.unwrap_or_default())).collect()
}

fn one(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

#[test]
fn a_good_event_is_read_with_all_its_members() {
    let event = read(&good(), now()).unwrap();
    assert_eq!(event.id, EventId::derive("/backup/eu-1", "7"));
    assert_eq!(event.organization.as_str(), "org-1");
    assert_eq!(event.partners.unwrap().len(), 2);
    assert_eq!(event.account.as_deref(), Some("anna@example.com"));
    assert_eq!(event.description.as_deref(), Some("line one\nline two"));
    assert_eq!(event.time.to_string(), "2026-11-01T11:59:00Z");
}

#[test]
fn each_required_member_is_missed_by_name() {
    for member in ["specversion", "id", "source", "type", "time", "data"] {
        assert_eq!(problems(&without(&format!("/{member}"))), one("missing", member), "{member}");
    }
    assert_eq!(problems(&without("/data/organization_id")), one("missing", "data.organization_id"));
    assert_eq!(problems(&with("/id", Value::Null)), one("missing", "id"));
}

#[test]
fn a_member_of_the_wrong_type_is_named() {
    let table = [
        ("/specversion", json!(1.0), "specversion"),
        ("/id", json!(7), "id"),
        ("/time", json!(1_700_000_000), "time"),
        ("/data", json!("text"), "data"),
        ("/data/partners", json!("d"), "data.partners"),
        ("/data/partners", json!([1]), "data.partners[0]"),
        ("/data/account", json!({"a": 1}), "data.account"),
        ("/data/title", json!(["x"]), "data.title"),
    ];
    for (pointer, value, field) in table {
        let found = problems(&with(pointer, value));
        assert!(found.contains(&("wrong_type".to_owned(), field.to_owned())), "{pointer}: {found:?}");
    }
}

#[test]
fn values_that_cannot_be_are_refused() {
    let table = [
        ("/specversion", json!("0.3"), "invalid", "specversion"),
        ("/id", json!(""), "invalid", "id"),
        ("/time", json!("yesterday"), "invalid", "time"),
        ("/time", json!("2026-11-01T11:59:00"), "invalid", "time"),
        ("/data/partners", json!(["d", "d"]), "invalid", "data.partners[1]"),
        ("/data/partners", json!(vec!["p"; 11]), "too_long", "data.partners"),
        ("/data/action", json!("explode"), "invalid", "data.action"),
        ("/data/url", json!("javascript:alert(1)"), "invalid", "data.url"),
        ("/data/url", json!("http://example.com"), "invalid", "data.url"),
        ("/source", json!("a\u{0}b"), "control_characters", "source"),
        ("/data/account", json!("a\r\nb"), "control_characters", "data.account"),
        ("/id", json!("x".repeat(257)), "too_long", "id"),
    ];
    for (pointer, value, code, field) in table {
        assert_eq!(problems(&with(pointer, value.clone())), one(code, field), "{pointer} {value}");
    }
}

#[test]
fn the_time_may_lie_five_minutes_ahead_and_no_further() {
    assert!(read(&with("/time", json!("2026-11-01T12:05:00Z")), now()).is_ok());
    assert_eq!(problems(&with("/time", json!("2026-11-01T12:05:01Z"))), one("time_ahead", "time"));
    assert!(read(&with("/time", json!("2026-11-01T13:05:00+01:00")), now()).is_ok());
}

#[test]
fn all_problems_are_told_at_once() {
    let event = json!({"specversion": "1.0", "source": "s", "time": "x", "data": {"account": 1}});
    let codes: Vec<String> = problems(&event).into_iter().map(|(_, field)| field).collect();
    assert_eq!(codes, ["id", "type", "time", "data.organization_id", "data.account"]);
}

#[test]
fn a_seat_count_needs_product_and_a_whole_number() {
    let mut event = with("/type", json!(SEATS_CHANGED));
    assert_eq!(problems(&event), [one("missing", "data.product"), one("missing", "data.quantity")].concat());
    event["data"]["product"] = json!("backup");
    event["data"]["quantity"] = json!(-1);
    assert_eq!(problems(&event), one("wrong_type", "data.quantity"));
    event["data"]["quantity"] = json!(42);
    assert_eq!(read(&event, now()).unwrap().seats.unwrap().quantity, 42);
}

#[test]
fn text_for_people_loses_its_control_characters_and_nothing_else() {
    let event = read(&with("/data/description", json!("a\u{1b}[31mb\r\n\tc\u{7}")), now()).unwrap();
    assert_eq!(event.description.as_deref(), Some("a[31mb\n\tc"));
}

#[test]
fn an_event_above_the_limit_is_refused_by_its_size() {
    let event = with("/data/description", json!("x".repeat(MAX_EVENT)));
    assert_eq!(problems(&event), one("too_large", ""));
    let fits = with("/data/description", json!("x".repeat(MAX_EVENT - 1_024)));
    assert!(read(&fits, now()).is_ok());
}

#[test]
fn a_body_is_one_event_or_a_batch_of_at_most_a_thousand() {
    assert_eq!(split(b"{\"id\": 1}").unwrap().len(), 1);
    assert_eq!(split(b"[{}, 3, null]").unwrap().len(), 3);
    assert_eq!(split(b"{\"id\": ").unwrap_err().problems[0].code, "not_json");
    assert_eq!(split(b"\xff\xfe").unwrap_err().problems[0].code, "not_json");
    let batch = serde_json::to_vec(&vec![0; MAX_BATCH + 1]).unwrap();
    assert_eq!(split(&batch).unwrap_err().problems[0].code, "batch_too_large");
    assert_eq!(read(&json!(3), now()).unwrap_err().problems[0].code, "not_an_event");
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    let deep = "[".repeat(100_000);
    assert_eq!(split(deep.as_bytes()).unwrap_err().problems[0].code, "not_json");
}
