//! What the connector is held to, by theme.

mod faults;
mod forms;
mod rights;
mod seats;
mod suite;
mod support;
