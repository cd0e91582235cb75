//! Whose events have to be routed again, and who is at it.
//!
//! A request is one row a scope for as long as it is kept. Claims are counted by its fence, wishes are told apart by
//! `requested_at`: a worker whose claim holds while the wish is a newer one goes on with that, so that no second worker
//! begins beside it; a worker whose fence is an older one has lost it.

use super::{
    audit, connections,
    error::{DbError, DbResult},
    missing,
    rows::{all, change, counter, first, rows, text, time, to_number},
};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    audit as lines,
    ids::{ConnectionId, PartnerId},
    ports::{
        Actor, BackfillAsked, BackfillProgress, BackfillState, RouteReach, RouteRequest, RouteScope,
        RouteTurn,
    },
};
use rusqlite::{Connection as Db, Row};

/// Asks for it. A newer wish takes the place of an older one and begins anew, under the claim of who works the older one;
/// it is always later than that, so that finishing the older one cannot strike it off. All of an organisation's events
/// stay asked for until they were looked at.
pub(super) fn ask(db: &Db, scope: &RouteScope, reach: RouteReach, now: Timestamp) -> DbResult<()> {
    const SAVE: &str = "
        INSERT INTO route_requests (scope, id, reach, requested_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (scope, id) DO UPDATE
        SET reach = iif(finished_at IS NULL AND reach = 'all', 'all', excluded.reach),
            requested_at = excluded.requested_at, cursor = NULL, started_at = NULL, looked_at = 0, routed = 0,
            finished_at = NULL";
    const OLDER: &str = "SELECT requested_at FROM route_requests WHERE scope = ?1 AND id = ?2";
    let (kind, id) = key(scope);
    let older = first(db, OLDER, [kind, id], |row| time(&row.get::<_, String>(0)?))?;
    let just_after = older.map_or(now, |older| later(older).max(now));
    change(db, SAVE, [kind, id, reach_name(reach), &text(just_after)]).map(drop)
}

fn later(time: Timestamp) -> Timestamp {
    time.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX)
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT scope, id, reach, requested_at, cursor, fence, claimed_until, started_at, looked_at, routed \
             FROM route_requests WHERE finished_at IS NULL ",
            $rest
        )
    };
}

pub(super) const OLDEST: &str = columns!("ORDER BY requested_at, scope, id LIMIT ?1");

/// The open requests, oldest first.
pub(super) fn list(db: &Db, limit: usize) -> DbResult<Vec<RouteRequest>> {
    all(db, OLDEST, [rows(limit)], request)
}

fn open(db: &Db, scope: &RouteScope) -> DbResult<Option<RouteRequest>> {
    const SQL: &str = columns!("AND scope = ?1 AND id = ?2");
    let (kind, id) = key(scope);
    first(db, SQL, [kind, id], request)
}

/// Claims a request, if nobody works it.
pub(super) fn claim(
    db: &Db,
    scope: &RouteScope,
    until: Timestamp,
    now: Timestamp,
) -> DbResult<Option<RouteRequest>> {
    let Some(request) = open(db, scope)?.filter(|request| request.is_free(now)) else { return Ok(None) };
    let claimed = RouteRequest {
        fence: request.fence + 1,
        claimed_until: Some(until),
        started_at: request.started_at.or(Some(now)),
        ..request
    };
    save(db, &claimed)?;
    Ok(Some(claimed))
}

/// Notes how far it has come.
pub(super) fn advance(
    db: &Db,
    request: &RouteRequest,
    until: Timestamp,
    now: Timestamp,
) -> DbResult<RouteTurn> {
    let Some(kept) = open(db, &request.scope)?.filter(|kept| kept.fence == request.fence) else {
        return Ok(RouteTurn::Lost);
    };
    if kept.requested_at == request.requested_at {
        save(db, &RouteRequest { claimed_until: Some(until), ..request.clone() })?;
        return Ok(RouteTurn::Made);
    }
    let newer =
        RouteRequest { claimed_until: Some(until), started_at: kept.started_at.or(Some(now)), ..kept };
    save(db, &newer)?;
    Ok(RouteTurn::AskedAgain(newer))
}

/// Strikes it off.
pub(super) fn finish(db: &Db, request: &RouteRequest, now: Timestamp) -> DbResult<RouteTurn> {
    const SQL: &str =
        "UPDATE route_requests SET finished_at = ?3, claimed_until = NULL WHERE scope = ?1 AND id = ?2";
    let until = request.claimed_until.unwrap_or(now);
    let turn = advance(db, request, until, now)?;
    if turn == RouteTurn::Made {
        let (kind, id) = key(&request.scope);
        change(db, SQL, [kind, id, &text(now)])?;
    }
    Ok(turn)
}

/// Ends every claim, whoever holds it.
pub(super) fn end_claims(db: &Db) -> DbResult<()> {
    change(db, "UPDATE route_requests SET claimed_until = NULL WHERE claimed_until IS NOT NULL", ()).map(drop)
}

fn save(db: &Db, request: &RouteRequest) -> DbResult<()> {
    const SQL: &str = "
        UPDATE route_requests
        SET cursor = ?3, fence = ?4, claimed_until = ?5, started_at = ?6, looked_at = ?7, routed = ?8
        WHERE scope = ?1 AND id = ?2";
    let (kind, id) = key(&request.scope);
    let parameters = (
        kind,
        id,
        &request.cursor,
        to_number(request.fence)?,
        request.claimed_until.map(text),
        request.started_at.map(text),
        to_number(request.looked_at)?,
        to_number(request.routed)?,
    );
    change(db, SQL, parameters).map(drop)
}

/// Asks for the backfill of a partner's connection, unless that is asked for.
pub(super) fn ask_backfill(
    db: &Db,
    partner: &PartnerId,
    connection: &ConnectionId,
    actor: &Actor,
    now: Timestamp,
) -> DbResult<BackfillAsked> {
    let usable = connections::of_partner(db, partner, connection)?.filter(|found| found.revoked_at.is_none());
    let Some(usable) = usable else { return Ok(BackfillAsked::NoConnection) };
    let scope = RouteScope::Connection(connection.clone());
    if open(db, &scope)?.is_some() {
        return Ok(BackfillAsked::Already);
    }
    ask(db, &scope, RouteReach::Missing, now)?;
    audit::write(db, &lines::backfill_asked(&usable, actor, now))?;
    Ok(BackfillAsked::Asked)
}

/// Open requests for organisations that the connection maps: how many, and whether one is being worked.
pub(super) const CHANGED_ORGANIZATIONS: &str = "
    SELECT count(*), coalesce(max(r.claimed_until > ?2), 0)
    FROM route_requests r
    CROSS JOIN mappings m ON m.connection = ?1 AND m.organization = r.id
    WHERE r.finished_at IS NULL AND r.scope = 'organization'";

/// Where the backfill of a connection stands.
pub(super) fn progress(db: &Db, connection: &ConnectionId, now: Timestamp) -> DbResult<BackfillProgress> {
    const OWN: &str = "
        SELECT requested_at, started_at, finished_at, looked_at, routed, claimed_until FROM route_requests
        WHERE scope = 'connection' AND id = ?1";
    let idle = BackfillProgress {
        state: BackfillState::Idle,
        requested_at: None,
        started_at: None,
        finished_at: None,
        looked_at: 0,
        routed: 0,
        organizations: 0,
        remaining: missing::remaining(db, connection)?,
    };
    let changed = first(db, CHANGED_ORGANIZATIONS, (connection.as_str(), text(now)), |row| {
        Ok((counter(row, 0)?, row.get::<_, bool>(1)?))
    })?;
    let (organizations, organization_is_worked) = changed.unwrap_or_default();
    let own = first(db, OWN, [connection.as_str()], |row| {
        let of = BackfillProgress {
            requested_at: optional_time(row, 0)?,
            started_at: optional_time(row, 1)?,
            finished_at: optional_time(row, 2)?,
            looked_at: counter(row, 3)?,
            routed: counter(row, 4)?,
            ..idle.clone()
        };
        Ok((of, optional_time(row, 5)?))
    })?;
    let (of, claimed_until) = own.unwrap_or((idle, None));
    let is_open = of.requested_at.is_some() && of.finished_at.is_none();
    let state = if organization_is_worked || claimed_until.is_some_and(|until| until > now) {
        BackfillState::Running
    } else if is_open || organizations > 0 {
        BackfillState::Waiting
    } else {
        BackfillState::Idle
    };
    Ok(BackfillProgress { state, organizations, ..of })
}

fn optional_time(row: &Row<'_>, column: usize) -> DbResult<Option<Timestamp>> {
    row.get::<_, Option<String>>(column)?.as_deref().map(time).transpose()
}

fn request(row: &Row<'_>) -> DbResult<RouteRequest> {
    let (kind, id, reach): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(RouteRequest {
        scope: scope(&kind, &id)?,
        reach: if reach == reach_name(RouteReach::All) { RouteReach::All } else { RouteReach::Missing },
        requested_at: time(&row.get::<_, String>(3)?)?,
        cursor: row.get(4)?,
        fence: counter(row, 5)?,
        claimed_until: optional_time(row, 6)?,
        started_at: optional_time(row, 7)?,
        looked_at: counter(row, 8)?,
        routed: counter(row, 9)?,
    })
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

fn reach_name(reach: RouteReach) -> &'static str {
    match reach {
        RouteReach::Missing => "missing",
        RouteReach::All => "all",
    }
}
