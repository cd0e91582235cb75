//! What connectors tell each other: where tenants live, and whose credentials were refused. Each user of a connection has
//! a connector of its own (a worker, a person at the screen), and Autotask locks an API user whom all of them try.

use super::account::Account;
use super::zone::Zone;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// What is known of tenants and credentials. Connectors that are opened with clones of the same options share it.
#[derive(Clone, Default)]
pub struct AutotaskMemory {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    zones: Mutex<HashMap<String, Zone>>,
    /// By a keyed hash, since it holds secrets.
    logins: Mutex<HashMap<u64, Weak<SharedLogin>>>,
    hasher: RandomState,
}

/// What is known of one user's credentials; held while nobody knows, so that one call at a time finds out.
pub(super) type SharedLogin = tokio::sync::Mutex<Login>;

/// What is known of credentials.
#[derive(Debug, Default)]
pub(super) enum Login {
    #[default]
    Untried,
    Accepted,
    Refused {
        until: Timestamp,
        detail: String,
    },
}

impl AutotaskMemory {
    pub(super) fn zone(&self, user: &str) -> Option<Zone> {
        locked(&self.shared.zones).get(user).cloned()
    }

    pub(super) fn keep_zone(&self, user: &str, zone: Zone) {
        locked(&self.shared.zones).insert(user.to_owned(), zone);
    }

    pub(super) fn forget_zone(&self, user: &str) {
        locked(&self.shared.zones).remove(user);
    }

    /// The same for all who hold the same credentials.
    pub(super) fn login(&self, account: &Account) -> Arc<SharedLogin> {
        let secrets = (account.secret.expose_secret(), account.integration_code.expose_secret());
        let key = self.shared.hasher.hash_one((&account.user_name, secrets));
        let mut logins = locked(&self.shared.logins);
        if let Some(login) = logins.get(&key).and_then(Weak::upgrade) {
            return login;
        }
        logins.retain(|_, login| login.strong_count() > 0);
        let login = Arc::new(SharedLogin::default());
        logins.insert(key, Arc::downgrade(&login));
        login
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is a single step of a map, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves out whose it is.
impl fmt::Debug for AutotaskMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutotaskMemory").finish_non_exhaustive()
    }
}
