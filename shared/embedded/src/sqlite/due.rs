//! Which connections the sweep rings. The cost follows what is pending: connections with unfinished deliveries are found
//! by jumping through an index that holds nothing else, one jump a connection.

use super::{
    deliveries::connection_id,
    error::DbResult,
    rows::{all, rows, text},
};
use jiff::Timestamp;
use psa_bridge_core::ids::ConnectionId;
use rusqlite::Connection as Db;

pub(super) const DUE: &str = "
    WITH RECURSIVE
    pending (connection) AS (
        SELECT min(connection) FROM deliveries WHERE unfinished = 1
        UNION ALL
        SELECT (SELECT min(d.connection) FROM deliveries d WHERE d.unfinished = 1 AND d.connection > p.connection)
        FROM pending p WHERE p.connection IS NOT NULL
    ),
    counted (connection) AS (
        SELECT min(connection) FROM seat_lines WHERE due_at IS NOT NULL
        UNION ALL
        SELECT (SELECT min(s.connection) FROM seat_lines s WHERE s.due_at IS NOT NULL AND s.connection > p.connection)
        FROM counted p WHERE p.connection IS NOT NULL
    ),
    due (connection, due_at) AS (
        -- Deliveries that nothing holds, and those of revoked connections, which have to be ended.
        SELECT c.id, (SELECT min(d.due_at) FROM deliveries d WHERE d.connection = c.id AND d.unfinished = 1)
        FROM pending p CROSS JOIN connections c ON c.id = p.connection
        WHERE c.revoked = 0 AND c.hold IS NULL AND coalesce(c.not_before <= ?1, 1)
        UNION ALL
        SELECT c.id, '' FROM pending p CROSS JOIN connections c ON c.id = p.connection WHERE c.revoked = 1
        UNION ALL
        SELECT c.id, (SELECT min(s.due_at) FROM seat_lines s WHERE s.connection = c.id AND s.due_at IS NOT NULL)
        FROM counted p CROSS JOIN connections c ON c.id = p.connection
        WHERE c.revoked = 0 AND c.hold IS NULL AND coalesce(c.not_before <= ?1, 1)
        UNION ALL
        -- A person asked for these, so no hold keeps them.
        SELECT c.id, iif(c.revoked, '', o.due_at)
        FROM (SELECT connection, min(due_at) AS due_at FROM operations WHERE open = 1 GROUP BY connection) o
        CROSS JOIN connections c ON c.id = o.connection
        WHERE c.revoked = 1 OR coalesce(c.not_before <= ?1, 1)
        UNION ALL
        SELECT c.id, c.canary_at FROM connections c
        WHERE c.canary_at IS NOT NULL AND c.canary_at <= ?1 AND coalesce(c.not_before <= ?1, 1)
    )
    SELECT d.connection
    FROM due d CROSS JOIN leases l ON l.connection = d.connection
    WHERE d.due_at <= ?1 AND coalesce(l.held_until <= ?1, 1)
    GROUP BY d.connection
    ORDER BY min(d.due_at), d.connection
    LIMIT ?2";

/// Connections that nobody works though they have work, the longest due first.
pub(super) fn connections(db: &Db, now: Timestamp, limit: usize) -> DbResult<Vec<ConnectionId>> {
    all(db, DUE, (text(now), rows(limit)), |row| connection_id(&row.get::<_, String>(0)?))
}
