//! The backfill function of PSA Bridge: the schedule that finds what was left out.
