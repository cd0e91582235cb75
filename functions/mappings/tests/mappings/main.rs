//! The mappings function over HTTP, on a real store, with a PSA that does what a test tells it.

#![cfg(test)]

mod bridge;
mod bulk;
mod clients;
mod document;
mod health;
mod isolation;
mod mapping;
mod organizations;
mod suggestions;
