//! What a worker does: with what waits, with a PSA that stumbles, with a connection that is held, with test tickets, with a
//! store that is away.

#![cfg(test)]

mod deliveries;
mod life_cycle;
mod store_trouble;
mod storms;
mod test_ticket;
