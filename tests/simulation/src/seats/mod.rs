//! Seat counts in short histories: the real worker on the model of the store, against a model of a PSA that answers late,
//! loses answers, and is edited by hand, while workers die anywhere.
//!
//! - [`psa`] is the model of the PSA: one licence that is set, or one contract service that is added to;
//! - [`world`] is everything around the worker;
//! - [`stage`] is one connection on which a test says what happens;
//! - [`history`] draws and runs a history, from one number, and checks what it came to.

pub mod history;
pub mod psa;
pub mod stage;
pub mod world;
