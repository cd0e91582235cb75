//! What HaloPSA's refusals mean. Bodies come as a JSON string, a serialised .NET exception, a map of fields, an OAuth
//! error, HTML or nothing, so what they say is looked for in each.

use crate::error::{PsaError, PsaErrorKind};
use crate::plain_text::one_line;
use http::StatusCode;
use serde_json::Value;

/// Longest message of the PSA that is passed on, in characters.
const LONGEST_MESSAGE: usize = 300;

/// The error that an unsuccessful answer stands for. Of a request that is not idempotent only definite refusals come
/// here: the transport turns the rest into `OutcomeUnknown`.
pub(super) fn parse_error(operation: &'static str, status: StatusCode, body: &[u8]) -> PsaError {
    let said = Said::parse(body);
    let kind = match status.as_u16() {
        400 if said.is_stale_token() => PsaErrorKind::MissingPermission,
        400 | 409 | 413 | 422 => PsaErrorKind::Rejected { field: said.field() },
        // The session renewed the token before it came to this, so what is missing is the right. HaloPSA answers 401
        // for it on some detail pages, and 403 elsewhere.
        401 | 403 => PsaErrorKind::MissingPermission,
        404 | 410 => PsaErrorKind::NotFound,
        429 => PsaErrorKind::RateLimited { after: None },
        408 | 500.. => PsaErrorKind::Unavailable,
        _ => PsaErrorKind::Protocol,
    };
    let error = PsaError::new(kind, operation, format!("HTTP {status}"));
    match said.message {
        Some(message) => error.with_psa_message(one_line(&message, LONGEST_MESSAGE)),
        None => error,
    }
}

/// Whether an answer asks for another access token.
pub(super) fn wants_new_token(status: StatusCode, body: &[u8]) -> bool {
    status == StatusCode::UNAUTHORIZED
        || (status == StatusCode::BAD_REQUEST && Said::parse(body).is_stale_token())
}

/// What a body says, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// In the PSA's words.
    pub(super) message: Option<String>,
    /// The OAuth code, for token errors.
    pub(super) code: Option<String>,
    named_field: Option<String>,
}

impl Said {
    pub(super) fn parse(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(Value::String(message)) => Self { message: some(&message), ..Self::default() },
            Ok(Value::Object(object)) => Self::parse_object(&object),
            Ok(Value::Array(list)) => {
                Self { message: list.first().and_then(Value::as_str).and_then(some), ..Self::default() }
            }
            // HTML and the like says nothing that a partner could use.
            Ok(_) | Err(_) => Self::default(),
        }
    }

    fn parse_object(object: &serde_json::Map<String, Value>) -> Self {
        let text = |key: &str| object.get(key).and_then(Value::as_str).and_then(some);
        let code = text("error");
        let known = ["Message", "message", "errorMessage", "error_description", "error", "title"];
        if let Some(message) = known.into_iter().find_map(text) {
            return Self { message: Some(message), code, named_field: None };
        }
        // {"[0].outcome_id": ["Could not convert …"]}
        let entry = object.iter().find_map(|(key, value)| {
            let message = value.as_array()?.first()?.as_str()?;
            Some((key, message))
        });
        entry.map_or_else(Self::default, |(key, message)| Self {
            message: some(message),
            code,
            named_field: key.rsplit('.').next().filter(|field| !field.is_empty()).map(str::to_owned),
        })
    }

    fn is_stale_token(&self) -> bool {
        [&self.message, &self.code].into_iter().flatten().any(|text| {
            let text = text.to_ascii_lowercase();
            text.contains("invalid_token") || text.contains("invalid_grant")
        })
    }

    /// The field of the ticket form that a refusal is about, where its words are known.
    fn field(&self) -> Option<String> {
        const KNOWN: [(&str, &str); 5] = [
            ("client/site/user", "client_id"),
            ("an outcome must be entered", "outcome_id"),
            ("do not have access to this action", "outcome_id"),
            ("priority description", "priority_id"),
            ("ticket type", "tickettype_id"),
        ];
        self.named_field.clone().or_else(|| {
            let message = self.message.as_ref()?.to_lowercase();
            let (_, field) = KNOWN.iter().find(|(words, _)| message.contains(words))?;
            Some((*field).to_owned())
        })
    }
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOTNET: &str = r#"{"ClassName":"System.Exception","Message":"A database error occurred (515) - Cannot insert
        the value NULL","Data":null,"InnerException":null,"StackTraceString":null,"HResult":-2146233088}"#;
    const MODEL_STATE: &str = r#"{"[0].outcome_id":["Could not convert string to integer: abc. Path '[0].outcome_id', line 1, position 139."]}"#;

    fn rejected(field: Option<&str>) -> PsaErrorKind {
        PsaErrorKind::Rejected { field: field.map(str::to_owned) }
    }

    #[test]
    fn every_known_refusal_is_understood() {
        let dotnet = DOTNET.replace('\n', " ");
        let cases: Vec<(u16, &str, PsaErrorKind, Option<&str>)> = vec![
            (
                400,
                r#""Please select a valid Client/Site/User""#,
                rejected(Some("client_id")),
                Some("Please select"),
            ),
            (
                400,
                r#""Priority Description must not be blank""#,
                rejected(Some("priority_id")),
                Some("Priority Desc"),
            ),
            (
                400,
                r#""An Outcome must be entered for this Action""#,
                rejected(Some("outcome_id")),
                Some("An Outcome"),
            ),
            (
                400,
                r#""You do not have access to this Action at the moment""#,
                rejected(Some("outcome_id")),
                Some("You do not"),
            ),
            (400, r#""Invalid advanced search parameter(s)""#, rejected(None), Some("Invalid adv")),
            (400, &dotnet, rejected(None), Some("A database error occurred (515)")),
            (400, MODEL_STATE, rejected(Some("outcome_id")), Some("Could not convert string")),
            (400, r#"{"resultCode":1,"errorMessage":"No"}"#, rejected(None), Some("No")),
            (400, r#"{"Message":"No"}"#, rejected(None), Some("No")),
            (400, r#"["No, and this is why"]"#, rejected(None), Some("No, and")),
            (400, "[]", rejected(None), None),
            (400, r#"{"error":"invalid_token"}"#, PsaErrorKind::MissingPermission, Some("invalid_token")),
            (
                400,
                r#""invalid_grant: the token is expired""#,
                PsaErrorKind::MissingPermission,
                Some("invalid_grant"),
            ),
            (400, "", rejected(None), None),
            (400, "<html>Bad Request</html>", rejected(None), None),
            (401, "", PsaErrorKind::MissingPermission, None),
            (403, "", PsaErrorKind::MissingPermission, None),
            (404, "The resource cannot be found.", PsaErrorKind::NotFound, None),
            (415, "", PsaErrorKind::Protocol, None),
            (429, "", PsaErrorKind::RateLimited { after: None }, None),
            (302, "", PsaErrorKind::Protocol, None),
            (500, "<html>Server Error</html>", PsaErrorKind::Unavailable, None),
            (503, "", PsaErrorKind::Unavailable, None),
            (504, "", PsaErrorKind::Unavailable, None),
        ];
        for (status, body, kind, message) in cases {
            let error = parse_error("test", StatusCode::from_u16(status).unwrap(), body.as_bytes());
            assert_eq!(*error.kind(), kind, "{status} {body}");
            let said = error.psa_message();
            assert_eq!(said.is_some(), message.is_some(), "{status} {body}: {said:?}");
            assert!(
                said.unwrap_or_default().starts_with(message.unwrap_or_default()),
                "{status} {body}: {said:?}"
            );
        }
    }

    #[test]
    fn a_refusal_is_passed_on_in_bounds() {
        let body = serde_json::to_vec(&format!("No\r\n\u{7}{}", "x".repeat(5000))).unwrap();
        let error = parse_error("test", StatusCode::BAD_REQUEST, &body);
        let message = error.psa_message().unwrap();
        assert!(message.starts_with("No x") && message.chars().count() == LONGEST_MESSAGE, "{message}");
    }

    #[test]
    fn a_stale_token_is_told_from_a_refusal() {
        assert!(wants_new_token(StatusCode::UNAUTHORIZED, b""));
        assert!(wants_new_token(StatusCode::BAD_REQUEST, br#"{"error":"invalid_token"}"#));
        assert!(!wants_new_token(StatusCode::BAD_REQUEST, br#""Please select a valid Client/Site/User""#));
        assert!(!wants_new_token(StatusCode::FORBIDDEN, b""));
    }
}
