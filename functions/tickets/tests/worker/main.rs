//! What a worker does: with what waits, with a PSA that stumbles, with a connection that is held, with test tickets.

mod deliveries;
mod life_cycle;
mod storms;
mod test_ticket;
