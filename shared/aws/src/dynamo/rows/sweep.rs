//! Which connections have work, for the sweep: a row for each unfinished delivery, for each operation that is not finished
//! and for a suspension that may have a canary, in partitions of their own and in order of connection. They are written
//! by the step that makes the work and deleted by the step that ends it. So the sweep finds all of it by consistent
//! reads, its cost follows what is pending, and those who accept events share no row.

use crate::dynamo::{item::Item, key::Key, transaction::Transaction};
use psa_bridge_core::ids::ConnectionId;

/// What the row of a suspension says.
const SUSPENDED: &str = "suspended";

/// A connection has work: an event or an operation, by its id.
pub(crate) fn begin(tx: &mut Transaction<'_>, connection: &ConnectionId, what: &str) {
    tx.put(Item::mark(Key::sweep(connection, what)));
}

/// That work is done.
pub(crate) fn end(tx: &mut Transaction<'_>, connection: &ConnectionId, what: &str) {
    tx.delete(&Key::sweep(connection, what));
}

/// Brings the row of a suspension up to date.
pub(crate) fn suspended(tx: &mut Transaction<'_>, connection: &ConnectionId, was: bool, is: bool) {
    match (was, is) {
        (false, true) => begin(tx, connection, SUSPENDED),
        (true, false) => end(tx, connection, SUSPENDED),
        (true, true) | (false, false) => {}
    }
}
