//! What the sign-in server may answer, and what follows.

use super::*;
use http::HeaderMap;

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.to_owned().into(),
    }
}

#[test]
fn a_token_is_taken_only_where_it_opens_tickets() {
    for (scope, useful) in [
        (r#","scope":"all""#, true),
        (r#","scope":"all:standard""#, true),
        (r#","scope":"edit:tickets read:customers""#, true),
        (r#","scope":"read:tickets""#, true),
        (r#","scope":"read:customers""#, false),
        (r#","scope":"""#, false),
        ("", true),
        (r#","scope":null"#, true),
    ] {
        let body = format!(r#"{{"access_token":"x","expires_in":3600{scope}}}"#);
        let token = read(&reply(200, &body), "all", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(token.is_some(), useful, "{scope}");
    }
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    for (expires_in, after) in
        [("3600", 3540), ("100", 80), ("\"300\"", 240), ("0", 0), ("-1", 0), ("null", 0)]
    {
        let body = format!(r#"{{"access_token":"x","expires_in":{expires_in}}}"#);
        let token = read(&reply(200, &body), "all", Timestamp::UNIX_EPOCH).unwrap().unwrap();
        assert_eq!(token.renew_at.as_second(), after, "{expires_in}");
    }
}

#[test]
fn every_refusal_is_understood() {
    for (status, body, kind) in [
        (
            401,
            r#"{"error":"invalid_client","error_description":"No"}"#,
            Some(PsaErrorKind::InvalidCredentials),
        ),
        (400, r#"{"error":"invalid_client"}"#, Some(PsaErrorKind::InvalidCredentials)),
        (401, "", Some(PsaErrorKind::InvalidCredentials)),
        (400, r#"{"error":"invalid_scope"}"#, None),
        (
            400,
            r#"{"error":"invalid_request","error_description":"not allowed to use the specified scope"}"#,
            None,
        ),
        (404, "<html>", Some(PsaErrorKind::Protocol)),
        (302, "", Some(PsaErrorKind::Protocol)),
        (200, "<html>Maintenance</html>", Some(PsaErrorKind::Unavailable)),
        (200, "{}", Some(PsaErrorKind::Protocol)),
        (500, "<html>", Some(PsaErrorKind::Unavailable)),
        (503, "", Some(PsaErrorKind::Unavailable)),
    ] {
        let result = read(&reply(status, body), "all", Timestamp::UNIX_EPOCH);
        assert_eq!(result.err().map(|error| error.kind().clone()), kind, "{status} {body}");
    }
}
