//! The ports: a line a step.

mod events;
mod notices;
mod operator;
mod records;
mod registry;
mod routes;
mod seats;
mod work;
