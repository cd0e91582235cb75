//! The suite that every store must pass, run on an emulated DynamoDB.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

mod bounds;
mod faults;
mod fresh;
mod network;
mod races;
#[path = "../support/mod.rs"]
mod support;

use fresh::Factory;
use psa_bridge_core::suite::{self, Case};
use std::sync::Arc;
use support::emulator;
use tokio::task::JoinSet;

/// Cases that run at once: the emulator takes one core, whoever asks.
const AT_ONCE: usize = 6;

/// Runs cases, some at once, and says which of them failed.
async fn run(cases: Vec<Case>, factory: Factory) {
    let factory = Arc::new(factory);
    let mut failed = Vec::new();
    let mut running = JoinSet::new();
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

/// Storms too; pairs of steps have a test of their own.
fn is_no_pair(case: &Case) -> bool {
    !case.name.ends_with("_against_every_step_after_it")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_on_dynamodb_passes_every_case_and_every_storm() {
    run(suite::cases().into_iter().filter(is_no_pair).collect(), Factory::on(emulator())).await;
}
