//! Seat counts in the words that all PSAs share: where a count stands, what it is, and how a change of it ended.
//!
//! A PSA bills from these numbers. So a change names what it expects to find and writes nothing where something else is
//! found, and what it reports was read back from the PSA.

use crate::{ClientId, LicenseId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a seat count stands: a software licence of HaloPSA, or a service of a recurring-service contract in Autotask,
/// whose id is written `contract:service`, both by their ids (`29684183:456`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LicenseRef {
    /// Whose it must be. A licence that stands with another client is not found.
    pub client: ClientId,
    /// Which.
    pub license: LicenseId,
}

/// A licence to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseDraft {
    /// Its name in the PSA. A client has one active licence of a name.
    pub name: String,
    /// The caller's key of the product, written onto it where the PSA has a field for it.
    pub product: String,
    /// The seats it starts with.
    pub count: i64,
}

/// The seats that a PSA holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatCount {
    /// How many.
    pub count: i64,
    /// What the number was read from.
    pub basis: SeatBasis,
}

/// What a seat count was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatBasis {
    /// A licence, which holds one number whatever the day.
    License {
        /// The whole licence as it was read.
        record: LicenseRecord,
    },
    /// The units of a period, or of the part of one that an earlier adjustment cut off.
    Period {
        /// Its first day.
        from: Date,
        /// Its last day.
        until: Date,
    },
}

/// A licence as the PSA wrote it, for putting back what a write lost; see [`SeatChange::before`]. Its text is the PSA's
/// JSON and means nothing to anybody but the connector. `Debug` shows its length alone: it holds prices and notes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LicenseRecord(String);

impl LicenseRecord {
    /// Wraps the text that [`LicenseRecord::as_str`] gave.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text, to be kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LicenseRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LicenseRecord({} bytes)", self.0.len())
    }
}

/// How a licence is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteStyle {
    /// The id and the count alone: the way that cannot undo what an operator edits at the same time.
    #[default]
    CountOnly,
    /// The whole licence as it was read a moment before: for tenants that lose what is not sent.
    Full,
}

/// A change of a seat count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatChange {
    /// Where.
    pub license: LicenseRef,
    /// What the caller believes to be there. Where it is not, nothing is written.
    pub expected: i64,
    /// What is to be there. Not below 0.
    pub target: i64,
    /// From which day on. Licences have no days: they change at once.
    pub effective: Date,
    /// How a licence is written; of no meaning elsewhere.
    pub style: WriteStyle,
    /// The licence as it was before an earlier try of this change whose end is unknown: what that try lost is put back.
    /// None at the first try.
    pub before: Option<LicenseRecord>,
}

/// How a change ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatWrite {
    /// The target is what the PSA holds now, as read back. It may have been there already.
    Written {
        /// What was there before.
        from: i64,
        /// What is there now.
        to: i64,
        /// Names of fields that writing the count alone lost, and that were put back. Where there are any, the caller
        /// writes this tenant's licences by [`WriteStyle::Full`] from then on.
        restored: Vec<String>,
    },
    /// Neither what was expected nor the target was there, and nothing was written.
    Moved {
        /// What was there.
        found: i64,
    },
}
