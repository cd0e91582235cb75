//! The running simulator: starts, stops, and hands its state to tests in the same process.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::listener::{OutageListener, Wire};
use super::pipeline::router;
use super::{Psa, Shared};
use crate::counts::Counts;
use crate::faults::{FaultRule, FaultSchedule, FaultTiming, Injector, Outage};
use crate::rate_limit::{Limiter, RateLimit};

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The port could not be had.
    #[error("the simulator could not listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port; 0 for any.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
}

/// What to start.
pub struct SimBuilder<P: Psa> {
    tenant: P::Tenant,
    switches: P::Switches,
    faults: FaultSchedule,
    rate_limit: Option<RateLimit>,
    port: u16,
    control_port: u16,
    seed: u64,
    front: Option<String>,
}

impl<P: Psa> Clone for SimBuilder<P> {
    fn clone(&self) -> Self {
        Self {
            tenant: self.tenant.clone(),
            switches: self.switches.clone(),
            faults: self.faults.clone(),
            front: self.front.clone(),
            ..*self
        }
    }
}

impl<P: Psa> SimBuilder<P> {
    /// The tenant; the demo tenant `demo` otherwise.
    #[must_use]
    pub fn tenant(mut self, tenant: P::Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// The switches; the defaults otherwise.
    #[must_use]
    pub fn switches(mut self, switches: P::Switches) -> Self {
        self.switches = switches;
        self
    }

    /// The faults; none otherwise.
    #[must_use]
    pub fn faults(mut self, schedule: FaultSchedule) -> Self {
        self.faults = schedule;
        self
    }

    /// The rate limit; the PSA's usual one otherwise.
    #[must_use]
    pub fn rate_limit(mut self, limit: Option<RateLimit>) -> Self {
        self.rate_limit = limit;
        self
    }

    /// The port of the API on 127.0.0.1; any free one otherwise.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The port of the control API on 127.0.0.1; any free one otherwise.
    #[must_use]
    pub fn control_port(mut self, port: u16) -> Self {
        self.control_port = port;
        self
    }

    /// Where tokens and GUIDs start.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The origin by which clients reach it, where something stands in front: what it tells of where it is names that.
    #[must_use]
    pub fn behind(mut self, front: Option<&str>) -> Self {
        self.front = front.map(str::to_owned);
        self
    }

    /// Starts the simulator; it listens when this returns.
    pub async fn start(self) -> Result<Sim<P>, SimError> {
        let mut listeners = Vec::new();
        for number in 0..P::PORTS {
            // Only the first port can be chosen.
            let port = if number == 0 { self.port } else { 0 };
            let listener = listen(port).await?;
            let address = address(&listener, port)?;
            listeners.push((listener, address));
        }
        let control = listen(self.control_port).await?;
        let control_address = address(&control, self.control_port)?;
        // Two tenants of one seed must not issue the same tokens: a token taken to the wrong one has to be refused.
        let first_port = listeners.first().map_or(0, |(_, address)| address.port());
        let seed = self.seed ^ (u64::from(first_port) << 32);
        let mut base_urls: Vec<String> =
            listeners.iter().map(|(_, address)| format!("http://{address}")).collect();
        if let (Some(first), Some(front)) = (base_urls.first_mut(), self.front) {
            *first = front;
        }
        let address = listeners.first().map(|(_, address)| *address);
        let (outage, watching) = watch::channel(Outage::None);
        let port = self.port;
        let refuse = |source| SimError::Listen { port, source };
        let mut doors = Vec::new();
        let mut open = Vec::new();
        for (port, (listener, _)) in listeners.into_iter().enumerate() {
            let (opening, opened) = watch::channel(true);
            doors.push((port, OutageListener::new(listener, watching.clone(), opening).map_err(refuse)?));
            open.push(opened);
        }
        doors.push((0, OutageListener::always_open(control).map_err(refuse)?));
        let shared = Arc::new(Shared {
            world: Mutex::new(P::open(self.tenant, self.switches, seed, &base_urls)),
            faults: Mutex::new(Injector::new(self.faults)),
            counts: Mutex::default(),
            limiter: Mutex::new(Limiter::new(self.rate_limit)),
            outage,
            open,
            stopped: AtomicBool::new(false),
            base_urls,
        });
        let serve = |(port, listener)| {
            let service = router(shared.clone(), port).into_make_service_with_connect_info::<Wire>();
            tokio::spawn(async move {
                if let Err(error) = axum::serve(listener, service).await {
                    tracing::error!(%error, "The simulator stopped serving");
                }
            })
        };
        let tasks = doors.into_iter().map(serve).collect();
        Ok(Sim { shared, address, control_url: format!("http://{control_address}/_sim"), tasks })
    }
}

async fn listen(port: u16) -> Result<TcpListener, SimError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| SimError::Listen { port, source })
}

fn address(listener: &TcpListener, port: u16) -> Result<SocketAddr, SimError> {
    listener.local_addr().map_err(|source| SimError::Listen { port, source })
}

/// A tenant that runs in this process, on ports of its own.
pub struct Sim<P: Psa> {
    pub(crate) shared: Arc<Shared<P>>,
    address: Option<SocketAddr>,
    control_url: String,
    tasks: Vec<JoinHandle<()>>,
}

impl<P: Psa> Sim<P> {
    /// A simulator to be set up: by default a demo tenant named `demo`, without faults, with the usual limit.
    pub fn builder() -> SimBuilder<P> {
        SimBuilder {
            tenant: P::demo("demo"),
            switches: P::usual_switches(),
            faults: FaultSchedule::none(),
            rate_limit: Some(P::usual_limit()),
            port: 0,
            control_port: 0,
            seed: 1,
            front: None,
        }
    }

    /// A tenant like a small MSP's.
    pub fn demo_tenant(name: &str) -> P::Tenant {
        P::demo(name)
    }

    /// The limit on requests that the PSA usually has.
    pub fn usual_limit() -> RateLimit {
        P::usual_limit()
    }

    /// Where the PSA is, without a path: where clients reach it.
    pub fn base_url(&self) -> &str {
        self.shared.base_url()
    }

    /// Where it listens, which is elsewhere if it is [behind](SimBuilder::behind) something.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Where the control API is (`…/_sim`), on a port of its own that no outage closes.
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// Stops listening and cuts the connections at their next request.
    pub async fn stop(mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        for task in &self.tasks {
            task.abort();
        }
        for task in self.tasks.drain(..) {
            if let Err(error) = task.await
                && !error.is_cancelled()
            {
                tracing::error!(%error, "The simulator failed while it ran");
            }
        }
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.shared.counts().clone()
    }

    /// Replaces all faults.
    pub fn set_faults(&self, schedule: FaultSchedule) {
        *self.shared.faults() = Injector::new(schedule);
    }

    /// Adds a fault, on demand or by share.
    pub fn add_fault(&self, rule: FaultRule) {
        self.shared.faults().add(rule);
    }

    /// How long faults take from now on.
    pub fn set_fault_timing(&self, timing: FaultTiming) {
        self.shared.faults().set_timing(timing);
    }

    /// The longest until what a create stores is visible to lists; see [`FaultSchedule::settle_bound`].
    pub fn settle_bound(&self) -> Duration {
        let is_limited = self.shared.limiter().limit.is_some();
        let create_ms = {
            let world = self.shared.world();
            world.create_ms() + if is_limited { world.slowed_ms() } else { 0 }
        };
        self.shared.faults().schedule().settle_bound(create_ms)
    }

    /// Begins or ends an outage; it has when this returns.
    pub async fn set_outage(&self, outage: Outage) {
        self.shared.set_outage(outage).await;
    }

    /// Sets the rate limit, or switches it off.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.shared.limiter().limit = limit;
    }

    /// Changes the switches.
    pub fn configure(&self, change: impl FnOnce(&mut P::Switches)) {
        change(self.shared.world().switches_mut());
    }

    /// Changes the tenant's set-up: customers, rights, whatever is configured.
    pub fn edit_tenant<T>(&self, change: impl FnOnce(&mut P::Tenant) -> T) -> T {
        change(self.shared.world().tenant_mut())
    }

    /// The tenant's set-up as it stands.
    pub fn tenant(&self) -> P::Tenant {
        self.shared.world().tenant().clone()
    }

    /// Back to the start: no tickets, no counts, no faults on demand, no outage. Switches and schedule stay.
    pub fn reset(&self) {
        self.shared.reset();
    }
}

impl<P: Psa> Drop for Sim<P> {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        for task in &self.tasks {
            task.abort();
        }
    }
}
