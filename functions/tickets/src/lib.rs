//! The tickets function of PSA Bridge: works a connection's deliveries.
