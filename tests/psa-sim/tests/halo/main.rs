//! The simulator over real HTTP, as a client meets it: each refusal, each fault, each switch.

mod access;
mod actions;
mod client;
mod control;
mod faults;
mod filters;
mod licences;
mod lists;
mod outages;
mod refusals;
mod scale;
mod tickets;
mod tokens;
