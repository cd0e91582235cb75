//! PSA Bridge in simulation.

pub mod store;
