//! Whole-stack tests of PSA Bridge.
