//! Idempotency keys.

use super::{
    error::DbResult,
    rows::{change, first, from_json, text, time, to_json},
};
use jiff::Timestamp;
use psa_bridge_core::ports::{IdempotencyOutcome, StoredResponse};
use rusqlite::Connection as Db;

/// Until when what is kept of a key counts.
pub(super) struct Limits {
    /// Begun before and never finished: free.
    pub(super) expired_before: Timestamp,
    /// Answered before: free.
    pub(super) forgotten_before: Timestamp,
}

/// Takes a key, or says what is known of it.
pub(super) fn begin(
    db: &Db,
    scope: &str,
    key: &str,
    body_hash: &str,
    limits: &Limits,
    now: Timestamp,
) -> DbResult<IdempotencyOutcome> {
    const READ: &str = "SELECT body_hash, begun_at, response FROM idempotency WHERE scope = ?1 AND key = ?2";
    const TAKE: &str = "
        INSERT INTO idempotency (scope, key, body_hash, begun_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (scope, key) DO UPDATE
        SET body_hash = excluded.body_hash, begun_at = excluded.begun_at, response = NULL";
    let kept = first(db, READ, [scope, key], |row| {
        let response: Option<String> = row.get(2)?;
        Ok((row.get::<_, String>(0)?, time(&row.get::<_, String>(1)?)?, response))
    })?;
    if let Some((kept_hash, begun_at, response)) = kept {
        let limit = if response.is_some() { limits.forgotten_before } else { limits.expired_before };
        if begun_at >= limit {
            return Ok(match response {
                _ if kept_hash != body_hash => IdempotencyOutcome::OtherBody,
                None => IdempotencyOutcome::InFlight,
                Some(response) => IdempotencyOutcome::Answered(from_json(&response)?),
            });
        }
    }
    change(db, TAKE, [scope, key, body_hash, &text(now)])?;
    Ok(IdempotencyOutcome::Fresh)
}

/// Keeps the answer.
pub(super) fn finish(db: &Db, scope: &str, key: &str, response: &StoredResponse) -> DbResult<()> {
    const SQL: &str = "UPDATE idempotency SET response = ?3 WHERE scope = ?1 AND key = ?2";
    change(db, SQL, [scope, key, &to_json(response)?]).map(drop)
}

/// Frees a key.
pub(super) fn forget(db: &Db, scope: &str, key: &str) -> DbResult<()> {
    change(db, "DELETE FROM idempotency WHERE scope = ?1 AND key = ?2", [scope, key]).map(drop)
}
