//! The history: one entry a change of a count in a PSA.

use crate::ids::EventId;
use jiff::{Timestamp, civil::Date};
use psa_connector::{ClientId, LicenseId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// That a count was changed in the PSA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeatEntry {
    /// When it was known to be done.
    pub at: Timestamp,
    /// Who wanted it: a person by the token's subject; null where the bridge did it by itself.
    pub by: Option<String>,
    /// Why.
    pub cause: SeatCause,
    /// What the PSA had.
    pub from: i64,
    /// What it has.
    pub to: i64,
    /// From which day on.
    #[schema(value_type = String, format = Date)]
    pub effective: Date,
    /// Of which client.
    #[schema(value_type = String)]
    pub client: ClientId,
    /// On which licence or contract service.
    #[schema(value_type = String)]
    pub license: LicenseId,
    /// The event that told the vendor's count of then.
    pub event: EventId,
    /// Whether the PSA's answer was lost and the change was found by reading the count again.
    pub found: bool,
    /// Other fields that the PSA had lost with the change, and that were put back.
    #[serde(default)]
    pub restored: Vec<String>,
}

/// Why a count was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatCause {
    /// The vendor told another count.
    Told,
    /// A person confirmed what waited.
    Confirmed,
    /// A person took a change back.
    Undone,
    /// It was changed by hand in the PSA, and the settings say to set that right.
    Repaired,
}
