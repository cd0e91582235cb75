//! The audit: a partition a partner, and one for the operator. What its lines say, the domain knows.

use crate::dynamo::{
    error::corrupt,
    item::Item,
    key::{Key, Kind, Place, audit_of_connection},
    transaction::Transaction,
};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use psa_bridge_core::{
    audit::{self as lines, AuditLine},
    ids::PartnerId,
    ports::{Actor, AuditEntry, RetryWish, StoreError},
};
use sha2::{Digest, Sha256};

/// Keeps a line.
pub(crate) fn write(tx: &mut Transaction<'_>, line: &AuditLine) -> Result<(), StoreError> {
    let ordinal = tx.ordinal();
    keep(tx, Key::audit(line.partner.as_ref(), line.entry.at, &ordinal), &line.entry)
}

/// Keeps lines.
pub(crate) fn write_all<'l>(
    tx: &mut Transaction<'_>,
    lines: impl IntoIterator<Item = &'l AuditLine>,
) -> Result<(), StoreError> {
    lines.into_iter().try_for_each(|line| write(tx, line))
}

/// One line a wish: the pages that are made of it at the same time add to the first one's. So its key is the wish's, and
/// two pages that are made at once meet there.
pub(crate) async fn events_retried(
    tx: &mut Transaction<'_>,
    partner: &PartnerId,
    wish: &RetryWish,
    retried: usize,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let page = lines::events_retried(partner, wish, retried, actor, now).entry;
    let key = Key::audit(Some(partner), now, &digest(&page)?);
    let earlier: Option<AuditEntry> = tx.get(&key).await?.map(|item| item.read()).transpose()?;
    let sum = earlier.and_then(|earlier| lines::add_retried(&earlier, &page));
    keep(tx, key, &sum.unwrap_or(page))
}

/// Tells wishes apart.
fn digest(page: &AuditEntry) -> Result<String, StoreError> {
    let AuditEntry { actor, connection, subject, before, .. } = page;
    let wish = serde_json::to_vec(&(actor, connection, subject, before)).map_err(corrupt)?;
    Ok(HEXLOWER.encode(&Sha256::digest(wish)[..15]))
}

fn keep(tx: &mut Transaction<'_>, key: Key, entry: &AuditEntry) -> Result<(), StoreError> {
    let expiring = Place::expiring(Kind::Audit, entry.at, &key);
    let listed = entry.connection.as_ref().map(|id| Place::new(audit_of_connection(id), &key.sk));
    let mut item = Item::new(key, entry)?.expiring(expiring);
    item.listed = listed;
    tx.put(item);
    Ok(())
}
