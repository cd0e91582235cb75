//! The HaloPSA connector against the simulator of HaloPSA: the whole suite, then the ways in which tenants and versions
//! differ, then what goes wrong on the wire.

#[cfg(test)]
mod common;
#[cfg(test)]
mod halopsa;
