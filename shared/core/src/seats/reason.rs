//! Why a line is not being written.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a line waits for a person. The names are stable and are the API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatReason {
    /// The count would drop by more than the settings allow.
    BigDrop,
    /// The count would drop to zero.
    ToZero,
    /// Somebody changed the count in the PSA.
    MovedByHand,
    /// The PSA's answer to a change was lost, and it shows neither the count from before nor the one that was asked for.
    AmbiguousAfterLostAnswer,
    /// The PSA's answer to a change was lost, and it cannot be told whether it was made: what the PSA shows cannot be read.
    OutcomeUnreadable,
    /// The PSA has no such licence or contract service, or does not show it.
    LicenseMissing,
    /// The API user may not read or change it.
    PermissionMissing,
    /// The PSA refuses the change.
    PsaRefused,
    /// The vendor tells counts of several products, and the settings do not say which one the licence takes.
    SeveralProducts,
    /// Another organisation is mapped onto the same licence.
    LicenseShared,
}

impl SeatReason {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::BigDrop => "big_drop",
            Self::ToZero => "to_zero",
            Self::MovedByHand => "moved_by_hand",
            Self::AmbiguousAfterLostAnswer => "ambiguous_after_lost_answer",
            Self::OutcomeUnreadable => "outcome_unreadable",
            Self::LicenseMissing => "license_missing",
            Self::PermissionMissing => "permission_missing",
            Self::PsaRefused => "psa_refused",
            Self::SeveralProducts => "several_products",
            Self::LicenseShared => "license_shared",
        }
    }

    /// Whether a person may have the count written all the same, by confirming just what is shown.
    pub fn can_be_confirmed(self) -> bool {
        matches!(self, Self::BigDrop | Self::ToZero | Self::MovedByHand | Self::AmbiguousAfterLostAnswer)
    }

    /// Whether it follows from what is mapped, told and shown, so that another judgement replaces it.
    pub fn is_judged(self) -> bool {
        self.can_be_confirmed() || matches!(self, Self::LicenseShared | Self::SeveralProducts)
    }

    /// What to do about it, in English.
    pub fn fix(self) -> &'static str {
        match self {
            Self::BigDrop | Self::ToZero => "Compare both counts; confirm the drop if it is right.",
            Self::MovedByHand => {
                "Somebody changed the count in the PSA. Confirm to set it to the vendor's, or set it there yourself."
            }
            Self::AmbiguousAfterLostAnswer => {
                "Look at the count in the PSA. Confirm to set it to the vendor's, or set it there yourself."
            }
            Self::OutcomeUnreadable => {
                "Look at the count in the PSA. It is read again daily, and whenever you ask; nothing is sent before."
            }
            Self::LicenseMissing => "Map the organisation onto a licence or contract service that is there.",
            Self::PermissionMissing => {
                "Give the API user the right to read and change it; see the set-up guide."
            }
            Self::PsaRefused => {
                "Mend in the PSA what it refuses; it is tried again daily, and whenever you ask."
            }
            Self::SeveralProducts => "Say in the settings which product the licences take (`seats.product`).",
            Self::LicenseShared => "Map each organisation onto a licence of its own.",
        }
    }
}

/// Why nothing is to be done with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatRest {
    /// The settings say that no counts are written.
    Off,
    /// The organisation is not mapped, or onto no licence.
    NoLicense,
    /// The settings name another product.
    OtherProduct,
}
