//! The store ports: each method hands a step to the writer or a query to the readers. What they do is in the files one
//! folder up.

mod events;
mod notices;
mod operator;
mod records;
mod registry;
mod routes;
mod seats;
mod work;
