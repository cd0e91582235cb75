//! The suite that every store must pass, run on the model: what the simulation proves on it holds for the real ones.

use async_trait::async_trait;
use psa_bridge_core::{
    ports::Store,
    suite::{self, StoreFactory, StoreUnderTest},
};
use psa_bridge_simulation::store::{MemoryStore, OpenStoreGate};
use std::sync::Arc;
use tokio::task::JoinSet;

struct Factory;

struct Fresh(MemoryStore);

#[async_trait]
impl StoreFactory for Factory {
    async fn fresh(&self) -> Arc<dyn StoreUnderTest> {
        Arc::new(Fresh(MemoryStore::telling(Arc::new(OpenStoreGate), suite::NOTICES)))
    }
}

#[async_trait]
impl StoreUnderTest for Fresh {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }

    async fn reopen(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_of_the_store_passes_every_case_of_the_suite() {
    let mut running = JoinSet::new();
    let cases = suite::cases();
    let count = cases.len();
    for case in cases {
        running.spawn(async move {
            let name = case.name.clone();
            let outcome = tokio::spawn(async move { case.run(Arc::new(Factory)).await }).await;
            outcome.is_err().then_some(name)
        });
    }
    let mut failed = Vec::new();
    while let Some(ended) = running.join_next().await {
        failed.extend(ended.unwrap());
    }
    assert!(count > 0, "the suite has cases");
    assert!(failed.is_empty(), "{} of {count} cases failed:\n{}", failed.len(), failed.join("\n"));
}
