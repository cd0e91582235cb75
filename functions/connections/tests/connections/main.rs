//! The connections function, asked over HTTP, on a real store and a scripted PSA.

#![cfg(test)]

mod backfill;
mod bridge;
mod connecting;
mod credentials;
mod isolation;
mod life;
mod psa;
mod settings;
mod test_ticket;
