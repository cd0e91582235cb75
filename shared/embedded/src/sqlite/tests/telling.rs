//! The outbox costs nothing where nobody listens, and finding what is due costs what waits, not what was told.

use super::world::{World, actor, at, event, options, partner};
use crate::sqlite::{SqliteOptions, SqliteStore, notices, rows::text};
use psa_bridge_core::{
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    ids::ConnectionId,
    notice::{Channel, NoticePolicy, Standing, Told},
    ports::{EventStore, NoticeNudge, NoticeStore, RegistryStore},
};
use rusqlite::{Connection as Db, StatementStatus};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// The same file, telling the vendor everything.
fn telling(w: World) -> World {
    let notices = NoticePolicy { webhook: true, ..NoticePolicy::default() };
    let store = SqliteStore::open(&SqliteOptions { notices, ..options(&w.folder) }).unwrap();
    World { store, ..w }
}

async fn waiting(w: &World) -> usize {
    w.notices(Standing::Waiting, None, 10_000).await.unwrap().items.len()
}

async fn suspend(w: &World, connection: &ConnectionId) {
    let plan = CanaryPlan {
        first: jiff::SignedDuration::from_secs(30),
        longest: jiff::SignedDuration::from_secs(900),
    };
    let cause = SuspensionCause::Credentials;
    let change = ConnectionChange::Suspended { cause, detail: String::new(), plan };
    w.change_connection(&partner(), connection, change, &actor(), at(0)).await.unwrap();
}

#[tokio::test]
async fn without_a_webhook_nothing_is_written_for_it() {
    let (w, halo) = World::mapped().await;
    w.keep_finished(&halo, 0..3).await;
    assert_eq!(waiting(&w).await, 0);
    suspend(&w, &halo).await;
    assert_eq!(waiting(&w).await, 1, "the mail alone");
    let w = telling(w);
    w.change_connection(&partner(), &halo, ConnectionChange::Recovered, &actor(), at(1)).await.unwrap();
    w.keep_finished(&halo, 3..5).await;
    assert_eq!(waiting(&w).await, 3, "from then on it is, and the mail was not worth its while");
}

/// What finding the events that are due costs, in steps of SQLite's machine.
fn cost(w: &World) -> i32 {
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    let mut statement = db.prepare(notices::DUE).unwrap();
    let mut rows = statement.query(("webhook", text(at(10_000)), 100)).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

#[tokio::test]
async fn a_long_line_of_one_connection_is_one_jump_and_what_was_told_none() {
    let (w, halo) = World::mapped().await;
    let w = telling(w);
    w.keep_finished(&halo, 0..5).await;
    let few = cost(&w);
    w.keep_finished(&halo, 5..300).await;
    let many = cost(&w);
    assert!(many <= few + 20, "{many} steps for a line of 300, {few} for one of 5");
    for _ in 0..300 {
        let taken = w.take_notices(Channel::Webhook, at(9000), 100, at(10)).await.unwrap();
        for notice in taken {
            assert!(w.finish_notice(&notice.id, notice.attempts, &Told::Sent, at(11)).await.unwrap());
        }
    }
    assert_eq!(waiting(&w).await, 0);
    assert!(cost(&w) <= few, "{} steps once all is told, {few} for a line of 5", cost(&w));
}

#[derive(Default)]
struct Count(AtomicU32);

impl NoticeNudge for Count {
    fn nudge(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn whoever_tells_is_nudged_by_a_change_and_not_by_an_event() {
    let (w, halo) = World::mapped().await;
    let count = Arc::new(Count::default());
    let store = SqliteStore::open(&options(&w.folder)).unwrap().nudging(count.clone());
    let w = World { store, ..w };
    w.accept(&event(1), at(0)).await.unwrap();
    assert_eq!(count.0.load(Ordering::SeqCst), 0);
    suspend(&w, &halo).await;
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
}
