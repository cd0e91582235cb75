//! Whose events have to be routed again.

use super::{
    error::{DbError, DbResult},
    rows::{all, change, first, rows, text, time},
};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::ports::{RouteRequest, RouteScope};
use rusqlite::Connection as Db;

/// Asks for it. A newer wish takes the place of an older one and begins anew; it is always later than the older one, so
/// that a worker that finishes the older one cannot strike it off.
pub(super) fn ask(db: &Db, scope: &RouteScope, now: Timestamp) -> DbResult<()> {
    const SAVE: &str = "
        INSERT INTO route_requests (scope, id, requested_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (scope, id) DO UPDATE SET requested_at = excluded.requested_at, cursor = NULL";
    const OLDER: &str = "SELECT requested_at FROM route_requests WHERE scope = ?1 AND id = ?2";
    let (kind, id) = key(scope);
    let older = first(db, OLDER, [kind, id], |row| time(&row.get::<_, String>(0)?))?;
    let just_after = older.map_or(now, |older| later(older).max(now));
    change(db, SAVE, [kind, id, &text(just_after)]).map(drop)
}

fn later(time: Timestamp) -> Timestamp {
    time.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX)
}

pub(super) const OLDEST: &str =
    "SELECT scope, id, requested_at, cursor FROM route_requests ORDER BY requested_at, scope, id LIMIT ?1";

/// The requests, oldest first.
pub(super) fn list(db: &Db, limit: usize) -> DbResult<Vec<RouteRequest>> {
    all(db, OLDEST, [rows(limit)], |row| {
        let (kind, id): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(RouteRequest {
            scope: scope(&kind, &id)?,
            requested_at: time(&row.get::<_, String>(2)?)?,
            cursor: row.get(3)?,
        })
    })
}

/// Notes how far it has come, unless a newer one took its place.
pub(super) fn advance(db: &Db, request: &RouteRequest) -> DbResult<()> {
    const SQL: &str =
        "UPDATE route_requests SET cursor = ?4 WHERE scope = ?1 AND id = ?2 AND requested_at = ?3";
    let (kind, id) = key(&request.scope);
    change(db, SQL, (kind, id, text(request.requested_at), &request.cursor)).map(drop)
}

/// Strikes it off, unless a newer one took its place.
pub(super) fn finish(db: &Db, request: &RouteRequest) -> DbResult<()> {
    const SQL: &str = "DELETE FROM route_requests WHERE scope = ?1 AND id = ?2 AND requested_at = ?3";
    let (kind, id) = key(&request.scope);
    change(db, SQL, (kind, id, text(request.requested_at))).map(drop)
}

fn key(scope: &RouteScope) -> (&'static str, &str) {
    match scope {
        RouteScope::Organization(id) => ("organization", id.as_str()),
        RouteScope::Connection(id) => ("connection", id.as_str()),
    }
}

fn scope(kind: &str, id: &str) -> DbResult<RouteScope> {
    let unreadable = |error| DbError::corrupt("the scope of a route request", error);
    match kind {
        "organization" => id.parse().map(RouteScope::Organization).map_err(unreadable),
        _ => id.parse().map(RouteScope::Connection).map_err(unreadable),
    }
}
