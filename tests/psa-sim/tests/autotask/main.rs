//! The simulator of Autotask over real HTTP, as a client meets it: each refusal, each fault, each switch.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that gets no answer has failed")]

mod access;
mod adjustments;
mod changes;
mod client;
mod contracts;
mod control;
mod faults;
mod filters;
mod limits;
mod metadata;
mod notes;
mod paging;
mod queries;
mod refusals;
mod routes;
mod scale;
mod tickets;
mod zones;
