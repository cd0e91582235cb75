//! Waiting for everybody who acts.

use crate::executor::{Simulation, WORLD};
use tokio::sync::oneshot;

/// Those who act.
#[derive(Debug, Default)]
pub struct Acting(Vec<oneshot::Receiver<()>>);

impl Acting {
    /// Somebody starts to act.
    pub fn start(&mut self, simulation: &Simulation, acts: impl Future<Output = ()> + Send + 'static) {
        let (done, waits) = oneshot::channel();
        simulation.spawn(WORLD, async move {
            acts.await;
            if done.send(()).is_err() {
                // Nobody waits any more once the history is over.
            }
        });
        self.0.push(waits);
    }

    /// Returns when all of them are done.
    pub async fn wait(self) {
        for waits in self.0 {
            // One that was dropped is as good as done.
            drop(waits.await);
        }
    }
}
