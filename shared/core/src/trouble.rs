//! What an operator has to know of a connection that does not do what its partner expects.

use crate::connection::Connection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The bridge stopped working it.
    Suspended,
    /// A person paused it.
    Paused,
    /// Its set-up was never confirmed.
    NotConfirmed,
    /// Its settings were reset after it had been confirmed.
    SettingsMissing,
    /// The tenant no longer takes some of its settings.
    UnfitSettings,
    /// Deliveries wait, and something holds them.
    Held,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Suspended,
        Self::Paused,
        Self::NotConfirmed,
        Self::SettingsMissing,
        Self::UnfitSettings,
        Self::Held,
    ];

    /// Whether a connection has it. `has_unfinished`: whether deliveries of it are unfinished.
    pub fn is_of(self, connection: &Connection, has_unfinished: bool) -> bool {
        let is_confirmed = connection.confirmed_at.is_some();
        match self {
            Self::Suspended => connection.suspended.is_some(),
            Self::Paused => connection.paused.is_some(),
            Self::NotConfirmed => !is_confirmed,
            Self::SettingsMissing => is_confirmed && connection.settings.is_none(),
            Self::UnfitSettings => !connection.unfit_settings.is_empty(),
            Self::Held => has_unfinished && connection.hold().is_some(),
        }
    }

    /// All that a connection has.
    pub fn all_of(connection: &Connection, has_unfinished: bool) -> Vec<Self> {
        Self::ALL.into_iter().filter(|trouble| trouble.is_of(connection, has_unfinished)).collect()
    }
}
