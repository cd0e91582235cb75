//! The ingest function of PSA Bridge: events in, from the queue and over HTTP.
