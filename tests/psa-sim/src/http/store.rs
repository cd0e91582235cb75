//! The moment at which a record is stored, and what can go wrong around it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::call::Call;
use super::{Reply, lists, strike};
use crate::faults::{FaultKind, Stage};
use crate::sim::Shared;
use crate::world::World;

/// What stores accepted records, from a moment on visible to lists, and gives them back.
pub trait Store: FnOnce(&mut World, Option<Instant>) -> Vec<Value> + Send + 'static {}
impl<T: FnOnce(&mut World, Option<Instant>) -> Vec<Value> + Send + 'static> Store for T {}

/// Stores, or loses the answer, or stores late, or hides from lists for a while.
pub fn store(shared: &Arc<Shared>, call: &Call, name: &str, creates: bool, work: impl Store) -> Reply {
    let endpoint = call.path.first().map(String::as_str).unwrap_or_default();
    let timing = shared.faults().timing();
    let hidden = strike(shared, Stage::Visibility, call.method.as_str(), endpoint, creates)
        .map(|_| Duration::from_millis(timing.late_visibility_ms));
    match strike(shared, Stage::Store, call.method.as_str(), endpoint, creates) {
        Some(FaultKind::LateCommit) => {
            let delay = Duration::from_millis(timing.late_commit_ms);
            let era = shared.world().era;
            let late = shared.clone();
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                let mut world = late.world();
                if world.era == era {
                    work(&mut world, hidden.map(|hidden| Instant::now() + hidden));
                    drop(world);
                    late.counts().late_commits += 1;
                }
            });
            let odd = shared.counts().injected(FaultKind::LateCommit) % 2 == 1;
            if odd { Reply::reset() } else { Reply::gateway_timeout() }
        }
        after => {
            let mut world = shared.world();
            let stored = work(&mut world, hidden.map(|hidden| Instant::now() + hidden));
            match after {
                Some(FaultKind::GatewayTimeoutAfterStore) => Reply::gateway_timeout(),
                Some(FaultKind::ResetAfterStore) => Reply::reset(),
                _ => lists::stored(&world.switches, &call.parameters, name, stored),
            }
        }
    }
}
