//! What was done to a connection, as the audit tells it.

use psa_bridge_core::connection::{Connection, ConnectionChange};
use serde_json::{Value, json};

/// What was done to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionAction {
    SettingsSaved,
    SettingsReset,
    SettingsCompared,
    FieldRevealed,
    ContactSaved,
    Checked,
    CredentialsReplaced,
    Proven,
    Confirmed,
    Paused,
    Resumed,
    Revoked,
    /// The part that a worker finds out; here by another way than a worker's.
    Noted,
    Suspended,
    Recovered,
}

impl ConnectionAction {
    /// What the change does.
    pub(super) fn of(change: &ConnectionChange) -> Self {
        use ConnectionChange as C;
        match change {
            C::SettingsSaved(_) => Self::SettingsSaved,
            C::SettingsReset => Self::SettingsReset,
            C::SettingsCompared { .. } => Self::SettingsCompared,
            C::FieldRevealed { .. } => Self::FieldRevealed,
            C::ContactSaved { .. } => Self::ContactSaved,
            C::Checked(_) => Self::Checked,
            C::CredentialsReplaced { .. } => Self::CredentialsReplaced,
            C::Proven(_) => Self::Proven,
            C::Confirmed => Self::Confirmed,
            C::Paused { .. } => Self::Paused,
            C::Resumed => Self::Resumed,
            C::Revoked => Self::Revoked,
            C::Suspended { .. } | C::CanaryFailed { .. } => Self::Suspended,
            C::Recovered => Self::Recovered,
            C::CallFailed | C::CallWorked | C::Throttled { .. } | C::Postponed { .. } | C::CaughtUp => {
                Self::Noted
            }
        }
    }

    /// Its name in the audit.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SettingsSaved => "connection.settings_saved",
            Self::SettingsReset => "connection.settings_reset",
            Self::SettingsCompared => "connection.settings_compared",
            Self::FieldRevealed => "connection.field_revealed",
            Self::ContactSaved => "connection.contact_saved",
            Self::Checked => "connection.checked",
            Self::CredentialsReplaced => "connection.credentials_replaced",
            Self::Proven => "connection.proven",
            Self::Confirmed => "connection.confirmed",
            Self::Paused => "connection.paused",
            Self::Resumed => "connection.resumed",
            Self::Revoked => "connection.revoked",
            Self::Noted => "connection.noted",
            Self::Suspended => "connection.suspended",
            Self::Recovered => "connection.recovered",
        }
    }

    /// The part of a connection that it is about.
    pub(super) fn part(self, of: &Connection) -> Value {
        match self {
            Self::SettingsSaved | Self::SettingsReset => json!(of.settings),
            Self::SettingsCompared => json!(of.unfit_settings),
            Self::FieldRevealed => json!(of.revealed_fields),
            Self::ContactSaved => {
                json!({ "emergency_contact": of.emergency_contact, "language": of.language })
            }
            Self::Checked => of
                .check
                .as_ref()
                .map_or(Value::Null, |check| json!({ "at": check.at, "passed": check.report.passed() })),
            Self::CredentialsReplaced => json!({ "generation": of.generation }),
            Self::Proven => json!({ "ticket": of.proof.as_ref().map(|proof| &proof.ticket) }),
            Self::Confirmed => json!({ "confirmed_at": of.confirmed_at }),
            Self::Paused | Self::Resumed => json!({ "paused": of.paused }),
            Self::Revoked => json!({ "revoked_at": of.revoked_at }),
            Self::Noted => json!({ "failures": of.failures, "not_before": of.not_before }),
            Self::Suspended | Self::Recovered => json!({ "suspended": of.suspended }),
        }
    }
}
