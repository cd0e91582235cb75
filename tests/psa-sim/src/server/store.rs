//! The moment at which a record is stored, and what can go wrong around it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pipeline::strike;
use super::{Psa, Reply, Shared};
use crate::faults::{FaultKind, Stage};

/// Stores, or loses the answer, or stores late, or hides from lists for a while.
///
/// The work stores what was accepted, from the moment that it is given on visible to lists, and answers for it.
pub fn store<P: Psa>(
    shared: &Arc<Shared<P>>,
    (method, endpoint): (&str, &str),
    creates: bool,
    work: impl FnOnce(&mut P, Option<Instant>) -> Reply + Send + 'static,
) -> Reply {
    let timing = shared.faults().timing();
    let hidden = strike(shared, Stage::Visibility, method, endpoint, creates)
        .map(|_| Duration::from_millis(timing.late_visibility_ms));
    match strike(shared, Stage::Store, method, endpoint, creates) {
        Some(FaultKind::LateCommit) => {
            let delay = Duration::from_millis(timing.late_commit_ms);
            let era = shared.world().era();
            let late = shared.clone();
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                let mut world = late.world();
                if world.era() == era {
                    // Nobody is left to be answered.
                    drop(work(&mut world, hidden.map(|hidden| Instant::now() + hidden)));
                    drop(world);
                    late.counts().late_commits += 1;
                }
            });
            let odd = shared.counts().injected(FaultKind::LateCommit) % 2 == 1;
            if odd { Reply::reset() } else { Reply::gateway_timeout() }
        }
        after => {
            let reply = work(&mut shared.world(), hidden.map(|hidden| Instant::now() + hidden));
            match after {
                Some(FaultKind::GatewayTimeoutAfterStore) => Reply::gateway_timeout(),
                Some(FaultKind::ResetAfterStore) => Reply::reset(),
                _ => reply,
            }
        }
    }
}
