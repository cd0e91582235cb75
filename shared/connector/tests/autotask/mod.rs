//! What the connector is held to, by theme.

mod faults;
mod forms;
mod rights;
mod suite;
mod support;
