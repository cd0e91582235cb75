//! What is told, as the steps of the writer find it: beside the file, on the writer's own connection, so that it is this
//! process's and is never stored.

use super::{
    error::{DbError, DbResult},
    rows::{document, first},
};
use psa_bridge_core::notice::NoticePolicy;
use rusqlite::Connection as Db;

/// Sets it for this connection.
pub(super) fn set(db: &Db, policy: &NoticePolicy) -> rusqlite::Result<()> {
    let doc = serde_json::to_string(policy)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    db.execute_batch("CREATE TEMP TABLE notice_policy (doc TEXT NOT NULL) STRICT")?;
    db.execute("INSERT INTO temp.notice_policy VALUES (?1)", [doc]).map(drop)
}

/// What was set.
pub(super) fn read(db: &Db) -> DbResult<NoticePolicy> {
    first(db, "SELECT doc FROM temp.notice_policy", (), |row| document(row, 0))?
        .ok_or_else(|| DbError::corrupt("the notice policy", "it was not set"))
}
