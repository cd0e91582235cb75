//! The mappings function of PSA Bridge.
