//! A bridge for tests: a real store, under a clock that the test moves, with a PSA that does what the test scripts.

#![expect(clippy::unwrap_used, reason = "a scene that cannot be set fails its test")]
#![expect(clippy::missing_panics_doc, reason = "panicking is how a scene tells that it cannot be set")]

mod psa;

pub use psa::{Answer, ScriptedPsa};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    budget::Purpose,
    catalogue::Language,
    cloud_event,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    delivery::{Delivery, DeliveryState},
    ids::{ConnectionId, EventId, OperationId, OrganizationId, PartnerId},
    operation::{Operation, OperationState},
    organization::{Organization, RegisteredBy},
    ports::{
        Actor, Bell, BellError, ConnectorFactory, EventFilter, EventStore, MappingChange, OpenError,
        PutMapping, RegistryStore, Vault, VaultError,
    },
    reason::Reason,
    usecases::{
        backfill::{Backfill, BackfillPlan},
        work::{WorkPlan, Worked, Worker},
    },
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_connector::{
    CheckReport, ClientId, Clock, Credentials, PsaConnector, PsaKind, SystemRandom, TenantIdentity, TicketId,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The scripted PSA's settle time.
pub const SETTLE: SignedDuration = SignedDuration::from_secs(180);

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// Moves it.
    pub fn advance(&self, span: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += span;
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        self.advance(SignedDuration::try_from(duration).unwrap());
    }
}

/// Remembers what was rung.
#[derive(Debug, Default)]
pub struct RecordingBell(pub Mutex<Vec<(ConnectionId, SignedDuration)>>);

#[async_trait]
impl Bell for RecordingBell {
    async fn ring(&self, connection: &ConnectionId) -> Result<(), BellError> {
        self.ring_after(connection, SignedDuration::ZERO).await
    }
    async fn ring_after(&self, connection: &ConnectionId, delay: SignedDuration) -> Result<(), BellError> {
        self.0.lock().unwrap().push((connection.clone(), delay));
        Ok(())
    }
}

/// Remembers which generations were deleted.
#[derive(Debug, Default)]
pub struct RecordingVault(pub Mutex<Vec<u32>>);

#[async_trait]
impl Vault for RecordingVault {
    async fn put(&self, _: &ConnectionId, _: u32, _: &Credentials) -> Result<(), VaultError> {
        Ok(())
    }
    async fn get(&self, _: &ConnectionId, _: u32) -> Result<Credentials, VaultError> {
        Err(VaultError::NotFound)
    }
    async fn delete_below(&self, _: &ConnectionId, generation: u32) -> Result<(), VaultError> {
        self.0.lock().unwrap().push(generation);
        Ok(())
    }
}

#[derive(Debug)]
struct OnePsa(Arc<ScriptedPsa>);

#[async_trait]
impl ConnectorFactory for OnePsa {
    fn try_out(&self, _: PsaKind, _: &Credentials) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(self.0.clone())
    }
    async fn open(&self, _: &Connection, _: Purpose) -> Result<Arc<dyn PsaConnector>, OpenError> {
        Ok(self.0.clone())
    }
    fn retire(&self, _: &ConnectionId, _: u32) {}
}

/// One partner, one organisation mapped to client 57 of one live connection.
pub struct Scene {
    /// The table.
    pub store: Arc<SqliteStore>,
    /// The PSA.
    pub psa: Arc<ScriptedPsa>,
    /// The time.
    pub clock: Arc<TestClock>,
    /// What was rung.
    pub bell: Arc<RecordingBell>,
    /// What was deleted.
    pub vault: Arc<RecordingVault>,
    /// Cancelled where the process is to stop.
    pub stopping: CancellationToken,
    /// The partner.
    pub partner: PartnerId,
    /// Its organisation.
    pub organization: OrganizationId,
    /// Its connection.
    pub connection: ConnectionId,
    _folder: TempDir,
}

/// Who makes changes in tests.
pub fn actor() -> Actor {
    Actor("test".to_owned())
}

impl Scene {
    /// A confirmed connection.
    pub async fn live() -> Self {
        let scene = Self::connected().await;
        let at = scene.clock.now();
        let proof =
            TestProof { at, ticket: TicketId::new("1"), generation: 1, settings: Some(Settings::default()) };
        for change in [
            ConnectionChange::SettingsSaved(Settings::default()),
            ConnectionChange::ContactSaved {
                emergency_contact: Some("ops@example.com".to_owned()),
                language: Language::En,
            },
            ConnectionChange::Proven(proof),
            ConnectionChange::Confirmed,
        ] {
            scene.change(change).await;
        }
        scene
    }

    /// A connection whose set-up goes no further than mapping.
    pub async fn connected() -> Self {
        let folder = TempDir::new().unwrap();
        let options = SqliteOptions::new(folder.path().join("test.db"));
        let store = Arc::new(SqliteStore::open(&options).unwrap());
        let clock = Arc::new(TestClock(Mutex::new("2026-11-01T12:00:00Z".parse().unwrap())));
        let scene = Self {
            store,
            psa: Arc::new(ScriptedPsa::new(clock.clone())),
            clock,
            bell: Arc::default(),
            vault: Arc::default(),
            stopping: CancellationToken::new(),
            partner: "msp-1".parse().unwrap(),
            organization: "org-1".parse().unwrap(),
            connection: ConnectionId::random(&SystemRandom),
            _folder: folder,
        };
        let now = scene.clock.now();
        let organization = Organization {
            id: scene.organization.clone(),
            name: Some("Bakery".to_owned()),
            chain: vec![scene.partner.clone()],
            registered_by: RegisteredBy::Registry,
            updated_at: now,
        };
        scene.store.put_organization(&organization, &actor()).await.unwrap();
        let tenant = TenantIdentity { psa: PsaKind::HaloPsa, key: "one".to_owned(), name: "one".to_owned() };
        let check = CheckResult { at: now, report: CheckReport::default() };
        let connection =
            Connection::new(scene.connection.clone(), scene.partner.clone(), tenant, Language::En, check);
        scene.store.create_connection(&connection, &actor()).await.unwrap();
        scene.map(true).await;
        scene
    }

    /// Maps the organisation, or changes its flow.
    pub async fn map(&self, flow: bool) {
        let mapping = PutMapping {
            organization: self.organization.clone(),
            client: ClientId::new("57"),
            client_name: "Bakery Ltd".to_owned(),
            license: None,
            flow,
        };
        let now = self.clock.now();
        let saved =
            self.store.put_mapping(&self.partner, &self.connection, &mapping, &actor(), now).await.unwrap();
        assert!(matches!(saved, MappingChange::Saved(_)), "{saved:?}");
    }

    /// Removes the mapping.
    pub async fn unmap(&self) {
        let now = self.clock.now();
        let (partner, connection) = (&self.partner, &self.connection);
        self.store.delete_mapping(partner, connection, &self.organization, &actor(), now).await.unwrap();
    }

    /// Changes the connection as a person would.
    pub async fn change(&self, change: ConnectionChange) -> Connection {
        let now = self.clock.now();
        self.store.change_connection(&self.partner, &self.connection, change, &actor(), now).await.unwrap()
    }

    /// The connection as it is now.
    pub async fn connection_now(&self) -> Connection {
        self.store.connection(&self.partner, &self.connection).await.unwrap().unwrap()
    }

    /// Accepts an event that happened so many seconds ago.
    pub async fn event(&self, id: &str, account: &str, seconds_ago: i64) -> EventId {
        let time = self.clock.now() - SignedDuration::from_secs(seconds_ago);
        let value = serde_json::json!({
            "specversion": "1.0", "id": id, "source": "/test", "type": "backup.email.failed",
            "time": time.to_string(),
            "data": {"organization_id": self.organization, "account": account},
        });
        let event = cloud_event::read(&value, self.clock.now()).unwrap();
        self.store.accept(&event, self.clock.now()).await.unwrap();
        event.id
    }

    /// A worker with the plan of production.
    pub fn worker(&self) -> Worker {
        Worker {
            store: self.store.clone(),
            connectors: Arc::new(OnePsa(self.psa.clone())),
            vault: self.vault.clone(),
            bell: self.bell.clone(),
            clock: self.clock.clone(),
            plan: WorkPlan::default(),
            stopping: self.stopping.clone(),
        }
    }

    /// Works the connection for a slice.
    pub async fn work(&self) -> Worked {
        let worker = self.worker();
        let deadline = self.clock.now() + worker.plan.slice;
        worker.work(&self.connection, deadline).await.unwrap()
    }

    /// The schedule.
    pub fn backfill(&self) -> Backfill {
        Backfill {
            store: self.store.clone(),
            bell: self.bell.clone(),
            clock: self.clock.clone(),
            plan: BackfillPlan::default(),
        }
    }

    /// The connections that were rung since it was last asked.
    pub fn rung(&self) -> Vec<ConnectionId> {
        self.bell.0.lock().unwrap().drain(..).map(|(connection, _)| connection).collect()
    }

    /// Why the partner has no delivery of an event.
    pub async fn unrouted(&self, event: &EventId) -> Option<Reason> {
        self.store.event(&self.partner, event).await.unwrap().unwrap().unrouted
    }

    /// The delivery of an event.
    pub async fn delivery(&self, event: &EventId) -> Delivery {
        let view = self.store.event(&self.partner, event).await.unwrap().unwrap();
        view.deliveries.into_iter().next().unwrap().delivery
    }

    /// Why the delivery of an event ended, if it has.
    pub async fn ended(&self, event: &EventId) -> Option<Reason> {
        match self.delivery(event).await.state {
            DeliveryState::Ended { reason } => Some(reason),
            _ => None,
        }
    }

    /// Whether an event has its ticket.
    pub async fn is_done(&self, event: &EventId) -> bool {
        matches!(self.delivery(event).await.state, DeliveryState::Done { .. })
    }

    /// Asks for a test ticket.
    pub async fn ask_for_test(&self) -> OperationId {
        let connection = self.connection_now().await;
        let operation = Operation {
            id: OperationId::random(&SystemRandom),
            partner: self.partner.clone(),
            connection: self.connection.clone(),
            client: ClientId::new("57"),
            generation: connection.generation,
            settings: connection.settings,
            created_at: self.clock.now(),
            state: OperationState::Waiting,
            due_at: self.clock.now(),
            steps: Vec::new(),
            version: 0,
        };
        self.store.create_operation(&operation, &actor()).await.unwrap();
        operation.id
    }

    /// An operation as it is now.
    pub async fn operation(&self, id: &OperationId) -> Operation {
        self.store.operation(&self.partner, id).await.unwrap().unwrap()
    }

    /// How many events the partner sees.
    pub async fn events_seen(&self) -> usize {
        self.store.events(&self.partner, &EventFilter::default(), None, 100).await.unwrap().items.len()
    }
}
