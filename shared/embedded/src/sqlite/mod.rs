//! The store on SQLite: all store ports on one file.
//!
//! One thread writes and commits many steps together (`writer`), a few threads read (`readers`); the async runtime never
//! waits for the disk. Each port's steps are in a file of their own, as plain functions on a connection.

mod audit;
mod budgets;
mod connections;
mod cursor;
mod deliveries;
mod due;
mod error;
mod event_list;
mod events;
mod expiry;
mod idempotency;
mod leases;
mod life_cycle;
mod mappings;
mod migrations;
mod missing;
mod notice_policy;
mod notices;
mod open;
mod operations;
mod organizations;
mod ports;
mod readers;
mod rejected;
mod retry;
mod route_requests;
mod routing;
mod rows;
mod seat_work;
mod seats;
mod work;
mod writer;

#[cfg(test)]
mod tests;

pub use open::{OpenError, SqliteOptions, Synchronous};

use psa_bridge_core::ports::{NoticeNudge, StoreError};
use readers::Readers;
use rusqlite::Connection;
use std::{fmt, sync::Arc};
use writer::Writer;

/// The store on one SQLite file. What a step returned is on the disk.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    /// Whoever tells notices, where it is in this process.
    nudge: Option<Arc<dyn NoticeNudge>>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("writer", &self.writer)
            .field("readers", &self.readers)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings it up to date. Blocks; for the start of a program.
    ///
    /// # Errors
    /// Where the file cannot be opened or was written by a newer version.
    pub fn open(options: &SqliteOptions) -> Result<Self, OpenError> {
        let writer = Writer::start(open::writer_connection(options)?, options.queue)?;
        let connections = (0..options.readers.max(1))
            .map(|_| open::reader_connection(options))
            .collect::<Result<_, _>>()?;
        let readers = Readers::start(connections, options.queue)?;
        Ok(Self { writer, readers, nudge: None })
    }

    /// The store that wakes whoever tells notices when a connection changed.
    #[must_use]
    pub fn nudging(self, nudge: Arc<dyn NoticeNudge>) -> Self {
        Self { nudge: Some(nudge), ..self }
    }

    /// There may be something to tell.
    fn nudge(&self) {
        if let Some(nudge) = &self.nudge {
            nudge.nudge();
        }
    }

    /// Ends every lease and every claim on a route request, and frees notices that somebody had taken to tell them. Only
    /// for a process that has the file to itself, at its start: whoever held one is dead.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub async fn end_all_leases(&self) -> Result<(), StoreError> {
        self.write(|db| {
            leases::end_all(db)?;
            route_requests::end_claims(db)?;
            Ok(notices::free_all(db)?)
        })
        .await
    }

    /// Writes and commits what changes nothing, to see whether it can be done.
    ///
    /// # Errors
    /// Where it cannot: the disk is full or fails, or another process has the file.
    pub async fn try_write(&self) -> Result<(), StoreError> {
        self.write(|db| Ok(migrations::write_version_again(db).map_err(error::DbError::from)?)).await
    }

    /// Finishes what was asked for, writes all into the one file, and lets go of it. Later steps find the store closed.
    /// Dropping the store is as safe; only the log beside the file may then stay until the next start.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Runs a step in the writer's transaction; returns when it is committed and on the disk.
    async fn write<T, E, F>(&self, step: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        self.writer.run(step).await
    }

    /// Reads from one snapshot, which holds all that was committed before.
    async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> error::DbResult<T> + Send + 'static,
    {
        self.readers.run(query).await
    }
}
