//! What the bridge does, each in words of the domain over the ports.

pub mod accept;
pub mod backfill;
pub mod connections;
pub mod leg;
pub mod mappings;
pub mod notify;
pub mod replay;
pub mod seats;
pub mod work;
