//! The activity function over HTTP, on a real store.

#![cfg(test)]

mod bridge;
mod document;
mod events;
mod isolation;
mod operator;
mod records;
mod replay;
mod retry;
mod texts;
mod tickets;
