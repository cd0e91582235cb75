//! The domain of PSA Bridge: types, rules, use cases and the ports they stand on.
//!
//! No I/O happens here but through a port, so rules and use cases cannot tell whether they run on AWS, on one machine or
//! in a simulation under virtual time.

pub mod audit;
pub mod budget;
pub mod catalogue;
pub mod cloud_event;
pub mod connection;
pub mod connector_factory;
pub mod delivery;
pub mod event;
pub mod ids;
pub mod life_cycle;
pub mod mapping;
pub mod notice;
pub mod operation;
pub mod organization;
pub mod ports;
pub mod reason;
pub mod routing;
pub mod seats;
#[cfg(feature = "suite")]
pub mod suite;
pub mod trouble;
pub mod usecases;
pub mod webhook;
