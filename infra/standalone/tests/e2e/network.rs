//! The network between the bridge and the PSAs is cut and slowed, in every way that a client can tell apart.

use crate::{
    disturbed::{Scenario, Stage, run_disturbed},
    proxy::Network,
};
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use std::sync::Mutex;

/// So often something has to go wrong before the network is up again: enough to suspend connections.
const STRIKES: usize = 20;

/// Twice each, in an order of the seed.
fn script(seed: u64) -> Vec<Network> {
    use Network::{AnswerCut, AnswerSwallowed, Refused, RequestCut, RequestSwallowed, Slow};
    let mut script = [Refused, RequestCut, AnswerCut, RequestSwallowed, AnswerSwallowed, Slow].repeat(2);
    script.shuffle(&mut SmallRng::seed_from_u64(seed));
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn however_the_network_fails_nothing_is_lost_or_doubled_and_it_recovers_by_itself() {
    const SEED: u64 = 21;
    let script = Mutex::new(script(SEED).into_iter());
    let scenario = Scenario { settings: &[("EGRESS__TIMEOUT_SECONDS", "2")], ..Scenario::new(SEED, 200, 12) };
    let survived = run_disturbed(scenario, async |stage: &Stage| {
        let network = script.lock().unwrap().next().unwrap();
        let (strikes, looks) = (stage.struck(), stage.bridge.logged(&["The outage goes on"]));
        stage.set_network(network);
        match network {
            // Nobody sees who could not connect, but the bridge says that it looks whether it can again.
            Network::Refused => {
                let look = || stage.bridge.logged(&["The outage goes on"]) > looks;
                stage.until("a canary that fails", look).await;
            }
            // What is slow arrives, and there is an end to it.
            Network::Slow => stage.until("slowness", || stage.struck() > strikes).await,
            _ => stage.until("failures", || stage.struck() >= strikes + STRIKES).await,
        }
        stage.set_network(Network::Up);
    })
    .await;
    let bridge = &survived.stage.bridge;
    assert!(bridge.logged(&["The outage is over"]) > 0, "no canary ended an outage");
    assert!(survived.searches > 0, "no answer was lost");
}
