//! `kill -9` in the middle of the work: what was answered is there, and what is there is whole.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

use jiff::Timestamp;
use psa_bridge_core::{
    event::Event,
    ids::{EventId, PartnerId},
    ports::EventStore,
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

/// Where the child finds the database.
const DATABASE: &str = "PSA_BRIDGE_TEST_DATABASE";
/// What the child prints before each id that was answered.
const ANSWERED: &str = "answered ";
/// Answers after which the child is killed.
const ENOUGH: usize = 200;

fn partner() -> PartnerId {
    "msp".parse().unwrap()
}

fn event(name: &str) -> Event {
    let event = serde_json::json!({
        "id": EventId::derive("test", name).as_str(),
        "source": "test",
        "source_id": name,
        "type": "backup.email.failed",
        "time": "2026-03-01T08:00:00Z",
        "organization": "acme",
        "partners": ["msp"],
        "description": "x".repeat(2000),
    });
    serde_json::from_value(event).unwrap()
}

/// Not a test: the program that is killed. Accepts events from many tasks, and prints the id of each that was answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "the test below starts it"]
async fn child_that_accepts_until_it_is_killed() {
    let Ok(database) = env::var(DATABASE) else { return };
    let store = Arc::new(SqliteStore::open(&SqliteOptions::new(database)).unwrap());
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    let event = event(&format!("{} {task} {number}", std::process::id()));
                    store.accept(&event, Timestamp::now()).await.unwrap();
                    writeln!(std::io::stdout(), "\n{ANSWERED}{}", event.id).unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Starts the child, kills it once enough was answered, and returns all that was.
fn kill_in_the_middle(database: &Path) -> Vec<String> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_that_accepts_until_it_is_killed", "--ignored", "--nocapture"])
        .env(DATABASE, database)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answered = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // The last line may be cut short by the kill; then nobody was told.
        let Ok(line) = line else { break };
        let Some(id) = line.strip_prefix(ANSWERED).filter(|id| id.parse::<EventId>().is_ok()) else {
            continue;
        };
        answered.push(id.to_owned());
        if answered.len() == ENOUGH {
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success(), "the child was killed");
    answered
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_and_nothing_is_half_there() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("bridge.db");
    let whole = event("0 0").id.as_str().len();
    let mut answered = Vec::new();
    for _ in 0..3 {
        answered.extend(kill_in_the_middle(&database));
        answered.retain(|id| id.len() == whole);
        assert!(answered.len() >= ENOUGH);
        let store = SqliteStore::open(&SqliteOptions::new(&database)).unwrap();
        for id in &answered {
            let view = store.event(&partner(), &id.parse().unwrap()).await.unwrap();
            assert!(view.is_some(), "{id} was answered, and the partner sees it");
        }
        let kept = store.events_accepted(Timestamp::MIN, Timestamp::MAX, None, 100_000).await.unwrap();
        for id in kept.items {
            let view = store.event(&partner(), &id).await.unwrap();
            assert!(view.is_some_and(|view| view.unrouted.is_some()), "{id} is kept with its sighting");
        }
        store.close().await;
    }
}
