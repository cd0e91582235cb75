//! The connections function of PSA Bridge.
