//! Steps share a commit and nothing else.

use super::world::{World, at, event, partner};
use crate::sqlite::{SqliteStore, error::DbResult};
use psa_bridge_core::ports::{EventStore, StoreError};
use rusqlite::Connection as Db;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// Holds the writer inside a step until it is let go, so that what is asked for meanwhile waits together.
async fn hold_the_writer(store: &SqliteStore) -> (mpsc::Sender<()>, impl Future<Output = ()>) {
    let (release, released) = mpsc::channel::<()>();
    let (entered, inside) = oneshot::channel();
    let held = store.write(move |_| {
        entered.send(()).unwrap();
        released.recv().unwrap();
        Ok::<(), StoreError>(())
    });
    let mut held = Box::pin(held);
    tokio::select! {
        _ = &mut held => panic!("the writer was let go too early"),
        inside = inside => inside.unwrap(),
    }
    (release, async move { held.await.unwrap() })
}

fn note(db: &Db, key: &str) -> DbResult<()> {
    super::super::rows::change(db, "INSERT INTO budgets (tenant, doc) VALUES (?1, '')", [key]).map(drop)
}

fn notes(db: &Db) -> DbResult<Vec<String>> {
    super::super::rows::all(db, "SELECT tenant FROM budgets ORDER BY tenant", [], |row| Ok(row.get(0)?))
}

async fn good(store: &SqliteStore, key: &'static str) -> Result<(), StoreError> {
    store.write(move |db| Ok(note(db, key)?)).await
}

#[tokio::test]
async fn a_step_that_fails_or_panics_harms_no_neighbour() {
    let w = World::empty();
    let (release, held) = hold_the_writer(&w).await;
    let refused = w.write(|db| {
        note(db, "refused")?;
        Err::<(), _>(StoreError::Cursor)
    });
    let panicked = w.write(|db| -> Result<(), StoreError> {
        note(db, "panicked")?;
        panic!("on purpose")
    });
    let broken = w.write(|db| {
        note(db, "broken")?;
        Ok::<(), StoreError>(note(db, "broken")?)
    });
    let let_go = async { release.send(()).unwrap() };
    let (before, refused, between, panicked, broken, after, (), ()) = tokio::join!(
        biased;
        good(&w, "before"),
        refused,
        good(&w, "between"),
        panicked,
        broken,
        good(&w, "after"),
        let_go,
        held,
    );
    assert!(before.is_ok() && between.is_ok() && after.is_ok());
    assert!(matches!(refused, Err(StoreError::Cursor)), "{refused:?}");
    assert!(matches!(panicked, Err(StoreError::Corrupt { .. })), "{panicked:?}");
    assert!(matches!(broken, Err(StoreError::Corrupt { .. })), "{broken:?}");
    assert_eq!(w.read(notes).await.unwrap(), ["after", "before", "between"]);
}

#[tokio::test]
async fn a_commit_that_fails_fails_all_that_share_it_and_none_after() {
    let w = World::empty();
    let (release, held) = hold_the_writer(&w).await;
    // A rule that is checked at the commit.
    let spoiler = w.write(|db| {
        db.execute_batch(
            "PRAGMA defer_foreign_keys = ON;
             INSERT INTO leases (connection) VALUES ('con_nowhere');",
        )
        .map_err(super::super::error::DbError::from)?;
        Ok::<(), StoreError>(())
    });
    let let_go = async { release.send(()).unwrap() };
    let (before, spoiler, after, (), ()) = tokio::join!(
        biased;
        good(&w, "before"),
        spoiler,
        good(&w, "after"),
        let_go,
        held,
    );
    for answer in [before, spoiler, after] {
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    }
    assert_eq!(w.read(notes).await.unwrap(), [""; 0], "nothing half-written");
    good(&w, "later").await.unwrap();
    assert_eq!(w.read(notes).await.unwrap(), ["later"]);
}

#[tokio::test]
async fn a_caller_that_goes_away_neither_stops_its_step_nor_the_writer() {
    let w = World::empty();
    let (release, held) = hold_the_writer(&w).await;
    {
        let abandoned = good(&w, "abandoned");
        tokio::pin!(abandoned);
        tokio::select! {
            biased;
            _ = &mut abandoned => panic!("the writer is held"),
            () = std::future::ready(()) => {}
        }
    }
    release.send(()).unwrap();
    held.await;
    good(&w, "later").await.unwrap();
    assert_eq!(w.read(notes).await.unwrap(), ["abandoned", "later"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_one_event_accepted_many_times_at_once_one_is_new() {
    let (w, halo) = World::mapped().await;
    let event = event(1);
    let accepted = futures_of(40, |_| w.accept(&event, at(0))).await;
    let accepted: Vec<_> = accepted.into_iter().map(Result::unwrap).collect();
    assert_eq!(accepted.iter().filter(|accepted| !accepted.duplicate).count(), 1);
    assert!(accepted.iter().all(|accepted| accepted.ring == [halo.clone()]));
    let view = EventStore::event(&*w, &partner(), &event.id).await.unwrap().unwrap();
    assert_eq!(view.deliveries.len(), 1);
}

/// What so many futures give, all waiting at once.
async fn futures_of<T, F: Future<Output = T>>(count: usize, make: impl FnMut(usize) -> F) -> Vec<T> {
    let mut waiting: Vec<_> = (0..count).map(make).map(Box::pin).collect();
    let mut found = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                found.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    found
}
