//! What all simulators have in common: ports, outages, faults, limits, counts. A PSA is what is plugged into it.

mod incoming;
mod listener;
mod parameters;
mod pipeline;
mod reply;
mod sim;
mod store;

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;

use crate::counts::Counts;
use crate::faults::{Injector, Outage};
use crate::rate_limit::{Limiter, RateLimit};

pub use incoming::Incoming;
pub use parameters::Parameters;
pub use reply::{HTML, Reply};
pub use sim::{Sim, SimBuilder, SimError};
pub use store::store;

/// Everything that a tenant of one PSA holds, and how that PSA answers.
pub trait Psa: Send + Sized + 'static {
    /// How a tenant is set up.
    type Tenant: Clone + Send + 'static;
    /// Where sources about the PSA disagree.
    type Switches: Clone + Serialize + DeserializeOwned + Send + 'static;

    /// The PSA's name, as the page shows it.
    const NAME: &'static str;
    /// What the page needs to know about this PSA's tickets.
    const PAGE_SCRIPT: &'static str;
    /// How many ports the API has.
    const PORTS: usize;

    /// A tenant as a demo has it.
    fn demo(name: &str) -> Self::Tenant;
    /// The PSA's switches as they usually are.
    fn usual_switches() -> Self::Switches;
    /// The PSA's limit as it usually is.
    fn usual_limit() -> RateLimit;
    /// A tenant at its start, served at these addresses.
    fn open(tenant: Self::Tenant, switches: Self::Switches, seed: u64, base_urls: &[String]) -> Self;
    /// Back to the start: no tickets; another era.
    fn reset(&mut self);
    /// Raised by a reset, so that what is still on its way to the store from before is dropped.
    fn era(&self) -> u64;
    /// How long creating a ticket takes, in milliseconds.
    fn create_ms(&self) -> u64;
    /// How much longer it may take while the limit is being used up, in milliseconds.
    fn slowed_ms(&self) -> u64 {
        0
    }
    /// The tenant's set-up.
    fn tenant(&self) -> &Self::Tenant;
    /// The same, to change it.
    fn tenant_mut(&mut self) -> &mut Self::Tenant;
    /// The switches.
    fn switches(&self) -> &Self::Switches;
    /// The same, to change them.
    fn switches_mut(&mut self) -> &mut Self::Switches;

    /// What is left of a path without the API's root.
    fn within(path: &[String]) -> &[String];
    /// What faults call the endpoint of such a path.
    fn endpoint(path: &[String]) -> String;
    /// Whether a request is counted against the limit.
    fn is_limited(path: &[String]) -> bool;
    /// The answer of an endpoint, when nothing went wrong before.
    fn answer(shared: &Arc<Shared<Self>>, incoming: Incoming) -> impl Future<Output = Reply> + Send;
    /// 429, as this PSA words it.
    fn too_many_requests(retry_after: Option<u64>) -> Reply;

    /// A command of the control API that only this PSA has.
    fn command(shared: &Shared<Self>, method: &str, path: &[&str], body: &Value) -> Result<Value, String>;
    /// What the control API tells of the tenant; common members are added.
    fn state(&self) -> Value;
    /// The newest tickets, a search among them, or one of them.
    fn show(&self, path: &[&str], parameters: &Parameters) -> Option<Value>;
}

/// What all requests to a simulator share.
pub struct Shared<P> {
    world: Mutex<P>,
    faults: Mutex<Injector>,
    counts: Mutex<Counts>,
    limiter: Mutex<Limiter>,
    pub outage: watch::Sender<Outage>,
    open: Vec<watch::Receiver<bool>>,
    pub stopped: AtomicBool,
    /// Where the API is, one address for each of its ports.
    pub base_urls: Vec<String>,
}

impl<P: Psa> Shared<P> {
    /// The address of the API's first port.
    pub fn base_url(&self) -> &str {
        self.base_urls.first().map(String::as_str).unwrap_or_default()
    }

    pub fn world(&self) -> MutexGuard<'_, P> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn faults(&self) -> MutexGuard<'_, Injector> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins or ends an outage, and waits until the ports are as the outage wants them.
    pub async fn set_outage(&self, outage: Outage) {
        self.outage.send_replace(outage);
        for open in &self.open {
            if open.clone().wait_for(|&open| open == (outage != Outage::Refused)).await.is_err() {
                tracing::debug!("The simulator stopped before the outage took effect");
            }
        }
    }

    /// Back to the start: no tickets, no counts, no faults on demand, no outage.
    pub fn reset(&self) {
        self.world().reset();
        let schedule = self.faults().schedule().clone();
        *self.faults() = Injector::new(schedule);
        *self.counts() = Counts::default();
        self.limiter().forget();
        self.outage.send_replace(Outage::None);
    }
}
