//! The suite that every store must pass, run on an emulated DynamoDB. A second handle on the data is a second store on
//! the same table, as a second function would have it.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

mod support;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use psa_bridge_aws::{CallCounter, DynamoStore};
use psa_bridge_core::{
    ports::Store,
    suite::{self, StoreFactory, StoreUnderTest},
};
use std::sync::Arc;
use support::emulator;
use tokio::task::JoinSet;

/// Cases that run at once: the emulator takes one core, whoever asks.
const AT_ONCE: usize = 6;

struct Factory(Client);

struct Fresh {
    client: Client,
    store: DynamoStore,
}

#[async_trait]
impl StoreFactory for Factory {
    async fn fresh(&self) -> Arc<dyn StoreUnderTest> {
        let store = emulator().store(&self.0).await;
        Arc::new(Fresh { client: self.0.clone(), store })
    }
}

#[async_trait]
impl StoreUnderTest for Fresh {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }

    async fn reopen(&self) -> Arc<dyn Store> {
        Arc::new(DynamoStore::new(self.client.clone(), self.store.table(), suite::NOTICES))
    }
}

/// Runs the cases that are chosen by name, some at once, and says which of them failed.
async fn run(is_chosen: fn(&str) -> bool) {
    let factory = Arc::new(Factory(emulator().dynamo(CallCounter::default())));
    let mut failed = Vec::new();
    let mut running = JoinSet::new();
    let cases: Vec<_> = suite::cases().into_iter().filter(|case| is_chosen(&case.name)).collect();
    let count = cases.len();
    for case in cases {
        let factory = factory.clone();
        running.spawn(async move {
            let name = case.name.clone();
            let outcome = tokio::spawn(async move { case.run(factory).await }).await;
            outcome.is_err().then_some(name)
        });
        if running.len() >= AT_ONCE {
            failed.extend(running.join_next().await.and_then(Result::ok).flatten());
        }
    }
    while let Some(ended) = running.join_next().await {
        failed.extend(ended.ok().flatten());
    }
    assert!(count > 0, "the suite has such cases");
    assert!(failed.is_empty(), "{} of {count} cases failed:\n{}", failed.len(), failed.join("\n"));
}

fn is_race(name: &str) -> bool {
    name.starts_with("races::")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_on_dynamodb_passes_every_case_of_one_step_after_the_other() {
    run(|name| !is_race(name)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes the better part of an hour on the emulator: for a change of the unit of work or of the schema"]
async fn the_store_on_dynamodb_passes_every_race() {
    run(is_race).await;
}
