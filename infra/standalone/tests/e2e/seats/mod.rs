//! Seat counts the whole way: a vendor's event, the worker of the real program, the real connectors, and what the simulated
//! PSAs then have.

mod autotask;
mod command_line;
mod counts;
mod guarded;
mod halopsa;
mod killed;
mod psas;
mod scene;
