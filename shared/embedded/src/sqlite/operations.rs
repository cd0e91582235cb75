//! Operations: what a person asked for that takes longer than an answer may.

use super::{
    audit,
    error::DbResult,
    rows::{all, change, document, first, text, to_json, to_number},
};
use psa_bridge_core::{
    audit as lines,
    ids::{ConnectionId, OperationId, PartnerId},
    operation::Operation,
    ports::Actor,
};
use rusqlite::Connection as Db;

/// Keeps a new one. Keeping it again changes nothing.
pub(super) fn create(db: &Db, operation: &Operation, actor: &Actor) -> DbResult<()> {
    const SQL: &str = "
        INSERT INTO operations (id, partner, connection, created_at, due_at, open, version, doc)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (id) DO NOTHING";
    let parameters = (
        operation.id.as_str(),
        operation.partner.as_str(),
        operation.connection.as_str(),
        text(operation.created_at),
        text(operation.due_at),
        !operation.state.is_finished(),
        to_number(operation.version)?,
        to_json(operation)?,
    );
    if change(db, SQL, parameters)? > 0 {
        audit::write(db, &lines::operation_created(operation, actor))?;
    }
    Ok(())
}

/// Replaces the one whose version is one less. False where there is none.
pub(super) fn replace(db: &Db, operation: &Operation) -> DbResult<bool> {
    const SQL: &str = "
        UPDATE operations SET due_at = ?3, open = ?4, version = ?5, doc = ?6
        WHERE id = ?1 AND connection = ?2 AND version = ?5 - 1";
    let parameters = (
        operation.id.as_str(),
        operation.connection.as_str(),
        text(operation.due_at),
        !operation.state.is_finished(),
        to_number(operation.version)?,
        to_json(operation)?,
    );
    Ok(change(db, SQL, parameters)? > 0)
}

/// Those of a connection that are not finished.
pub(super) fn open(db: &Db, connection: &ConnectionId) -> DbResult<Vec<Operation>> {
    const SQL: &str = "SELECT doc FROM operations WHERE connection = ?1 AND open = 1 ORDER BY created_at, id";
    all(db, SQL, [connection.as_str()], |row| document(row, 0))
}

/// One of the partner's.
pub(super) fn load(db: &Db, partner: &PartnerId, id: &OperationId) -> DbResult<Option<Operation>> {
    const SQL: &str = "SELECT doc FROM operations WHERE id = ?1 AND partner = ?2";
    first(db, SQL, [id.as_str(), partner.as_str()], |row| document(row, 0))
}
