//! The functions, each as its bootstrap runs it.

pub mod activity;
pub mod backfill;
pub mod connections;
pub mod ingest;
pub mod mappings;
pub mod seats;
pub mod tickets;
