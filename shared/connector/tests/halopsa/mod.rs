//! What the connector is held to, by theme.

mod faults;
mod rights;
mod seats;
mod suite;
mod support;
