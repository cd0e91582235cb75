//! The activity function of PSA Bridge.
