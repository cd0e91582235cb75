//! The one thread that writes.
//!
//! A commit costs a wait for the disk, whether it holds one step or two hundred. So the thread takes all steps that
//! wait, runs each inside a savepoint of one transaction, commits once, and only then answers: what returned is durable,
//! and many callers share the wait. A step that fails or panics is undone alone.

use super::{
    OpenError,
    error::{DbError, panicked, unavailable},
};
use psa_bridge_core::ports::StoreError;
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};
use tokio::sync::{mpsc, oneshot};

/// Steps that share a commit at most, so that the first does not wait long for the last.
const BATCH: usize = 256;

/// What the others of a transaction are told that SQLite gave up.
const LOST: &str =
    "the transaction was lost with a step that it shared; SQLite gives one up when the disk is full or fails";

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(db: Connection, queue: usize) -> Result<Self, OpenError> {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work(db, receiver))
            .map_err(OpenError::Thread)?;
        Ok(Self { queue: sender })
    }

    /// Runs a step; returns once it is committed, or undone. A caller that goes away does not take its step with it.
    pub(super) async fn run<T, E, F>(&self, step: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Step { work: Some(step), outcome: None, reply };
        if self.queue.send(Message::Job(Box::new(job))).await.is_err() {
            return Err(unavailable("the store is closed").into());
        }
        answer.await.unwrap_or_else(|_| Err(unavailable("the store's writer died").into()))
    }

    /// Returns when all steps before it are done and the file is let go.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.queue.send(Message::Close(reply)).await.is_ok() && closed.await.is_err() {
            tracing::warn!("The store's writer was closing already");
        }
    }
}

/// A step that waits.
trait Job: Send {
    /// Runs it; whether its changes are to be kept.
    fn run(&mut self, db: &Connection) -> bool;
    /// Answers with what came of it, or with why nothing of the transaction was kept.
    fn answer(self: Box<Self>, lost: Option<&str>);
}

struct Step<T, E, F> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Step<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnOnce(&Connection) -> Result<T, E> + Send,
{
    fn run(&mut self, db: &Connection) -> bool {
        let Some(work) = self.work.take() else { return false };
        let outcome = catch_unwind(AssertUnwindSafe(|| work(db))).unwrap_or_else(|_| {
            tracing::error!("A step of the store panicked");
            Err(panicked().into())
        });
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn answer(self: Box<Self>, lost: Option<&str>) {
        let outcome = match (lost, self.outcome) {
            (None, Some(outcome)) => outcome,
            (Some(why), _) => Err(unavailable(why).into()),
            (None, None) => Err(unavailable("the step did not run").into()),
        };
        if self.reply.send(outcome).is_err() {
            tracing::debug!("Nobody waits any more for a step of the store");
        }
    }
}

fn work(db: Connection, mut queue: mpsc::Receiver<Message>) {
    let mut closing = Vec::new();
    while let Some(first) = queue.blocking_recv() {
        let mut jobs = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Job(job) => jobs.push(job),
                Message::Close(reply) => {
                    queue.close();
                    closing.push(reply);
                }
            }
            if jobs.len() < BATCH {
                next = queue.try_recv().ok();
            }
        }
        commit_together(&db, jobs);
    }
    finish(db);
    for reply in closing {
        if reply.send(()).is_err() {
            tracing::debug!("Nobody waits any more for the store to close");
        }
    }
}

/// Runs the jobs in one transaction and answers each once it is committed.
fn commit_together(db: &Connection, jobs: Vec<Box<dyn Job>>) {
    let mut ran: Vec<Box<dyn Job>> = Vec::with_capacity(jobs.len());
    let mut jobs = jobs.into_iter();
    while let Some(mut job) = jobs.next() {
        if let Err(error) = begin(db) {
            // All of them have waited for the file as long as this one, and need not do so again one after the other.
            let why = describe(error);
            tracing::error!(error = why, steps = jobs.len() + 1, "Transaction not begun");
            job.answer(Some(&why));
            jobs.by_ref().for_each(|job| job.answer(Some(&why)));
            break;
        }
        match run_alone(db, job.as_mut()) {
            Ok(Ran::Alone) => ran.push(job),
            Ok(Ran::TransactionLost) => {
                tracing::error!(steps = ran.len(), "Transaction lost");
                job.answer(None);
                answer_all(&mut ran, Some(LOST));
            }
            Err(error) => {
                let why = describe(error);
                tracing::error!(error = why, steps = ran.len(), "Transaction failed");
                roll_back(db);
                ran.push(job);
                answer_all(&mut ran, Some(&why));
            }
        }
    }
    let committed = if db.is_autocommit() { Ok(()) } else { execute(db, "COMMIT") };
    match committed {
        Ok(()) => answer_all(&mut ran, None),
        Err(error) => {
            let why = describe(error);
            tracing::error!(error = why, steps = ran.len(), "Commit failed");
            roll_back(db);
            answer_all(&mut ran, Some(&why));
        }
    }
}

/// What running a job did to the transaction.
enum Ran {
    /// The job was kept or undone, and the others' changes stand.
    Alone,
    /// The job failed so that SQLite gave up the transaction.
    TransactionLost,
}

fn begin(db: &Connection) -> rusqlite::Result<()> {
    if db.is_autocommit() { execute(db, "BEGIN IMMEDIATE") } else { Ok(()) }
}

/// Runs a job so that what it changed can be undone alone.
fn run_alone(db: &Connection, job: &mut dyn Job) -> rusqlite::Result<Ran> {
    execute(db, "SAVEPOINT step")?;
    if !job.run(db) {
        if db.is_autocommit() {
            return Ok(Ran::TransactionLost);
        }
        execute(db, "ROLLBACK TO step")?;
    }
    execute(db, "RELEASE step")?;
    Ok(Ran::Alone)
}

fn answer_all(jobs: &mut Vec<Box<dyn Job>>, lost: Option<&str>) {
    for job in jobs.drain(..) {
        job.answer(lost);
    }
}

fn roll_back(db: &Connection) {
    if !db.is_autocommit()
        && let Err(error) = execute(db, "ROLLBACK")
    {
        tracing::error!(%error, "Rolling back failed");
    }
}

fn execute(db: &Connection, sql: &str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(drop)
}

fn describe(error: rusqlite::Error) -> String {
    match StoreError::from(DbError::from(error)) {
        StoreError::Unavailable { detail, .. } | StoreError::Corrupt { detail } => detail,
        StoreError::Cursor => "the database failed".to_owned(),
    }
}

/// Moves the log into the file and lets go of both.
fn finish(db: Connection) {
    if let Err(error) = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "The write-ahead log could not be moved into the database; the next start does it");
    }
    if let Err((_, error)) = db.close() {
        tracing::warn!(%error, "The database could not be closed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static WAITS: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn steps_that_share_a_transaction_wait_for_the_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let other = Connection::open(&path).unwrap();
        let mut db = Connection::open(&path).unwrap();
        db.busy_handler(Some(|_| {
            WAITS.fetch_add(1, Ordering::SeqCst);
            false
        }))
        .unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut answers = Vec::new();
        let mut step = || {
            let (reply, answer) = oneshot::channel::<Result<(), StoreError>>();
            answers.push(answer);
            let work = Some(|_: &Connection| Ok(()));
            Box::new(Step { work, outcome: None, reply }) as Box<dyn Job>
        };
        let jobs = vec![step(), step(), step()];
        commit_together(&db, jobs);
        for answer in answers {
            let error = answer.blocking_recv().unwrap().unwrap_err();
            assert!(error.to_string().contains("busy"), "{error}");
        }
        assert_eq!(WAITS.load(Ordering::SeqCst), 1);
    }
}
