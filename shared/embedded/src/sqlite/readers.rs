//! The threads that read, each from a snapshot of what is committed, never waiting for the writer.

use super::{
    OpenError,
    error::{DbResult, panicked, unavailable},
};
use psa_bridge_core::ports::StoreError;
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use tokio::sync::{Semaphore, mpsc, oneshot};

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the threads.
#[derive(Debug)]
pub(super) struct Readers {
    queue: mpsc::Sender<Message>,
    /// A permit for each thread that has ended.
    ended: Arc<Semaphore>,
    threads: u32,
}

enum Message {
    Job(Job),
    Close,
}

impl Readers {
    /// Starts a thread for each connection.
    pub(super) fn start(connections: Vec<Connection>, queue: usize) -> Result<Self, OpenError> {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let receiver = Arc::new(Mutex::new(receiver));
        let ended = Arc::new(Semaphore::new(0));
        let mut threads = 0;
        for db in connections {
            let (receiver, ended) = (receiver.clone(), ended.clone());
            thread::Builder::new()
                .name("store-reader".to_owned())
                .spawn(move || {
                    work(db, &receiver);
                    ended.add_permits(1);
                })
                .map_err(OpenError::Thread)?;
            threads += 1;
        }
        Ok(Self { queue: sender, ended, threads })
    }

    /// Runs a query on one snapshot.
    pub(super) async fn run<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> DbResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            if reply.send(on_snapshot(db, query)).is_err() {
                tracing::debug!("Nobody waits any more for a query of the store");
            }
        });
        if self.queue.send(Message::Job(job)).await.is_err() {
            return Err(unavailable("the store is closed"));
        }
        answer.await.unwrap_or_else(|_| Err(unavailable("a reader of the store died")))
    }

    /// Returns when all queries before it are done and the file is let go.
    pub(super) async fn close(&self) {
        if self.queue.send(Message::Close).await.is_err() {
            tracing::debug!("The store's readers were closing already");
        }
        if self.ended.acquire_many(self.threads).await.is_err() {
            tracing::warn!("The store's readers could not be waited for");
        }
    }
}

fn work(db: Connection, queue: &Mutex<mpsc::Receiver<Message>>) {
    loop {
        match next(queue) {
            Some(Message::Job(job)) => job(&db),
            Some(Message::Close) => {}
            None => break,
        }
    }
    if let Err((_, error)) = db.close() {
        tracing::warn!(%error, "A reader could not let go of the database");
    }
}

/// Holds the lock while it waits, so that one thread waits for work and the others for the lock.
fn next(queue: &Mutex<mpsc::Receiver<Message>>) -> Option<Message> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let message = queue.blocking_recv();
    if matches!(message, Some(Message::Close)) {
        queue.close();
    }
    message
}

fn on_snapshot<T>(db: &Connection, query: impl FnOnce(&Connection) -> DbResult<T>) -> Result<T, StoreError> {
    let snapshot = db.unchecked_transaction().map_err(super::error::DbError::from)?;
    // The snapshot ends when it is dropped, after a panic too.
    catch_unwind(AssertUnwindSafe(|| query(&snapshot))).map_or_else(
        |_| {
            tracing::error!("A query of the store panicked");
            Err(panicked())
        },
        |result| result.map_err(StoreError::from),
    )
}
