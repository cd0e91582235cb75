//! Opening the file: options, pragmas, permissions.

use super::{migrations, notice_policy};
use psa_bridge_core::notice::NoticePolicy;
use rusqlite::{Connection, OpenFlags};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;

/// Statements that are kept compiled; more than the store has.
const STATEMENTS: usize = 160;
/// What a checkpoint leaves of the write-ahead log on the disk.
const LOG_BYTES: i64 = 64 * 1024 * 1024;

/// How the file is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Where it is.
    pub path: PathBuf,
    /// When a commit counts as done.
    pub synchronous: Synchronous,
    /// Threads that read.
    pub readers: usize,
    /// Steps that may wait before callers wait to get in line.
    pub queue: usize,
    /// How long to wait for another process that has the file.
    pub busy_timeout: Duration,
    /// Pages (of 4 KiB) that the file may have; no limit but the disk's, where none.
    pub max_pages: Option<u32>,
    /// What is told of what the steps of this store do.
    pub notices: NoticePolicy,
}

impl SqliteOptions {
    /// The usual, for this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            synchronous: Synchronous::Full,
            readers: 4,
            queue: 1024,
            busy_timeout: Duration::from_secs(5),
            max_pages: None,
            notices: NoticePolicy::default(),
        }
    }
}

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// When it is on the disk: survives a power cut.
    #[default]
    Full,
    /// When the operating system has it: survives the death of the process, and a power cut may take the last moments.
    Normal,
}

/// The store cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file cannot be made or reached.
    #[error("the database {path} cannot be opened: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// SQLite cannot use it.
    #[error("the database {path} cannot be used: {source}")]
    Sqlite {
        /// Which.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A newer program has written it.
    #[error(
        "the database {path} has schema version {found}, and this program knows versions up to {known}: run the \
         program that wrote it, or restore a backup from before"
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// No thread could be started.
    #[error("a thread of the store cannot be started: {0}")]
    Thread(#[source] io::Error),
}

/// The connection that writes, to a file that is up to date.
pub(super) fn writer_connection(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let path = &options.path;
    create_private(path).map_err(|source| OpenError::File { path: path.clone(), source })?;
    let sqlite = |source| OpenError::Sqlite { path: path.clone(), source };
    let mut db = connect(options).map_err(sqlite)?;
    set_up_writer(&db, options).map_err(sqlite)?;
    match migrations::migrate(&mut db).map_err(sqlite)? {
        migrations::Outcome::UpToDate => {
            notice_policy::set(&db, &options.notices).map_err(sqlite)?;
            Ok(db)
        }
        migrations::Outcome::Newer { found, known } => {
            Err(OpenError::Newer { path: path.clone(), found, known })
        }
    }
}

/// A connection that only reads.
pub(super) fn reader_connection(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let sqlite = |source| OpenError::Sqlite { path: options.path.clone(), source };
    let db = connect(options).map_err(sqlite)?;
    db.pragma_update(None, "query_only", true).map_err(sqlite)?;
    Ok(db)
}

fn connect(options: &SqliteOptions) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(&options.path, flags)?;
    db.busy_timeout(options.busy_timeout)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

fn set_up_writer(db: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    db.pragma_update(None, "foreign_keys", true)?;
    let synchronous = match options.synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    db.pragma_update(None, "synchronous", synchronous)?;
    if let Some(pages) = options.max_pages {
        db.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(())
}

/// Events name people and what went wrong for them, so the file is its owner's alone from the first byte. SQLite gives
/// the same rights to the log beside it.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
