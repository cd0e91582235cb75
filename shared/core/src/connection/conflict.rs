//! Why a connection does not take a change.

use thiserror::Error;

/// Why a connection does not take a change. The code is stable and is the API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConnectionConflict {
    /// It was revoked.
    #[error("the connection was revoked")]
    Revoked,
    /// Confirm without ticket settings.
    #[error("the ticket settings are missing")]
    SettingsMissing,
    /// Confirm without an emergency contact.
    #[error("the emergency contact is missing")]
    ContactMissing,
    /// Confirm without a test ticket for the credentials and settings of now.
    #[error("no test ticket was made and found with the present credentials and settings")]
    NotProven,
    /// Confirm while the bridge has stopped working it.
    #[error("the connection is suspended")]
    Suspended,
    /// Pause or resume before it is live.
    #[error("the set-up has not been confirmed")]
    NotConfirmed,
    /// Other credentials were saved meanwhile.
    #[error("other credentials were saved meanwhile")]
    CredentialsChanged,
}

impl ConnectionConflict {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Revoked => "connection_revoked",
            Self::SettingsMissing => "settings_missing",
            Self::ContactMissing => "emergency_contact_missing",
            Self::NotProven => "test_ticket_missing",
            Self::Suspended => "connection_suspended",
            Self::NotConfirmed => "not_confirmed",
            Self::CredentialsChanged => "credentials_changed",
        }
    }
}
