//! A model of PSAs, as bad as the bridge claims to bear: commits that come late, searches that lag, replies that get
//! lost, refusals, limits, outages, credentials that stop working, and technicians who do as they please.
//!
//! - [`tenant`] is what a PSA keeps and what it is like at the moment;
//! - [`opener`] and [`connector`] are the way to it, in place of the network;
//! - [`create`] draws what becomes of a ticket or note on its way.

pub mod connector;
pub mod create;
pub mod opener;
pub mod tenant;

use crate::{executor::Simulation, promises::Ledger};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tenant::Tenant;

/// From the start of a request until what it stored is visible at the latest. Less than the connectors' settle time by
/// what a request may wait for its turn, since settling begins before the turn.
pub const VISIBLE_WITHIN_SECONDS: u64 = 115;

/// All tenants of all PSAs.
#[derive(Clone)]
pub struct Psas {
    pub(crate) simulation: Simulation,
    pub(crate) ledger: Ledger,
    tenants: Arc<Mutex<BTreeMap<String, Tenant>>>,
}

impl fmt::Debug for Psas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Psas").finish_non_exhaustive()
    }
}

impl Psas {
    /// These tenants, whose calls the ledger watches.
    pub fn new(simulation: Simulation, ledger: Ledger, tenants: Vec<Tenant>) -> Self {
        let tenants = tenants.into_iter().map(|tenant| (tenant.key.clone(), tenant)).collect();
        Self { simulation, ledger, tenants: Arc::new(Mutex::new(tenants)) }
    }

    /// Looks at a tenant, or changes it.
    ///
    /// # Panics
    /// Where there is no tenant of that name: the test is wrong.
    pub fn tenant<T>(&self, key: &str, look: impl FnOnce(&mut Tenant) -> T) -> T {
        match self.lock().get_mut(key) {
            Some(tenant) => look(tenant),
            None => panic!("there is no tenant {key}"),
        }
    }

    /// The names of all tenants.
    pub fn keys(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Tenant>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
