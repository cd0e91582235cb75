//! The Autotask connector against the simulator of Autotask: the whole suite, then the ways in which tenants and sources
//! differ, then what goes wrong on the wire.

#[cfg(test)]
mod autotask;
#[cfg(test)]
mod common;
