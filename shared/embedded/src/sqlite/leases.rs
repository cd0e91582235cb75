//! Leases: who may work a connection, and whether a bell rang meanwhile.

use super::{
    connections,
    error::DbResult,
    rows::{change, counter, first, text, time, to_number},
};
use jiff::Timestamp;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Lease, LeaseOutcome, LeasedWork, Release},
};
use rusqlite::Connection as Db;

/// A lease as it is kept.
struct Kept {
    fence: u64,
    bells: u64,
    held_until: Option<Timestamp>,
}

/// Takes the lease, or leaves word that a bell rang.
pub(super) fn take(
    db: &Db,
    connection: &ConnectionId,
    until: Timestamp,
    now: Timestamp,
) -> DbResult<LeaseOutcome> {
    const TAKE: &str = "UPDATE leases SET fence = ?2, held_until = ?3 WHERE connection = ?1";
    const RING: &str = "UPDATE leases SET bells = bells + 1 WHERE connection = ?1";
    let Some(kept) = load(db, connection)? else { return Ok(LeaseOutcome::Unknown) };
    if kept.held_until.is_some_and(|until| until > now) {
        change(db, RING, [connection.as_str()])?;
        return Ok(LeaseOutcome::Held);
    }
    let Some(found) = connections::load(db, connection)? else { return Ok(LeaseOutcome::Unknown) };
    let fence = kept.fence + 1;
    change(db, TAKE, (connection.as_str(), to_number(fence)?, text(until)))?;
    let lease = Lease { connection: connection.clone(), fence, until, bells: kept.bells };
    Ok(LeaseOutcome::Taken(Box::new(LeasedWork { lease, connection: found })))
}

/// Hands the lease back, unless a bell rang since.
pub(super) fn release(db: &Db, lease: &Lease) -> DbResult<Release> {
    let Some((kept, until)) = held(db, lease)? else { return Ok(Release::Lost) };
    if kept.bells != lease.bells {
        return Ok(Release::BellRang(Lease { until, bells: kept.bells, ..lease.clone() }));
    }
    hand_back(db, lease)?;
    Ok(Release::Released)
}

/// Hands the lease back, if it is still held.
pub(super) fn hand_back(db: &Db, lease: &Lease) -> DbResult<()> {
    const SQL: &str = "UPDATE leases SET held_until = NULL WHERE connection = ?1 AND fence = ?2";
    change(db, SQL, (lease.connection.as_str(), to_number(lease.fence)?)).map(drop)
}

/// Ends every lease, whoever holds it.
pub(super) fn end_all(db: &Db) -> DbResult<()> {
    change(db, "UPDATE leases SET held_until = NULL WHERE held_until IS NOT NULL", ()).map(drop)
}

/// Whether the lease was neither handed back nor taken over. One that ran out and that nobody took is still good: its
/// fence tells it from any later one.
pub(super) fn is_held(db: &Db, lease: &Lease) -> DbResult<bool> {
    Ok(held(db, lease)?.is_some())
}

fn held(db: &Db, lease: &Lease) -> DbResult<Option<(Kept, Timestamp)>> {
    let kept = load(db, &lease.connection)?.filter(|kept| kept.fence == lease.fence);
    Ok(kept.and_then(|kept| kept.held_until.map(|until| (kept, until))))
}

fn load(db: &Db, connection: &ConnectionId) -> DbResult<Option<Kept>> {
    const SQL: &str = "SELECT fence, bells, held_until FROM leases WHERE connection = ?1";
    first(db, SQL, [connection.as_str()], |row| {
        let held_until: Option<String> = row.get(2)?;
        Ok(Kept {
            fence: counter(row, 0)?,
            bells: counter(row, 1)?,
            held_until: held_until.as_deref().map(time).transpose()?,
        })
    })
}
