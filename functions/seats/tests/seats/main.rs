//! The seats function over HTTP on a real store, with the worker that carries out what is wished for.

#![cfg(test)]

mod bridge;
mod counts;
mod wishes;
