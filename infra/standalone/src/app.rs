//! The whole bridge in one process: ports, functions, workers, schedule.

use crate::{
    api,
    config::{Settings, Synchronous},
    health::Health,
    jobs::{self, Clockwork, Intervals, Nudge, TellNudge},
    keys,
    start_error::StartError,
    telling,
};
use data_encoding::HEXLOWER_PERMISSIVE;
use psa_bridge_activity::Activity;
use psa_bridge_backfill::Schedule;
use psa_bridge_core::{
    connector_factory::TenantConnectors,
    ports::{ConnectorFactory, Vault},
    usecases::{
        accept::Ingest, backfill::Backfill, connections::Connections, mappings::Mappings, seats::Seats,
        work::Worker,
    },
};
use psa_bridge_embedded::{FileVault, MemoryBell, SqliteOptions, SqliteStore, VaultKey, generate_key_file};
use psa_bridge_http::{CursorKey, JwtAuthenticator, JwtKeys, LocalKey, Protection, TokenRules};
use psa_connector::{Clock, EgressPolicy, SystemClock, SystemRandom, Transport};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

/// Longest wait for what is in flight when the process is to stop: more than any call may take.
const GRACE: Duration = Duration::from_secs(40);

/// The bridge, ready to run.
pub struct App {
    store: Arc<SqliteStore>,
    router: axum::Router,
    worker: Worker,
    clockwork: Clockwork,
    bell: Arc<MemoryBell>,
    workers: usize,
    /// Held as long as the process works on the folder.
    _lock: File,
}

impl App {
    /// Opens everything that the configuration names.
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        let folder = &settings.data.folder;
        let folder_error = |source| StartError::Folder { path: folder.clone(), source };
        fs::create_dir_all(folder).map_err(folder_error)?;
        let lock = lock(folder)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let tell = TellNudge::default();
        let store = SqliteStore::open(&sqlite_options(settings))?.nudging(Arc::new(tell.clone()));
        let store = Arc::new(store);
        // The lock says that nobody else works on this table, so whoever held a lease is dead.
        store.end_all_leases().await?;
        let vault = FileVault::open(folder.join("vault"), vault_key(settings)?).map_err(folder_error)?;
        let vault: Arc<dyn Vault> = Arc::new(vault);
        let bell = Arc::new(MemoryBell::new(Arc::clone(&clock)));
        let nudge = Nudge::default();
        let connectors: Arc<dyn ConnectorFactory> = Arc::new(TenantConnectors::new(
            Arc::clone(&vault),
            store.clone(),
            transport(settings, &clock)?,
            Arc::clone(&clock),
            settings.connector_options(),
            settings.budget_plans(),
        ));
        let ingest = Ingest { store: store.clone(), bell: bell.clone(), clock: Arc::clone(&clock) };
        let worker = Worker {
            store: store.clone(),
            connectors: Arc::clone(&connectors),
            vault: Arc::clone(&vault),
            bell: bell.clone(),
            clock: Arc::clone(&clock),
            plan: settings.work_plan(),
            stopping: CancellationToken::new(),
        };
        let backfill = Backfill {
            store: store.clone(),
            bell: bell.clone(),
            clock: Arc::clone(&clock),
            plan: settings.backfill_plan(),
        };
        let connections = Connections {
            store: store.clone(),
            vault,
            connectors: Arc::clone(&connectors),
            bell: bell.clone(),
            nudge: Arc::new(nudge.clone()),
            clock: Arc::clone(&clock),
            random: Arc::new(SystemRandom),
        };
        let mappings = Mappings {
            store: store.clone(),
            connectors: Arc::clone(&connectors),
            nudge: Arc::new(nudge.clone()),
            clock: Arc::clone(&clock),
        };
        let notify = telling::open(settings, store.clone(), &clock, worker.stopping.clone())?;
        let seats = Seats {
            store: store.clone(),
            connectors: Arc::clone(&connectors),
            bell: bell.clone(),
            clock: Arc::clone(&clock),
        };
        let activity =
            Activity { store: store.clone(), connectors, bell: bell.clone(), clock: Arc::clone(&clock) };
        let router = api::router(&api::Parts {
            protection: Protection {
                authenticator: Arc::new(authenticator(settings, &clock)?),
                idempotency: store.clone(),
                cursors: CursorKey::new(&keys::read_or_make(&folder.join("cursor.key"))?),
                clock,
            },
            connections: connections.clone(),
            mappings: mappings.clone(),
            seats,
            activity,
            ingest,
            public_url: settings.public_url(),
            health: Arc::new(Health::new(store.clone())),
        });
        let intervals = Intervals {
            sweep: Duration::from_millis(settings.schedule.sweep_milliseconds.into()),
            recent: Duration::from_secs(settings.schedule.recent_seconds.into()),
        };
        let workers = settings.work.workers;
        let schedule = Schedule { backfill, mappings, connections, notify };
        let clockwork = Clockwork { schedule, intervals, nudge, tell, stopping: worker.stopping.clone() };
        Ok(Self { store, router, worker, clockwork, bell, workers, _lock: lock })
    }

    /// The API alone, to be asked without a socket.
    #[cfg(test)]
    pub fn into_router(self) -> axum::Router {
        self.router
    }

    /// Serves until `stop`; then lets what is in flight finish, and hands the rest back.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let tracker = TaskTracker::new();
        jobs::start_workers(&tracker, &self.worker, &self.bell, self.workers);
        self.clockwork.start(&tracker);
        let stopping = self.worker.stopping.clone();
        let served = axum::serve(listener, self.router)
            .with_graceful_shutdown(async move {
                stop.cancelled().await;
                info!("Stopping: finishing what is in flight");
                stopping.cancel();
            })
            .await;
        self.worker.stopping.cancel();
        tracker.close();
        if tokio::time::timeout(GRACE, tracker.wait()).await.is_err() {
            warn!(
                tasks = tracker.len(),
                "Stopped with calls still in flight; the next start looks for their tickets"
            );
        }
        self.store.close().await;
        info!("Stopped");
        served
    }
}

/// Listens where the configuration says.
pub async fn listen(settings: &Settings) -> Result<TcpListener, StartError> {
    let address = settings.server.listen;
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address: address.to_string(), source })
}

/// The rules that tokens are made and checked by.
pub fn token_rules(settings: &Settings) -> TokenRules {
    let mut rules = TokenRules::new(&settings.auth.issuer, &settings.auth.audience);
    settings.auth.partner_claim.clone_into(&mut rules.partner_claim);
    rules
}

/// This machine's own key for tokens; none where an identity provider makes them.
pub fn local_key(settings: &Settings) -> Result<Option<LocalKey>, StartError> {
    if !settings.auth.jwks_file.is_empty() {
        return Ok(None);
    }
    let folder = &settings.data.folder;
    fs::create_dir_all(folder).map_err(|source| StartError::Folder { path: folder.clone(), source })?;
    let secret = keys::read_or_make(&settings.file(&settings.auth.local_key_file, "token.key"))?;
    Ok(Some(LocalKey::new(HEXLOWER_PERMISSIVE.encode(&secret).into())?))
}

/// Keeps a second bridge off the folder. The lock ends with the process, however it ends.
fn lock(folder: &Path) -> Result<File, StartError> {
    let folder_error = |source| StartError::Folder { path: folder.to_owned(), source };
    let file = File::create(folder.join("lock")).map_err(folder_error)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(folder_error(error)),
    }
}

fn sqlite_options(settings: &Settings) -> SqliteOptions {
    SqliteOptions {
        synchronous: match settings.data.synchronous {
            Synchronous::Full => psa_bridge_embedded::Synchronous::Full,
            Synchronous::Normal => psa_bridge_embedded::Synchronous::Normal,
        },
        notices: settings.notice_policy(),
        ..SqliteOptions::new(settings.data.folder.join("psa-bridge.db"))
    }
}

fn vault_key(settings: &Settings) -> Result<VaultKey, StartError> {
    if let Some(key) = &settings.vault.key {
        return Ok(VaultKey::from_text(key)?);
    }
    let path = settings.file(&settings.vault.key_file, "vault.key");
    // Only the default file is made: a named one that is missing is a mistake, and a new key would lose the secrets.
    if settings.vault.key_file.is_empty() && !path.exists() {
        info!(path = %path.display(), "Made the vault's key: keep a copy elsewhere");
        return Ok(generate_key_file(&path)?);
    }
    Ok(VaultKey::from_file(&path)?)
}

fn transport(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Transport, StartError> {
    let mut policy = EgressPolicy::public_only();
    for url in &settings.egress.allow {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        policy = policy.allow_origin(&format!("{host}:{port}"))?;
    }
    Ok(Transport::new(policy, settings.transport_options(), Arc::clone(clock), Arc::new(SystemRandom))?)
}

fn authenticator(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<JwtAuthenticator, StartError> {
    let keys = if let Some(key) = local_key(settings)? {
        JwtKeys::local(&key)
    } else {
        let path = PathBuf::from(&settings.auth.jwks_file);
        let document = fs::read_to_string(&path).map_err(|source| StartError::KeySet { path, source })?;
        JwtKeys::jwks(&document)?
    };
    Ok(JwtAuthenticator::new(token_rules(settings), keys, Arc::clone(clock)))
}
