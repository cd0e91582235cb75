//! Operations; while one is not finished, the same again in its connection's partition, where the worker finds it.

use super::sweep;
use crate::dynamo::{
    item::Item,
    key::{Key, Kind, Place},
    transaction::Transaction,
};
use psa_bridge_core::{ids::OperationId, operation::Operation, ports::StoreError};

/// An operation, on which the step decides.
pub(crate) async fn get(tx: &mut Transaction<'_>, id: &OperationId) -> Result<Option<Operation>, StoreError> {
    tx.get(&Key::operation(id)).await?.map(|item| item.read()).transpose()
}

/// Keeps an operation, new or changed, and the row by which a worker finds it.
pub(crate) fn keep(tx: &mut Transaction<'_>, after: &Operation) -> Result<(), StoreError> {
    let row = Key::open_operation(&after.connection, after.created_at, &after.id);
    let key = Key::operation(&after.id);
    let mut item = Item::new(key, after)?;
    if after.state.is_finished() {
        item.expiring = Some(Place::expiring(Kind::Operation, after.created_at, &item.key));
        tx.delete(&row);
        sweep::end(tx, &after.connection, after.id.as_str());
    } else {
        tx.put(Item::new(row, after)?);
        sweep::begin(tx, &after.connection, after.id.as_str());
    }
    tx.put(item);
    Ok(())
}
