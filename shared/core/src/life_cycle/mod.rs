//! The life of a problem's ticket: what becomes of repeats, recoveries and relapses, and of many problems at once. Pure.
//!
//! - [`LifeCycle`] is what the partner chose;
//! - [`FingerprintRecord`] and [`StormRecord`] are what the bridge remembers between events;
//! - [`moves`] says what is to be done with an event, from both.
//!
//! Times compared here are times of events, not of work: what came late must not undo what is newer.

mod choices;
pub mod moves;
mod record;
mod storm;

pub use choices::{LifeCycle, Relapse, Repeats, Resolve};
pub use record::{FingerprintRecord, TrackedTicket};
pub use storm::{RollUpTicket, StormRecord};
