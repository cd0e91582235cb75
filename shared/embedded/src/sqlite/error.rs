//! What SQLite says, as the store's errors: full, busy and damaged are told apart.

use psa_bridge_core::ports::{AdvanceError, ChangeError, SeatWishError, StoreError};
use rusqlite::ErrorCode;
use std::fmt::Display;

/// Why a step failed. Turns into the error of any port.
#[derive(Debug)]
pub(super) struct DbError(StoreError);

pub(super) type DbResult<T> = Result<T, DbError>;

impl DbError {
    /// A record that cannot be read or written as it should be.
    pub(super) fn corrupt(record: &str, why: impl Display) -> Self {
        Self(StoreError::Corrupt { detail: format!("{record}: {why}") })
    }

    /// A cursor of another list, or of nobody's.
    pub(super) fn cursor() -> Self {
        Self(StoreError::Cursor)
    }
}

/// The store cannot be asked now.
pub(super) fn unavailable(detail: impl Into<String>) -> StoreError {
    StoreError::Unavailable { detail: detail.into(), source: None }
}

/// What was asked for hit a bug, and panicked.
pub(super) fn panicked() -> StoreError {
    StoreError::Corrupt { detail: "a step of the store panicked and was undone".to_owned() }
}

/// In words that lead to the fix.
fn explain(code: Option<ErrorCode>) -> &'static str {
    match code {
        Some(ErrorCode::DiskFull) => "the disk is full, or the database has reached its size limit",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "the database is busy: another process has it"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "the database file is damaged",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "the database file cannot be written",
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => "the disk failed",
        Some(ErrorCode::ConstraintViolation) => "a record breaks a rule of the schema",
        _ => "the database failed",
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        let code = error.sqlite_error_code();
        let detail = format!("{}: {error}", explain(code));
        let damaged = matches!(
            code,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation)
        );
        let unreadable = matches!(
            error,
            E::FromSqlConversionFailure(..)
                | E::InvalidColumnType(..)
                | E::IntegralValueOutOfRange(..)
                | E::Utf8Error(..)
        );
        Self(if damaged || unreadable {
            StoreError::Corrupt { detail }
        } else {
            StoreError::Unavailable { detail, source: Some(Box::new(error)) }
        })
    }
}

impl From<DbError> for StoreError {
    fn from(error: DbError) -> Self {
        error.0
    }
}

impl From<StoreError> for DbError {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl From<DbError> for AdvanceError {
    fn from(error: DbError) -> Self {
        Self::Store(error.0)
    }
}

impl From<DbError> for SeatWishError {
    fn from(error: DbError) -> Self {
        Self::Store(error.0)
    }
}

impl From<DbError> for ChangeError {
    fn from(error: DbError) -> Self {
        Self::Store(error.0)
    }
}
