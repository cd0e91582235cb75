//! A store in a folder of its own, and the little that most tests begin with.

use crate::sqlite::{SqliteOptions, SqliteStore, Synchronous};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    delivery::{Attempt, Change, Request},
    event::Event,
    ids::{ConnectionId, EventId, Fingerprint, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::{Actor, EventStore, LeaseOutcome, LeasedWork, PutMapping, RegistryStore, Step, WorkStore},
    reason::Reason,
};
use psa_connector::{CheckReport, ClientId, PsaKind, TenantIdentity, TicketId};
use std::ops::{Deref, Range};
use tempfile::TempDir;

/// So many seconds after the tests began.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_772_352_000, 0) + SignedDuration::from_secs(seconds)
}

pub(super) fn partner() -> PartnerId {
    "msp".parse().unwrap()
}

pub(super) fn actor() -> Actor {
    Actor("ann".to_owned())
}

/// An event of the organisation `acme`, told apart by its number.
pub(super) fn event(number: usize) -> Event {
    let id = format!("{number:06}");
    Event {
        id: EventId::derive("test", &id),
        source: "test".to_owned(),
        source_id: id,
        event_type: "backup.email.failed".to_owned(),
        time: at(-60),
        organization: "acme".parse().unwrap(),
        organization_name: None,
        partners: None,
        account: None,
        severity: None,
        title: None,
        description: None,
        dedup_key: None,
        action: None,
        url: None,
        seats: None,
    }
}

pub(super) fn options(folder: &TempDir) -> SqliteOptions {
    let usual = SqliteOptions::new(folder.path().join("bridge.db"));
    SqliteOptions { synchronous: Synchronous::Normal, readers: 2, ..usual }
}

/// A store and its folder.
pub(super) struct World {
    pub(super) folder: TempDir,
    pub(super) store: SqliteStore,
}

impl Deref for World {
    type Target = SqliteStore;
    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}

impl World {
    /// An empty store.
    pub(super) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&options(&folder)).unwrap();
        Self { folder, store }
    }

    /// With the organisation `acme` mapped in the live connection `con_halo` of the partner `msp`.
    pub(super) async fn mapped() -> (Self, ConnectionId) {
        let world = Self::empty();
        let acme = Organization {
            id: "acme".parse().unwrap(),
            name: None,
            chain: vec![partner()],
            registered_by: RegisteredBy::Registry,
            updated_at: at(-100),
        };
        world.put_organization(&acme, &actor()).await.unwrap();
        let halo = world.connect("halo").await;
        (world, halo)
    }

    /// Another live connection in which `acme` is mapped.
    pub(super) async fn connect(&self, name: &str) -> ConnectionId {
        let id: ConnectionId = format!("con_{name}").parse().unwrap();
        let tenant = TenantIdentity { psa: PsaKind::HaloPsa, key: name.to_owned(), name: name.to_owned() };
        let check = CheckResult { at: at(-100), report: CheckReport::default() };
        let mut connection = Connection::new(id.clone(), partner(), tenant, Language::En, check);
        connection.emergency_contact = Some("noc@example.org".to_owned());
        connection.settings = Some(Settings::default());
        connection.proof = Some(TestProof {
            at: at(-100),
            ticket: TicketId::new("1"),
            generation: 1,
            settings: connection.settings.clone(),
        });
        assert!(self.create_connection(&connection, &actor()).await.unwrap());
        self.change_connection(&partner(), &id, ConnectionChange::Confirmed, &actor(), at(-90))
            .await
            .unwrap();
        self.map(&id).await;
        id
    }

    /// Maps `acme`.
    pub(super) async fn map(&self, connection: &ConnectionId) {
        let mapping = PutMapping {
            organization: "acme".parse().unwrap(),
            client: ClientId::new("12"),
            client_name: "Acme".to_owned(),
            license: None,
            flow: true,
        };
        self.put_mapping(&partner(), connection, &mapping, &actor(), at(-80)).await.unwrap();
    }

    pub(super) async fn take_lease(&self, connection: &ConnectionId, now: Timestamp) -> LeasedWork {
        match self.lease(connection, now + SignedDuration::from_secs(60), now).await.unwrap() {
            LeaseOutcome::Taken(work) => *work,
            other => panic!("the lease is free, not {other:?}"),
        }
    }

    /// Keeps so many events that are finished already.
    pub(super) async fn keep_finished(&self, connection: &ConnectionId, numbers: Range<usize>) {
        for number in numbers {
            self.accept(&event(number), at(0)).await.unwrap();
            self.end(connection, &event(number)).await;
        }
    }

    /// Makes a ticket of an event that nobody worked yet.
    pub(super) async fn make_ticket(&self, work: &LeasedWork, event: &Event, now: Timestamp) {
        let attempt = Attempt {
            started_at: now,
            generation: work.connection.generation,
            fence: work.lease.fence,
            client: ClientId::new("12"),
            fingerprint: Fingerprint::new("12", "backup.email", None, None),
            request: Request::CreateTicket,
        };
        let changes = [Change::AttemptStarted(attempt), Change::TicketCreated(TicketId::new("7"))];
        for (version, change) in (0..).zip(changes) {
            let step = Step::new(event.id.clone(), version, change);
            self.advance(&work.lease, vec![step], now).await.unwrap();
        }
    }

    /// Ends the delivery of an event that nobody worked yet.
    pub(super) async fn end(&self, connection: &ConnectionId, event: &Event) {
        let lease = self.take_lease(connection, at(0)).await.lease;
        let change = Change::Ended { reason: Reason::PsaRefused, detail: None };
        let step = Step::new(event.id.clone(), 0, change);
        self.advance(&lease, vec![step], at(1)).await.unwrap();
        self.hand_back(&lease).await.unwrap();
    }
}
