//! What a worker does: with what waits, with a PSA that stumbles, with a connection that is held, with test tickets, with a
//! store that is away.

#![cfg(test)]

mod deliveries;
mod store_trouble;
mod test_ticket;
