//! What was done to a connection, as the audit tells it.

use crate::connection::{Connection, ConnectionChange};
use serde_json::{Value, json};

/// What a change is called, and the part of a connection that it is about.
pub(super) fn described(change: &ConnectionChange) -> (&'static str, fn(&Connection) -> Value) {
    use ConnectionChange as C;
    match change {
        C::SettingsSaved(_) => ("connection.settings_saved", |of| json!(of.settings)),
        C::SettingsReset => ("connection.settings_reset", |of| json!(of.settings)),
        C::SettingsCompared { .. } => ("connection.settings_compared", |of| json!(of.unfit_settings)),
        C::FieldRevealed { .. } => ("connection.field_revealed", |of| json!(of.revealed_fields)),
        C::ContactSaved { .. } => (
            "connection.contact_saved",
            |of| json!({ "emergency_contact": of.emergency_contact, "language": of.language }),
        ),
        C::Checked(_) => ("connection.checked", |of| {
            let check = of.check.as_ref();
            check.map_or(Value::Null, |check| json!({ "at": check.at, "passed": check.report.passed() }))
        }),
        C::CredentialsReplaced { .. } => {
            ("connection.credentials_replaced", |of| json!({ "generation": of.generation }))
        }
        C::Proven(_) => {
            ("connection.proven", |of| json!({ "ticket": of.proof.as_ref().map(|proof| &proof.ticket) }))
        }
        C::Confirmed => ("connection.confirmed", |of| json!({ "confirmed_at": of.confirmed_at })),
        C::Paused { .. } => ("connection.paused", |of| json!({ "paused": of.paused })),
        C::Resumed => ("connection.resumed", |of| json!({ "paused": of.paused })),
        C::Revoked => ("connection.revoked", |of| json!({ "revoked_at": of.revoked_at })),
        C::Suspended { .. } | C::CanaryFailed { .. } => {
            ("connection.suspended", |of| json!({ "suspended": of.suspended }))
        }
        C::Recovered => ("connection.recovered", |of| json!({ "suspended": of.suspended })),
        C::CallFailed | C::CallWorked | C::Throttled { .. } | C::Postponed { .. } | C::CaughtUp => {
            ("connection.noted", |of| json!({ "failures": of.failures, "not_before": of.not_before }))
        }
    }
}
