//! What it takes to run public client libraries of PSAs, which nobody here wrote, against the simulators.
//!
//! It exists because a simulator and a connector that were read from the same sources can share a mistake. A library
//! that others use with the real PSA cannot share it: where the two disagree, the facts decide who is right.
//!
//! - [`Python`] is an interpreter with the libraries of `requirements.txt`, pinned and hashed, made once and kept.
//! - [`TlsFront`] stands between a library that knows its PSA's public host only and a simulator on this machine.

mod python;
mod tls_front;

pub use python::{Python, PythonError};
pub use tls_front::{FrontError, TlsFront};
