//! All connections that were not revoked, of all partners: rows in one partition, which is written where one is made or
//! revoked and read by the operator. An index over the connections themselves would be written at each change of each.

use crate::dynamo::{item::Item, key::Key, transaction::Transaction};
use psa_bridge_core::connection::Connection;

/// Brings the list up to date with a connection that is kept, new or changed.
pub(crate) fn keep(tx: &mut Transaction<'_>, before: Option<&Connection>, after: &Connection) {
    let is_listed = |of: &Connection| of.revoked_at.is_none();
    let key = Key::listed_connection(&after.id);
    match (before.is_some_and(is_listed), is_listed(after)) {
        (false, true) => tx.put(Item::mark(key)),
        (true, false) => tx.delete(&key),
        (true, true) | (false, false) => {}
    }
}
