//! Events without end, a few a second, for whoever wants to look on.

use crate::{
    api::{Api, Call, Caller},
    error::WorkloadError,
    generator::Generator,
    progress::Progress,
    simulators::Simulators,
    world::World,
};
use jiff::Timestamp;
use reqwest::Method;
use std::{pin::pin, time::Duration};

/// The wait between two events.
const PAUSE: Duration = Duration::from_millis(350);

/// Sends events until dropped, showing how far it has come.
pub async fn feed(api: &Api, world: &World, simulators: &Simulators, seed: u64) -> Result<(), WorkloadError> {
    let progress = Progress::default();
    progress.enter("feeding");
    let work = pin!(send(api, world, seed, &progress));
    let show = pin!(progress.show(simulators));
    tokio::select! {
        sent = work => sent,
        never = show => match never {},
    }
}

async fn send(api: &Api, world: &World, seed: u64, progress: &Progress) -> Result<(), WorkloadError> {
    let began = Timestamp::now();
    let mut generator = Generator::new(world, seed, began);
    loop {
        let event = generator.event();
        let call = Call::new(Caller::Machine, Method::POST, "/v1/events").json(&event.json);
        api.send(call).await?.success()?;
        progress.took_one();
        tokio::time::sleep(PAUSE).await;
    }
}
