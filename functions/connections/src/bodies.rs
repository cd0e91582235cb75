//! What callers send.

use psa_bridge_core::{
    catalogue::Language, life_cycle::LifeCycle, seats::SeatSettings, usecases::connections::SaveSettings,
};
use psa_connector::{ClientId, Credentials, FieldValues, PsaKind};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// A PSA to be connected.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectBody {
    /// Which.
    pub psa: PsaKind,
    /// The values of the integration's `credential_fields`, by id. Never shown again.
    #[serde(deserialize_with = "credentials")]
    #[schema(value_type = BTreeMap<String, String>, write_only, example = json!({
        "site_url": "https://example.halopsa.com", "client_id": "…", "client_secret": "…"
    }))]
    pub credentials: Credentials,
    /// The language of its tickets and mails; that of `Accept-Language`, or English, where none.
    #[serde(default)]
    pub language: Option<Language>,
}

/// Other credentials for a connection.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialsBody {
    /// The values of the integration's `credential_fields`, by id. Never shown again.
    #[serde(deserialize_with = "credentials")]
    #[schema(value_type = BTreeMap<String, String>, write_only, example = json!({
        "site_url": "https://example.halopsa.com", "client_id": "…", "client_secret": "…"
    }))]
    pub credentials: Credentials,
}

/// Which client gets the test ticket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestTicketBody {
    /// The PSA's id of an active client.
    #[schema(value_type = String, example = "12")]
    pub client: ClientId,
}

/// The partner's choices. Replaces what was saved before.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsBody {
    /// Fields of a new ticket by their id in the section `create` of the ticket form.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "tickettype_id": 1, "sla_id": 2, "priority_id": 3 }))]
    pub ticket: FieldValues,
    /// Fields of a note by their id in the section `note`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub note: FieldValues,
    /// Fields of a ticket that is resolved by their id in the section `resolve`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub resolve: FieldValues,
    /// Fields of a ticket that is opened again by their id in the section `reopen`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub reopen: FieldValues,
    /// Whether the seat count is written to the PSA: the short form of `seats`, which counts where both are given.
    #[serde(default)]
    pub sync_seats: bool,
    /// When and how seat counts are written to the PSA. What is left out is as by default.
    #[serde(default)]
    pub seats: Option<SeatSettings>,
    /// What becomes of repeats, recoveries, relapses and storms. What is left out is as by default.
    #[serde(default)]
    pub life_cycle: LifeCycle,
    /// The language of tickets and mails; as it is, where none.
    #[serde(default)]
    pub language: Option<Language>,
    /// The e-mail address that is written to when the connection stops working. Needed to confirm, and from then on.
    #[serde(default)]
    #[schema(example = "noc@example.com")]
    pub emergency_contact: Option<String>,
}

impl From<SettingsBody> for SaveSettings {
    fn from(body: SettingsBody) -> Self {
        Self {
            ticket: body.ticket,
            note: body.note,
            resolve: body.resolve,
            reopen: body.reopen,
            sync_seats: body.sync_seats,
            seats: body.seats,
            life_cycle: body.life_cycle,
            language: body.language,
            emergency_contact: body.emergency_contact,
        }
    }
}

/// The header that makes a write safe to send again. Read by the layer around all writes.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the header for the API document")]
pub(crate) struct IdempotencyKey {
    /// A new text for each new wish, e.g. a UUID. The same key with the same body gets the same answer for 24 hours.
    #[serde(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}

/// Reads credentials without ever quoting a value in what is said about them.
fn credentials<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Credentials, D::Error> {
    let expected = || D::Error::custom("must be an object whose values are all texts");
    let value = serde_json::Value::deserialize(deserializer).map_err(|_| expected())?;
    let values: BTreeMap<String, String> = serde_json::from_value(value).map_err(|_| expected())?;
    Ok(values.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_credential() {
        let body: ConnectBody =
            serde_json::from_str(r#"{"psa":"halopsa","credentials":{"client_secret":"hunter2"}}"#).unwrap();
        let shown = format!("{body:?}");
        assert!(shown.contains("client_secret") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_malformed_credential_is_not_quoted() {
        for credentials in [r#""hunter2""#, r#"{"client_secret":["hunter2"]}"#, r#"["hunter2"]"#] {
            let body = format!(r#"{{"psa":"halopsa","credentials":{credentials}}}"#);
            let error = serde_json::from_str::<ConnectBody>(&body).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && error.contains("texts"), "{error}");
        }
    }
}
