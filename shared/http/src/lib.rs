//! What every HTTP function of PSA Bridge shares: identity, problem details, cursors, idempotency keys.
