//! The ports: a line a step.

mod events;
mod records;
mod registry;
mod routes;
mod work;
