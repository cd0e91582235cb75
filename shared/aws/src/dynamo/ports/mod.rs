//! The ports, one file a trait.

mod budgets;
mod events;
mod idempotency;
mod notices;
mod operator;
mod records;
mod registry;
mod routes;
mod seats;
mod work;

pub use work::{PAGE, TOGETHER};
