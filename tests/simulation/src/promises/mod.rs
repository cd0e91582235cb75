//! The promises, as checks: some on every call that reaches a PSA, the rest on what is left once the world is kind
//! again.
//!
//! 1. Every accepted event ends in a ticket, a note, or a reason, unless a hold that the partner can read keeps it.
//! 2. One event makes at most one ticket a connection, and one note.
//! 3. Per fingerprint in the order of event time among what waits.
//! 4. No outage loses anything, and the request budget is kept.
//! 5. Nobody sees or receives what is not theirs.
//! 6. No call begins with retired credentials.
//! 7. One partner's trouble does not slow another's tickets (named scenarios).
//! 8. What is malformed, or breaks the code, harms nothing else.

mod end;
mod ledger;
mod order;

pub use end::{check_end, unfinished};
pub use ledger::{Home, Ledger, LedgerGate};

use jiff::Timestamp;
use std::fmt;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Its number.
    pub promise: u8,
    /// How.
    pub what: String,
    /// When, in virtual time.
    pub at: Timestamp,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "promise {} is broken at {:.3}: {}", self.promise, self.at, self.what)
    }
}
