//! The ports of PSA Bridge on one machine: SQLite, an encrypted vault, an in-memory bell.
