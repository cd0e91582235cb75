//! What is to be done to many lines of a connection, more than one commit takes: kept in the step that causes it, as a row
//! among the lines that are due, and run right after, some lines at a time. Where that fails, whoever asks next for what
//! is due goes on with it.

use super::{seat_line::Due, sweep};
use crate::dynamo::{error::corrupt, item::Item, key::Key, transaction::Transaction};
use jiff::Timestamp;
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId},
    ports::StoreError,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An errand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Errand {
    /// In which connection.
    pub(crate) connection: ConnectionId,
    /// What is to be done.
    pub(crate) what: What,
    /// Since when.
    pub(crate) at: Timestamp,
    /// The sort key of the last line that it was done to.
    pub(crate) after: Option<String>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum What {
    /// All lines are set to work.
    Wake,
    /// The connection was revoked: no line is due any more.
    Rest,
    /// The organisation's mapping was changed: it gets the lines that it lacks, and they are set to work where the
    /// settings say so.
    Mapped(OrganizationId),
    /// Somebody wants lines worked: those of these organisations, or all, that the connection's partner owns.
    Ask {
        /// Who.
        by: String,
        /// Whose lines; all of them where none.
        organizations: Option<BTreeSet<OrganizationId>>,
    },
}

/// Keeps an errand that begins. Returns where.
pub(crate) fn begin(
    tx: &mut Transaction<'_>,
    connection: &ConnectionId,
    what: What,
    at: Timestamp,
) -> Result<Key, StoreError> {
    let key = Key::seat_errand(connection, at, &tx.ordinal());
    keep(tx, &key, Errand { connection: connection.clone(), what, at, after: None })?;
    sweep::begin(tx, connection, &key.sk);
    Ok(key)
}

/// Strikes off an errand that was run.
pub(crate) fn end(tx: &mut Transaction<'_>, connection: &ConnectionId, key: &Key) {
    tx.delete(key);
    sweep::end(tx, connection, &key.sk);
}

/// Keeps an errand.
pub(crate) fn keep(tx: &mut Transaction<'_>, key: &Key, errand: Errand) -> Result<(), StoreError> {
    tx.put(Item::new(key.clone(), &Due::Errand(errand))?);
    Ok(())
}

/// An errand, on which the step decides, unless it was finished.
pub(crate) async fn get(tx: &mut Transaction<'_>, key: &Key) -> Result<Option<Errand>, StoreError> {
    match tx.get(key).await?.map(|item| item.read()).transpose()? {
        Some(Due::Errand(errand)) => Ok(Some(errand)),
        Some(Due::Line { .. }) => Err(corrupt(format!("no errand: {} {}", key.pk, key.sk))),
        None => Ok(None),
    }
}
