//! What every HTTP function promises, seen from outside: each test sends requests to a small router.

#![cfg(test)]

mod app;
mod bodies;
mod idempotency;
mod identity;
mod key_sets;
mod lists;
mod surroundings;
