//! What the suite of the ports cannot see: sharing commits, full disks, closing, and what queries cost.

mod backfill_costs;
mod closing;
mod costs;
mod failures;
mod group_commit;
mod pending;
mod rules;
mod telling;
mod world;
