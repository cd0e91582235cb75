//! The suite that every store must pass, run on SQLite. A second handle on the data is a second store on the same file,
//! as a second process would have it.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

use async_trait::async_trait;
use psa_bridge_core::{
    ports::Store,
    suite::{self, StoreFactory, StoreUnderTest},
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore, Synchronous};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinSet;

struct Factory;

struct Fresh {
    folder: TempDir,
    store: Arc<SqliteStore>,
}

fn open(folder: &TempDir) -> Arc<SqliteStore> {
    let usual = SqliteOptions::new(folder.path().join("bridge.db"));
    // What a power cut does is not what these cases are about, and waiting for the disk is most of their time.
    let options =
        SqliteOptions { synchronous: Synchronous::Normal, readers: 2, notices: suite::NOTICES, ..usual };
    Arc::new(SqliteStore::open(&options).unwrap())
}

#[async_trait]
impl StoreFactory for Factory {
    async fn fresh(&self) -> Arc<dyn StoreUnderTest> {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        Arc::new(Fresh { folder, store })
    }
}

#[async_trait]
impl StoreUnderTest for Fresh {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn reopen(&self) -> Arc<dyn Store> {
        open(&self.folder)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_sqlite_store_passes_every_case_of_the_suite() {
    let mut failed = Vec::new();
    let mut running = JoinSet::new();
    let cases = suite::cases();
    let count = cases.len();
    for case in cases {
        running.spawn(async move {
            let name = case.name.clone();
            let outcome = tokio::spawn(async move { case.run(Arc::new(Factory)).await }).await;
            outcome.is_err().then_some(name)
        });
        if running.len() >= 4 {
            failed.extend(running.join_next().await.and_then(Result::ok).flatten());
        }
    }
    while let Some(ended) = running.join_next().await {
        failed.extend(ended.ok().flatten());
    }
    assert!(count > 0, "the suite has cases");
    assert!(failed.is_empty(), "{} of {count} cases failed:\n{}", failed.len(), failed.join("\n"));
}
