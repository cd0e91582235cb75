//! The domain of PSA Bridge: types, rules, use cases and the ports they stand on.
