//! A line of seat counts; and while it is due at some time a row by that time among its connection's, by which a worker
//! and the sweep find it.

use super::sweep;
use crate::dynamo::{
    item::Item,
    key::{DUE_SEATS, Key, connection_partition, split, time},
    transaction::Transaction,
    wire::Range,
};
use jiff::Timestamp;
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId},
    ports::StoreError,
    seats::SeatLine,
};
use serde::{Deserialize, Serialize};

/// A line as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptLine {
    /// The line.
    pub(crate) line: SeatLine,
}

/// What a row among those that are due says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Due {
    /// That a line is.
    Line {
        /// Whose.
        organization: OrganizationId,
        /// Of what.
        product: String,
    },
    /// That an errand is to be run; what it is, [`super::seat_errand`] knows.
    Errand(super::seat_errand::Errand),
}

impl KeptLine {
    /// As it is kept.
    pub(crate) fn new(line: SeatLine) -> Self {
        Self { line }
    }

    /// Where it is.
    pub(crate) fn key(&self) -> Key {
        Key::seat_line(&self.line.connection, &self.line.organization, &self.line.product)
    }
}

/// A line, on which the step decides.
pub(crate) async fn get(tx: &mut Transaction<'_>, key: &Key) -> Result<Option<KeptLine>, StoreError> {
    tx.guard(key);
    peek(tx, key).await
}

/// A line, for a look; what is written back is conditional on what was seen.
pub(crate) async fn peek(tx: &mut Transaction<'_>, key: &Key) -> Result<Option<KeptLine>, StoreError> {
    tx.peek(key).await?.map(|item| item.read()).transpose()
}

/// Whether a connection has lines, on which the step decides.
pub(crate) async fn any(tx: &mut Transaction<'_>, connection: &ConnectionId) -> Result<bool, StoreError> {
    Ok(tx.get(&Key::has_seats(connection)).await?.is_some())
}

/// Keeps a line, new or changed, and the row by which it is found. Writes nothing where nothing changed.
pub(crate) async fn keep(
    tx: &mut Transaction<'_>,
    before: Option<&KeptLine>,
    after: &KeptLine,
) -> Result<(), StoreError> {
    if before == Some(after) {
        return Ok(());
    }
    tx.put(Item::new(after.key(), after)?);
    let SeatLine { connection, organization, product, .. } = &after.line;
    let was_due = before.and_then(|before| before.line.due_at);
    let is_due = after.line.due_at;
    if was_due != is_due {
        if let Some(at) = was_due {
            tx.delete(&Key::due_line(connection, at, organization, product));
        }
        if let Some(at) = is_due {
            let says = Due::Line { organization: organization.clone(), product: product.clone() };
            tx.put(Item::new(Key::due_line(connection, at, organization, product), &says)?);
        }
    }
    match (was_due, is_due) {
        (None, Some(_)) => sweep::begin(tx, connection, &after.key().sk),
        (Some(_), None) => sweep::end(tx, connection, &after.key().sk),
        (Some(_), Some(_)) | (None, None) => {}
    }
    if before.is_none() && !any(tx, connection).await? {
        tx.put(Item::mark(Key::has_seats(connection)));
    }
    if after.line.in_full && !before.is_some_and(|before| before.line.in_full) {
        tx.put(Item::mark(Key::seats_in_full(connection)));
    }
    Ok(())
}

/// The rows of what is due in a connection, now or later.
pub(crate) fn due_rows(connection: &ConnectionId) -> Range {
    Range::of(connection_partition(connection)).prefix(DUE_SEATS)
}

/// Those of what is due at that time.
pub(crate) fn due_rows_at(connection: &ConnectionId, now: Timestamp) -> Range {
    // What has the time and more after it sorts before the time and the last of all characters.
    due_rows(connection).until(format!("{DUE_SEATS}{}\u{10FFFF}", time(now)))
}

/// When what a row of theirs says is due.
pub(crate) fn due_at(row: &Item) -> Option<Timestamp> {
    split(row.key.sk.strip_prefix(DUE_SEATS)?).map(|(at, _)| at)
}
