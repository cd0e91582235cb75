//! That the bridge stopped working a connection by itself, and how it looks whether it can go on.

use crate::reason::Reason;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A stop by the bridge itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suspension {
    /// Why.
    pub cause: SuspensionCause,
    /// Since when.
    pub since: Timestamp,
    /// What the PSA said or did.
    pub detail: String,
    /// When the bridge looks whether it is over; never by itself, where none.
    pub canary_at: Option<Timestamp>,
    /// How often it has looked.
    pub canaries: u32,
}

/// Why the bridge stops working a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionCause {
    /// The PSA does not accept the credentials. No canary: API users get locked.
    Credentials,
    /// The API user lost a permission. No canary: only a person can give it back.
    Permission,
    /// The PSA cannot be reached, is in maintenance or fails.
    Unavailable,
}

impl SuspensionCause {
    /// The reason as deliveries show it.
    pub fn reason(self) -> Reason {
        match self {
            Self::Credentials => Reason::SuspendedCredentials,
            Self::Permission => Reason::SuspendedPermission,
            Self::Unavailable => Reason::SuspendedUnavailable,
        }
    }

    /// Whether the bridge may look by itself whether it is over.
    pub fn has_canary(self) -> bool {
        self == Self::Unavailable
    }
}

/// How fast the bridge looks whether an outage is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryPlan {
    /// The first interval. Doubled each time.
    pub first: SignedDuration,
    /// The longest.
    pub longest: SignedDuration,
}

impl CanaryPlan {
    /// The interval after `canaries` looks.
    pub fn interval(self, canaries: u32) -> SignedDuration {
        let factor = 1_i32.checked_shl(canaries.min(20)).unwrap_or(i32::MAX);
        self.first.checked_mul(factor).map_or(self.longest, |interval| interval.min(self.longest))
    }
}
