//! The running simulator: starts, stops, and hands its state to tests in the same process.

mod listener;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::counts::Counts;
use crate::faults::{FaultRule, FaultSchedule, FaultTiming, Injector, Outage};
use crate::rate_limit::{Limiter, RateLimit};
use crate::switches::Switches;
use crate::tenant::Tenant;
use crate::world::{StoredTicket, World};

use listener::OutageListener;
pub use listener::Wire;

mod people;

/// What all requests share.
pub struct Shared {
    world: Mutex<World>,
    faults: Mutex<Injector>,
    counts: Mutex<Counts>,
    limiter: Mutex<Limiter>,
    pub outage: watch::Sender<Outage>,
    open: watch::Receiver<bool>,
    /// A ticket is being created.
    pub creating: AtomicBool,
    pub stopped: AtomicBool,
    pub base_url: String,
}

impl Shared {
    pub fn world(&self) -> MutexGuard<'_, World> {
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

    /// Begins or ends an outage, and waits until the port is as the outage wants it.
    pub async fn set_outage(&self, outage: Outage) {
        self.outage.send_replace(outage);
        let mut open = self.open.clone();
        if open.wait_for(|&open| open == (outage != Outage::Refused)).await.is_err() {
            tracing::debug!("The simulator stopped before the outage took effect");
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
#[derive(Clone, Debug)]
pub struct HaloSimBuilder {
    tenant: Tenant,
    switches: Switches,
    faults: FaultSchedule,
    rate_limit: Option<RateLimit>,
    port: u16,
    control_port: u16,
    seed: u64,
}

impl HaloSimBuilder {
    /// The tenant; [`Tenant::demo`] otherwise.
    #[must_use]
    pub fn tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// The switches; the defaults otherwise.
    #[must_use]
    pub fn switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
        self
    }

    /// The faults; none otherwise.
    #[must_use]
    pub fn faults(mut self, schedule: FaultSchedule) -> Self {
        self.faults = schedule;
        self
    }

    /// The rate limit; 700 requests in 5 minutes otherwise.
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

    /// Starts the simulator; it listens when this returns.
    pub async fn start(self) -> Result<HaloSim, SimError> {
        let api = listen(self.port).await?;
        let control = listen(self.control_port).await?;
        let (address, control_address) = (address(&api, self.port)?, address(&control, self.control_port)?);
        let (outage, watching) = watch::channel(Outage::None);
        let (opening, open) = watch::channel(true);
        // Two tenants of one seed must not issue the same tokens: a token taken to the wrong one has to be refused.
        let seed = self.seed ^ (u64::from(address.port()) << 32);
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(self.tenant, self.switches, seed)),
            faults: Mutex::new(Injector::new(self.faults)),
            counts: Mutex::default(),
            limiter: Mutex::new(Limiter::new(self.rate_limit)),
            outage,
            open,
            creating: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            base_url: format!("http://{address}"),
        });
        let refuse = |source| SimError::Listen { port: self.port, source };
        let api = OutageListener::new(api, watching, opening).map_err(refuse)?;
        let control = OutageListener::always_open(control).map_err(refuse)?;
        let tasks = [api, control].map(|listener| {
            let service = crate::http::router(shared.clone()).into_make_service_with_connect_info::<Wire>();
            tokio::spawn(async move {
                if let Err(error) = axum::serve(listener, service).await {
                    tracing::error!(%error, "The simulator stopped serving");
                }
            })
        });
        Ok(HaloSim { shared, control_url: format!("http://{control_address}/_sim"), tasks: tasks.into() })
    }
}

async fn listen(port: u16) -> Result<TcpListener, SimError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| SimError::Listen { port, source })
}

fn address(listener: &TcpListener, port: u16) -> Result<SocketAddr, SimError> {
    listener.local_addr().map_err(|source| SimError::Listen { port, source })
}

/// A Halo tenant that runs in this process, on a port of its own.
pub struct HaloSim {
    shared: Arc<Shared>,
    control_url: String,
    tasks: Vec<JoinHandle<()>>,
}

impl HaloSim {
    /// The client id of the application that demo tenants have.
    pub const CLIENT_ID: &str = crate::tenant::CLIENT_ID;
    /// Its secret.
    pub const CLIENT_SECRET: &str = crate::tenant::CLIENT_SECRET;

    /// A simulator to be set up: by default a demo tenant named `demo`, without faults, with the default limit.
    pub fn builder() -> HaloSimBuilder {
        HaloSimBuilder {
            tenant: Tenant::demo("demo"),
            switches: Switches::default(),
            faults: FaultSchedule::none(),
            rate_limit: Some(RateLimit::default()),
            port: 0,
            control_port: 0,
            seed: 1,
        }
    }

    /// A tenant like a small MSP's; see [`Tenant::demo`].
    pub fn demo_tenant(name: &str) -> Tenant {
        Tenant::demo(name)
    }

    /// Where Halo is: the resource server is this plus `/api`, the authorisation server this plus `/auth`.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
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

    /// All tickets, deleted and not yet visible ones too, in the order of their numbers.
    pub fn tickets(&self) -> Vec<StoredTicket> {
        self.shared.world().tickets.all().cloned().collect()
    }

    /// One ticket.
    pub fn ticket(&self, id: i64) -> Option<StoredTicket> {
        self.shared.world().tickets.get(id).cloned()
    }

    /// How many tickets there are.
    pub fn ticket_count(&self) -> usize {
        self.shared.world().tickets.len()
    }

    /// How many tickets have each value of a text field (`third_party_id_string`, `summary`, `CFBridgeReference`, …).
    pub fn tickets_by(&self, field: &str) -> std::collections::BTreeMap<String, usize> {
        self.shared.world().tickets_by(field)
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
        let create_ms = self.shared.world().switches.create_ms;
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
    pub fn configure(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.shared.world().switches);
    }

    /// Changes the tenant's set-up: clients, rights, licences, applications.
    pub fn edit_tenant<T>(&self, change: impl FnOnce(&mut Tenant) -> T) -> T {
        change(&mut self.shared.world().tenant)
    }

    /// The tenant's set-up as it stands.
    pub fn tenant(&self) -> Tenant {
        self.shared.world().tenant.clone()
    }

    /// Back to the start: no tickets, no counts, no faults on demand, no outage. Switches and schedule stay.
    pub fn reset(&self) {
        self.shared.reset();
    }
}

impl Drop for HaloSim {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        for task in &self.tasks {
            task.abort();
        }
    }
}
