//! What a worker does: with what waits, with a PSA that stumbles, with a connection that is held, with test tickets.

#![expect(clippy::unwrap_used, reason = "a scene that cannot be set fails its test")]

mod deliveries;
mod test_ticket;
