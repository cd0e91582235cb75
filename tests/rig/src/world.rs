//! What every rig stands on: a real store, and partners, connections, organisations and mappings to put into it.

use super::{RecordingBell, RecordingNudge, TestClock};
use jiff::Timestamp;
use psa_bridge_core::{
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    ids::ConnectionId,
    notice::NoticePolicy,
    organization::{Organization, RegisteredBy},
    ports::{Actor, MappingChange, PutMapping, RegistryStore},
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_connector::{CheckReport, ClientId, Clock, PsaKind, TenantIdentity, TicketId};
use std::{fmt::Debug, path::PathBuf, str::FromStr, sync::Arc, time::Duration};
use tempfile::TempDir;

/// A store of the test's own, and what watches the rest.
pub struct World {
    /// The table.
    pub store: Arc<SqliteStore>,
    /// The time.
    pub clock: Arc<TestClock>,
    /// What was rung.
    pub bell: Arc<RecordingBell>,
    /// How often events were to be routed again.
    pub nudge: Arc<RecordingNudge>,
    folder: TempDir,
}

/// The file of the store, in the world's folder.
const DATABASE: &str = "test.db";

/// The emergency contact of confirmed connections.
pub const CONTACT: &str = "ops@acme.example";

/// Who makes changes in tests.
pub fn actor() -> Actor {
    Actor("test".to_owned())
}

/// An id of whichever kind is needed.
pub fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// An empty store at noon of the first of March 2026.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        // Who holds the file up does so for a test's sake, and need not be waited for.
        let busy_timeout = Duration::from_millis(50);
        let notices = NoticePolicy { webhook: true, ..NoticePolicy::default() };
        let options =
            SqliteOptions { busy_timeout, notices, ..SqliteOptions::new(folder.path().join(DATABASE)) };
        Self {
            store: Arc::new(SqliteStore::open(&options).unwrap()),
            clock: Arc::new(TestClock::at("2026-03-01T12:00:00Z".parse().unwrap())),
            bell: Arc::default(),
            nudge: Arc::default(),
            folder,
        }
    }

    /// The file of the store.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join(DATABASE)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A connection `con_<name>` of the partner, whose set-up goes no further than its credentials.
    pub async fn connect(&self, partner: &str, name: &str) -> ConnectionId {
        let connection: ConnectionId = id(&format!("con_{name}"));
        let tenant =
            TenantIdentity { psa: PsaKind::HaloPsa, key: name.to_owned(), name: format!("{name}.example") };
        let check = CheckResult { at: self.now(), report: CheckReport::default() };
        let new = Connection::new(connection.clone(), id(partner), tenant, Language::En, check);
        assert!(self.store.create_connection(&new, &actor()).await.unwrap());
        connection
    }

    /// Sets the connection up, proves it and confirms it.
    pub async fn confirm(&self, partner: &str, connection: &ConnectionId, language: Language) {
        let proof = TestProof {
            at: self.now(),
            ticket: TicketId::new("1"),
            generation: 1,
            settings: Some(Settings::default()),
        };
        let emergency_contact = Some(CONTACT.to_owned());
        for change in [
            ConnectionChange::SettingsSaved(Settings::default()),
            ConnectionChange::ContactSaved { emergency_contact, language },
            ConnectionChange::Proven(proof),
            ConnectionChange::Confirmed,
        ] {
            self.change(partner, connection, change).await;
        }
    }

    /// Changes a connection as a person would.
    pub async fn change(
        &self,
        partner: &str,
        connection: &ConnectionId,
        change: ConnectionChange,
    ) -> Connection {
        let now = self.now();
        self.store.change_connection(&id(partner), connection, change, &actor(), now).await.unwrap()
    }

    /// An organisation of these partners.
    pub async fn register(&self, organization: &str, name: &str, chain: &[&str]) {
        let organization = Organization {
            id: id(organization),
            name: Some(name.to_owned()),
            chain: chain.iter().map(|partner| id(partner)).collect(),
            registered_by: RegisteredBy::Registry,
            updated_at: self.now(),
        };
        self.store.put_organization(&organization, &actor()).await.unwrap();
    }

    /// Maps the organisation to client 57, or changes its flow.
    pub async fn map(&self, partner: &str, connection: &ConnectionId, organization: &str, flow: bool) {
        let mapping = PutMapping {
            organization: id(organization),
            client: ClientId::new("57"),
            client_name: "Bakery Ltd".to_owned(),
            license: None,
            flow,
        };
        let now = self.now();
        let saved = self.store.put_mapping(&id(partner), connection, &mapping, &actor(), now).await.unwrap();
        assert!(matches!(saved, MappingChange::Saved(_)), "{saved:?}");
    }
}
