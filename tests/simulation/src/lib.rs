//! PSA Bridge in simulation: the real use cases on a model of the store and of the PSAs, under virtual time and a
//! scheduler that draws lots, against the promises that the bridge makes.
//!
//! - [`history`] draws and runs a history: what partners, pipelines, PSAs and fate do, from one number;
//! - [`executor`] is time, chance and tasks; [`store`], [`psa`], [`vault`], [`post`] and [`bell`] are the world that the ports see;
//! - [`world`] is everybody who acts; [`promises`] are the checks.
//!
//! The same seed gives the same history, on every machine. A seed that breaks a promise is told by the test that found
//! it; `SIMULATION_SEED=<seed> cargo test -p psa-bridge-simulation --test promises -- replay` tells its history.

pub mod bell;
pub mod executor;
pub mod history;
pub mod post;
pub mod promises;
pub mod psa;
pub mod random;
pub mod seats;
pub mod store;
pub mod vault;
pub mod world;
