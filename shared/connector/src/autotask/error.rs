//! What Autotask's refusals mean. It answers 500 to whatever it refuses, with the reason in `errors`; a 200 can carry
//! errors too, or a page of HTML while Autotask is being maintained. So the body decides, and the status hardly matters.
//! A text that nobody has seen before is no refusal of a create: what it left behind is looked for.

use super::fields::field_in;
use crate::plain_text::one_line;
use crate::transport::{Reading, Reply};
use crate::{PsaError, PsaErrorKind};
use http::StatusCode;
use serde_json::Value;
use std::time::Duration;

/// Longest message of the PSA that is passed on, in characters.
const LONGEST_MESSAGE: usize = 300;

/// Three calls at a time are allowed for each kind of object; a slot is free again within moments.
const THREAD_WAIT: Duration = Duration::from_secs(2);

/// Whether a request can be sent again without harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    Freely,
    Never,
}

/// What one text of `errors` means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Too many calls at once.
    ThreadLimit,
    /// Too many calls this hour.
    Threshold,
    /// The API user belongs to another integration vendor.
    WrongIntegration,
    /// No zone for such a user.
    UnknownUser,
    /// The security level does not allow it.
    Permission,
    /// The record is not there.
    Missing,
    /// The content is refused, and this field is why.
    Refused(Option<String>),
    /// Autotask broke off; it may have stored something.
    Passing,
    /// Nothing that is known.
    Unknown,
}

/// Words and what they mean; the first that occurs decides. Lower case.
const WORDS: [(&str, Meaning); 16] = [
    ("thread threshold", Meaning::ThreadLimit),
    ("exceeded the api threshold", Meaning::Threshold),
    ("request threshold", Meaning::Threshold),
    ("requests per hour", Meaning::Threshold),
    ("zone information could not", Meaning::UnknownUser),
    ("integrationcode", Meaning::WrongIntegration),
    ("integration code", Meaning::WrongIntegration),
    ("tracking identifier", Meaning::WrongIntegration),
    ("adequate permission", Meaning::Permission),
    ("required permission", Meaning::Permission),
    ("do not have permission", Meaning::Permission),
    ("does not have permission", Meaning::Permission),
    ("timeout", Meaning::Passing),
    ("timed out", Meaning::Passing),
    ("deadlock", Meaning::Passing),
    ("an unexpected error", Meaning::Passing),
];

/// How Autotask says that it will not have something. Lower case.
const REFUSALS: [&str; 35] = [
    "does not exist",
    "is required",
    "are required",
    "required field",
    "does not reference",
    "is not associated",
    "not associated to",
    "cannot be associated",
    "data violation",
    "not a valid",
    "not valid",
    "is invalid",
    "invalid query",
    "must be",
    "must assign",
    "must belong",
    "must include",
    "cannot be",
    "cannot all be empty",
    "can not be",
    "exceeds maximum",
    "maximum length",
    "unable to find",
    "not currently defined",
    "is not an active",
    "is not active",
    "is inactive",
    "already exists",
    "read only",
    "read-only",
    "unexpected character",
    "conversion failed",
    "error converting",
    "approved and posted",
    "below what is allowed",
];

/// What a text means.
pub(super) fn meaning(text: &str) -> Meaning {
    let lower = text.to_lowercase();
    if let Some((_, meaning)) = WORDS.iter().find(|(words, _)| lower.contains(words)) {
        return meaning.clone();
    }
    if lower.contains("no matching records found") || lower.contains("could not be found") {
        return Meaning::Missing;
    }
    if REFUSALS.iter().any(|words| lower.contains(words)) {
        return Meaning::Refused(field_in(text));
    }
    Meaning::Unknown
}

/// The texts of `errors`, however they are wrapped.
pub(super) fn errors_in(body: &[u8]) -> Vec<String> {
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else { return Vec::new() };
    let entry = object.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("errors"));
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Object(inner) => ["message", "Message", "detail"]
            .into_iter()
            .find_map(|key| inner.get(key)?.as_str().map(str::to_owned)),
        _ => None,
    };
    match entry {
        Some((_, Value::Array(errors))) => {
            errors.into_iter().filter_map(text).filter(|text| !text.trim().is_empty()).collect()
        }
        Some((_, error @ Value::String(_))) => text(error).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// For the transport: which answers of 429 and 5xx are Autotask's own.
pub(super) fn reading(reply: &Reply) -> Reading {
    match errors_in(&reply.body).first().map(|text| meaning(text)) {
        Some(Meaning::ThreadLimit) => Reading::Wait(THREAD_WAIT),
        // How long it lasts, nobody is told: the hourly count rolls.
        Some(Meaning::Threshold) if reply.status == StatusCode::TOO_MANY_REQUESTS => Reading::Unclear,
        // Nothing is known of what was stored: the transport treats it like any 5xx.
        Some(Meaning::Passing) | None => Reading::Unclear,
        Some(_) => Reading::Answer,
    }
}

/// The JSON of a success, or the error that an answer stands for.
pub(super) fn read(operation: &'static str, reply: &Reply, repeat: Repeat) -> Result<Value, PsaError> {
    let errors = errors_in(&reply.body);
    if !errors.is_empty() {
        return Err(refusal(operation, reply, &errors, repeat));
    }
    let lost = |otherwise| if repeat == Repeat::Never { PsaErrorKind::OutcomeUnknown } else { otherwise };
    let json = serde_json::from_slice::<Value>(&reply.body);
    let html = reply.body.trim_ascii_start().first() == Some(&b'<');
    let kind = match (reply.status.as_u16(), json) {
        (200..300, Ok(value)) => return Ok(value),
        (200..300, Err(_)) if html => lost(PsaErrorKind::Unavailable),
        (401, _) => PsaErrorKind::InvalidCredentials,
        (403, _) => PsaErrorKind::MissingPermission,
        (404 | 410, _) => PsaErrorKind::NotFound,
        (400 | 409 | 413 | 422, _) => PsaErrorKind::Rejected { field: None },
        (429, _) => PsaErrorKind::RateLimited { after: None },
        (408 | 500.., _) => lost(PsaErrorKind::Unavailable),
        _ => lost(PsaErrorKind::Protocol),
    };
    let what = if html { "a page instead of an answer" } else { "no answer that is known" };
    Err(PsaError::new(kind, operation, format!("HTTP {}: {what}", reply.status)))
}

fn refusal(operation: &'static str, reply: &Reply, errors: &[String], repeat: Repeat) -> PsaError {
    let meanings: Vec<_> = errors.iter().map(|text| meaning(text)).collect();
    let kind = match meanings.iter().find(|meaning| **meaning != Meaning::Unknown) {
        Some(Meaning::ThreadLimit) => PsaErrorKind::RateLimited { after: Some(THREAD_WAIT) },
        Some(Meaning::Threshold) => PsaErrorKind::RateLimited { after: None },
        Some(Meaning::WrongIntegration) => PsaErrorKind::WrongIntegration,
        Some(Meaning::UnknownUser) => PsaErrorKind::InvalidCredentials,
        Some(Meaning::Permission) => PsaErrorKind::MissingPermission,
        Some(Meaning::Missing) => PsaErrorKind::NotFound,
        Some(Meaning::Refused(_)) => {
            // Several texts may be of one refusal, and not the first alone names its field.
            let field = meanings.iter().find_map(|meaning| match meaning {
                Meaning::Refused(field) => field.clone(),
                _ => None,
            });
            PsaErrorKind::Rejected { field }
        }
        Some(Meaning::Passing | Meaning::Unknown) | None if repeat == Repeat::Never => {
            PsaErrorKind::OutcomeUnknown
        }
        Some(Meaning::Passing | Meaning::Unknown) | None => PsaErrorKind::Unavailable,
    };
    PsaError::new(kind, operation, format!("HTTP {} with errors", reply.status))
        .with_psa_message(one_line(&errors.join(" "), LONGEST_MESSAGE))
}

#[cfg(test)]
mod tests;
