//! Closing finishes what was asked for; dropping loses nothing that was answered.

use super::world::{World, at, event, options};
use crate::sqlite::SqliteStore;
use psa_bridge_core::ports::{EventStore, StoreError};
use std::{fs, sync::Arc};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn closing_finishes_what_waits_and_refuses_what_comes_later() {
    let (w, _halo) = World::mapped().await;
    let w = Arc::new(w);
    let mut running = tokio::task::JoinSet::new();
    for number in 0..100 {
        let w = w.clone();
        running.spawn(async move {
            let event = event(number);
            (event.id.clone(), w.accept(&event, at(0)).await)
        });
    }
    let first = running.join_next().await.unwrap().unwrap();
    w.close().await;
    let mut kept = vec![first.0];
    while let Some(ended) = running.join_next().await {
        match ended.unwrap() {
            (id, Ok(_)) => kept.push(id),
            (_, Err(error)) => assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}"),
        }
    }
    let late = w.accept(&event(1000), at(0)).await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    let late = w.events_accepted(at(0), at(1), None, 10).await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    w.close().await;

    let files: Vec<_> =
        fs::read_dir(w.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["bridge.db"], "all is in the one file");
    let again = SqliteStore::open(&options(&w.folder)).unwrap();
    kept.sort();
    assert_eq!(again.events_accepted(at(0), at(1), None, 1000).await.unwrap().items, kept);
}

#[tokio::test]
async fn what_was_answered_is_in_the_files_whatever_happens_to_the_process() {
    let (w, _halo) = World::mapped().await;
    for number in 0..20 {
        w.accept(&event(number), at(0)).await.unwrap();
        // What the disk has at this moment is what a killed process leaves.
        let left = tempfile::tempdir().unwrap();
        for file in ["bridge.db", "bridge.db-wal"] {
            fs::copy(w.folder.path().join(file), left.path().join(file)).unwrap();
        }
        let found = SqliteStore::open(&options(&left)).unwrap();
        assert_eq!(found.events_accepted(at(0), at(1), None, 100).await.unwrap().items.len(), number + 1);
    }
}

#[tokio::test]
async fn a_dropped_store_can_be_opened_again_at_once() {
    let (mut w, _halo) = World::mapped().await;
    for number in 0..5 {
        w.accept(&event(number), at(0)).await.unwrap();
        w.store = SqliteStore::open(&options(&w.folder)).unwrap();
    }
    assert_eq!(w.events_accepted(at(0), at(1), None, 100).await.unwrap().items.len(), 5);
}
