//! A bridge for tests: a real store, under a clock that the test moves, with a PSA that does what the test scripts.
//!
//! A [`Scene`] is for what happens behind the scenes, a [`Bridge`] for what is asked over HTTP; both stand on a
//! [`World`].

#![expect(clippy::unwrap_used, reason = "a scene that cannot be set fails its test")]
#![expect(clippy::missing_panics_doc, reason = "panicking is how a scene tells that it cannot be set")]

mod books;
mod bridge;
mod document;
mod psa;
mod scene;
mod watched;
mod world;

pub use books::{BookPsa, Books, client};
pub use bridge::{ACME, Bridge, GLOBEX, Reply};
pub use document::assert_described;
pub use psa::{Answer, ScriptedPsa};
pub use scene::Scene;
pub use watched::{RecordingBell, RecordingNudge, RecordingVault, TestClock};
pub use world::{CONTACT, World, actor, id};

use jiff::SignedDuration;

/// The scripted PSA's settle time.
pub const SETTLE: SignedDuration = SignedDuration::from_secs(180);
