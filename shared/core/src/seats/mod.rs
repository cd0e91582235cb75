//! Seat counts: what the vendor bills a partner per seat, kept equal in what the partner bills its client from.
//!
//! A *line* is one product of one organisation in one connection. The count that the vendor told last (by the time of the
//! event) is its goal; what the PSA shows is read before and after every write. The rules are pure and in two places:
//! [`judge`] says what is to be done with what was read, [`SeatLine::apply`] is every legal change of a line. Stores call
//! the latter inside their transactions.
//!
//! A count is money, so the rule in doubt is always the same: nothing is written, and a person is asked, with a reason.

mod change;
mod entry;
mod judge;
mod line;
mod reason;
mod rows;
mod settings;
mod told;
mod waking;

pub use change::{IllegalSeatChange, LineChange};
pub use entry::{SeatCause, SeatEntry};
pub(crate) use judge::counting;
pub use judge::{Judged, Verdict, judge};
pub use line::{Confirmed, Looked, SeatAttempt, SeatLine, SeatWait, Undone};
pub use reason::{SeatReason, SeatRest};
pub use rows::{Row, Rows};
pub use settings::{SeatEffective, SeatMode, SeatSettings};
pub use told::ToldSeats;
pub use waking::{change_wakes, gets_back, mapping_wakes, told_wakes};

use jiff::SignedDuration;

/// How often each line is compared with what the PSA shows.
pub const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(24);
