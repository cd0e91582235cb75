//! Connectors to PSAs: one trait, one module a PSA, one conformance suite.
