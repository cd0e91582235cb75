//! A store in which things have happened, made through the ports while no bridge runs on it.

use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    catalogue::Language,
    cloud_event,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    delivery::Change,
    ids::ConnectionId,
    organization::{Organization, RegisteredBy},
    ports::{Actor, EventStore, LeaseOutcome, PutMapping, RegistryStore, RejectedInput, Step, WorkStore},
    reason::Reason,
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_connector::{CheckReport, ClientId, PsaKind, TenantIdentity, TicketId};
use serde_json::Value;
use std::path::Path;

/// The store, with the organisation `org-1` of the partner `msp` mapped in the live connection `con_one`.
pub struct Scene {
    store: SqliteStore,
    connection: ConnectionId,
}

fn actor() -> Actor {
    Actor("ann".to_owned())
}

impl Scene {
    pub async fn new(path: &Path) -> Self {
        let store = SqliteStore::open(&SqliteOptions::new(path)).unwrap();
        let (now, partner) = (Timestamp::now(), "msp".parse().unwrap());
        let organization = Organization {
            id: "org-1".parse().unwrap(),
            name: Some("Bakery".to_owned()),
            chain: vec!["msp".parse().unwrap()],
            registered_by: RegisteredBy::Registry,
            updated_at: now,
        };
        store.put_organization(&organization, &actor()).await.unwrap();
        let tenant =
            TenantIdentity { psa: PsaKind::HaloPsa, key: "one".to_owned(), name: "one.example".to_owned() };
        let id: ConnectionId = "con_one".parse().unwrap();
        let check = CheckResult { at: now, report: CheckReport::default() };
        let mut connection = Connection::new(id.clone(), partner, tenant, Language::En, check);
        connection.emergency_contact = Some("noc@msp.example".to_owned());
        connection.settings = Some(Settings::default());
        let settings = connection.settings.clone();
        connection.proof = Some(TestProof { at: now, ticket: TicketId::new("1"), generation: 1, settings });
        assert!(store.create_connection(&connection, &actor()).await.unwrap());
        let scene = Self { store, connection: id };
        scene.change(ConnectionChange::Confirmed).await;
        let mapping = PutMapping {
            organization: organization.id,
            client: ClientId::new("2"),
            client_name: "Bakery".to_owned(),
            license: None,
            flow: true,
        };
        let partner = connection.partner;
        scene.store.put_mapping(&partner, &scene.connection, &mapping, &actor(), now).await.unwrap();
        scene
    }

    async fn change(&self, change: ConnectionChange) {
        let partner = "msp".parse().unwrap();
        let changed = self
            .store
            .change_connection(&partner, &self.connection, change, &actor(), Timestamp::now())
            .await;
        changed.unwrap();
    }

    pub async fn pause(&self) {
        self.change(ConnectionChange::Paused { by: "ann".to_owned() }).await;
    }

    /// Accepts the event, and ends it as a PSA that refuses it.
    pub async fn refuse(&self, event: &Value) {
        let now = Timestamp::now();
        let event = cloud_event::read(event, now).unwrap();
        self.store.accept(&event, now).await.unwrap();
        let until = now + SignedDuration::from_mins(1);
        let LeaseOutcome::Taken(work) = self.store.lease(&self.connection, until, now).await.unwrap() else {
            panic!("the lease is free");
        };
        let change = Change::Ended { reason: Reason::PsaRefused, detail: Some("SLA is missing".to_owned()) };
        let step = Step::new(event.id, 0, change);
        self.store.advance(&work.lease, vec![step], now).await.unwrap();
        self.store.hand_back(&work.lease).await.unwrap();
    }

    /// Keeps input that was no event.
    pub async fn reject(&self, code: &str, raw: &str) {
        let input = RejectedInput {
            received_at: Timestamp::now(),
            code: code.to_owned(),
            field: None,
            message: format!("It was {code}."),
            raw: raw.to_owned(),
            length: raw.len() as u64,
        };
        self.store.reject(&input).await.unwrap();
    }

    pub async fn close(self) {
        self.store.close().await;
    }
}
