//! A seeded workload for PSA Bridge whose every outcome is known beforehand.
