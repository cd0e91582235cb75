//! Public client libraries sign in to the simulators, create, find and close a ticket, and report refusals: what works
//! with the real PSA works here, in the libraries' own hands.

#![expect(clippy::expect_used, reason = "a test may fail where something is missing, in its helpers too")]

mod autotask;
mod halopsa;

use std::path::Path;
use std::sync::LazyLock;

use psa_clients::Python;

/// The environment that all tests share, made by the first that asks.
async fn python() -> Python {
    static PREPARED: LazyLock<Result<Python, String>> = LazyLock::new(|| {
        Python::prepare(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("psa-clients"))
            .map_err(|error| error.to_string())
    });
    let prepared = tokio::task::spawn_blocking(|| PREPARED.clone()).await.expect("it is not cancelled");
    prepared.unwrap_or_else(|error| panic!("{error}"))
}
