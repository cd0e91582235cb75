//! Full disks, foreign hands and damaged files: told apart, and nothing half-written.

use super::world::{World, at, event, options, partner};
use crate::sqlite::{OpenError, SqliteOptions, SqliteStore};
use psa_bridge_core::ports::{EventStore, StoreError, WorkStore};
use rusqlite::Connection as Db;
use std::{fs, os::unix::fs::PermissionsExt};

fn detail(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable { detail, .. } | StoreError::Corrupt { detail } => detail.clone(),
        StoreError::Cursor => "cursor".to_owned(),
    }
}

fn pages(w: &World) -> u32 {
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap()
}

fn check_integrity(w: &World) {
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    let integrity: String = db.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    let orphans = db.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap();
    assert!(!orphans, "every delivery and sighting has its event");
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_nothing_half_written() {
    let (mut w, halo) = World::mapped().await;
    let usual = options(&w.folder);
    w.store.close().await;
    let full = SqliteOptions { max_pages: Some(pages(&w) + 30), ..usual.clone() };
    w.store = SqliteStore::open(&full).unwrap();
    let mut kept = Vec::new();
    let failure = loop {
        let mut event = event(kept.len());
        event.description = Some("x".repeat(5000));
        match w.accept(&event, at(0)).await {
            Ok(_) => kept.push(event.id),
            Err(error) => break error,
        }
    };
    assert!(matches!(failure, StoreError::Unavailable { .. }), "{failure:?}");
    assert!(detail(&failure).contains("the disk is full"), "{failure}");
    assert!(!kept.is_empty(), "some fitted");

    // A small step may still fit, and reading always goes on.
    let found = w.events_accepted(at(0), at(1), None, 1000).await.unwrap().items;
    kept.sort();
    assert_eq!(found, kept, "all that was accepted, and nothing of what was not");
    assert_eq!(w.unfinished(&halo, None, 1000).await.unwrap().len(), kept.len());
    check_integrity(&w);

    w.store.close().await;
    w.store = SqliteStore::open(&usual).unwrap();
    w.accept(&event(kept.len()), at(2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_steps_that_share_a_full_disk_each_is_there_if_and_only_if_it_was_said_to_be() {
    let (mut w, _halo) = World::mapped().await;
    let usual = options(&w.folder);
    w.store.close().await;
    w.store = SqliteStore::open(&SqliteOptions { max_pages: Some(pages(&w) + 60), ..usual }).unwrap();
    let w = std::sync::Arc::new(w);
    let mut running = tokio::task::JoinSet::new();
    for number in 0..120 {
        let w = w.clone();
        running.spawn(async move {
            let mut event = event(number);
            event.description = Some("x".repeat(if number % 7 == 0 { 60_000 } else { 500 }));
            let accepted = w.accept(&event, at(0)).await;
            (event.id, accepted)
        });
    }
    let mut kept = Vec::new();
    let mut refused = 0;
    while let Some(ended) = running.join_next().await {
        match ended.unwrap() {
            (id, Ok(_)) => kept.push(id),
            (_, Err(error)) => {
                assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "not all fitted");
    kept.sort();
    assert_eq!(w.events_accepted(at(0), at(1), None, 1000).await.unwrap().items, kept);
    check_integrity(&w);
}

#[tokio::test]
async fn another_process_that_has_the_file_makes_it_busy_not_broken() {
    let (mut w, _halo) = World::mapped().await;
    let path = w.folder.path().join("bridge.db");
    w.store = SqliteStore::open(&SqliteOptions {
        busy_timeout: std::time::Duration::from_millis(20),
        ..options(&w.folder)
    })
    .unwrap();
    let other = Db::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = w.accept(&event(1), at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(detail(&error).contains("busy"), "{error}");
    assert_eq!(w.events_accepted(at(0), at(1), None, 10).await.unwrap().items, [], "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(!w.accept(&event(1), at(0)).await.unwrap().duplicate);
}

#[tokio::test]
async fn whether_it_can_be_written_is_found_by_writing() {
    let (mut w, _halo) = World::mapped().await;
    w.store = SqliteStore::open(&SqliteOptions {
        busy_timeout: std::time::Duration::from_millis(20),
        ..options(&w.folder)
    })
    .unwrap();
    let other = Db::open(w.folder.path().join("bridge.db")).unwrap();
    let changes = || -> i64 { other.pragma_query_value(None, "data_version", |row| row.get(0)).unwrap() };
    let schema = || -> i64 { other.pragma_query_value(None, "schema_version", |row| row.get(0)).unwrap() };
    let before = (changes(), schema());
    w.store.try_write().await.unwrap();
    assert!(changes() > before.0, "nothing was committed");
    assert_eq!(schema(), before.1);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = w.store.try_write().await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    other.execute_batch("ROLLBACK").unwrap();
    w.store.try_write().await.unwrap();
    w.store.close().await;
    w.store = SqliteStore::open(&options(&w.folder)).unwrap();
    assert!(!w.accept(&event(1), at(0)).await.unwrap().duplicate);
}

#[tokio::test]
async fn a_record_that_another_hand_changed_is_told_as_corrupt() {
    let (w, _halo) = World::mapped().await;
    w.accept(&event(1), at(0)).await.unwrap();
    let other = Db::open(w.folder.path().join("bridge.db")).unwrap();
    other.execute("UPDATE events SET doc = '{}'", []).unwrap();
    let error = EventStore::event(&*w, &partner(), &event(1).id).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(detail(&error).contains("Event"), "{error}");
}

#[test]
fn a_newer_database_is_refused_with_what_to_do() {
    let w = World::empty();
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    db.pragma_update(None, "user_version", 1000).unwrap();
    let error = SqliteStore::open(&options(&w.folder)).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 1000, .. }), "{error}");
    assert!(error.to_string().contains("bridge.db"), "{error}");
}

#[test]
fn what_is_no_database_and_what_cannot_be_reached_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bridge.db"), "not a database, but a long enough text").unwrap();
    let error = SqliteStore::open(&options(&folder)).unwrap_err();
    assert!(matches!(error, OpenError::Sqlite { .. }), "{error}");
    let error = SqliteStore::open(&SqliteOptions::new(folder.path().join("nowhere/bridge.db"))).unwrap_err();
    assert!(matches!(error, OpenError::File { .. }), "{error}");
}

#[test]
fn nobody_but_the_owner_can_read_the_files() {
    let w = World::empty();
    for entry in fs::read_dir(w.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
