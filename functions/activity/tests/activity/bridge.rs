//! The function with a store that tests put events through, and a client that speaks to it.

use crate::tickets::Links;
use async_trait::async_trait;
use axum::{Router, body::Body};
use http::{Method, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_activity::{Activity, router};
use psa_bridge_core::{
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange, Settings, TestProof},
    delivery::{Attempt, Change},
    event::Event,
    ids::{ConnectionId, EventId, Fingerprint, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::{Actor, Bell, BellError, LeaseOutcome, PutMapping, Step, Store},
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_bridge_http::{
    CursorKey, JwtAuthenticator, JwtKeys, LocalKey, Protection, Scope, TokenRequest, TokenRules, finish,
    mint, protect,
};
use psa_connector::{CheckReport, ClientId, Clock, PsaKind, TenantIdentity, TicketId};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::ServiceExt;

pub(crate) const ACME: &str = "acme";
pub(crate) const GLOBEX: &str = "globex";

/// A clock that tests turn.
#[derive(Debug)]
pub(crate) struct Watch(Mutex<Timestamp>);

#[async_trait]
impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, _: Duration) {}
}

#[derive(Debug, Default)]
struct ListeningBell(Mutex<Vec<ConnectionId>>);

#[async_trait]
impl Bell for ListeningBell {
    async fn ring(&self, connection: &ConnectionId) -> Result<(), BellError> {
        self.0.lock().unwrap().push(connection.clone());
        Ok(())
    }
    async fn ring_after(&self, _: &ConnectionId, _: SignedDuration) -> Result<(), BellError> {
        Ok(())
    }
}

pub(crate) struct Bridge {
    pub(crate) activity: Activity,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) links: Arc<Links>,
    router: Router,
    rules: TokenRules,
    key: LocalKey,
    bell: Arc<ListeningBell>,
    clock: Arc<Watch>,
    _folder: tempfile::TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    /// Status and code of a problem.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, &str) {
        (
            self.status.as_u16(),
            self.body["code"].as_str().unwrap_or_else(|| panic!("no problem: {}", self.body)),
        )
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }
}

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn actor() -> Actor {
    Actor("test".into())
}

/// A failed mail backup of an organisation.
pub(crate) fn event(source_id: &str, organization: &str, time: Timestamp) -> Event {
    Event {
        id: EventId::derive("test", source_id),
        source: "test".into(),
        source_id: source_id.into(),
        event_type: "backup.email.failed".into(),
        time,
        organization: id(organization),
        organization_name: None,
        partners: None,
        account: Some("jo@contoso.example".into()),
        severity: None,
        title: None,
        description: Some("It broke.".into()),
        dedup_key: None,
        action: None,
        url: None,
        seats: None,
    }
}

impl Bridge {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Arc::new(SqliteStore::open(&SqliteOptions::new(folder.path().join("bridge.db"))).unwrap());
        let clock = Arc::new(Watch(Mutex::new("2026-03-01T12:00:00Z".parse().unwrap())));
        let (links, bell) = (Arc::new(Links::default()), Arc::new(ListeningBell::default()));
        let activity = Activity {
            store: store.clone(),
            connectors: links.clone(),
            bell: bell.clone(),
            clock: clock.clone(),
        };
        let key = LocalKey::new("0123456789abcdef0123456789abcdef".into()).unwrap();
        let rules = TokenRules::new("https://id.example", "psa-bridge");
        let protection = Protection {
            authenticator: Arc::new(JwtAuthenticator::new(
                rules.clone(),
                JwtKeys::local(&key),
                clock.clone(),
            )),
            idempotency: store.clone(),
            cursors: CursorKey::new(&[7; 32]),
            clock: clock.clone(),
        };
        let (routes, _) = protect(router(activity.clone()), &protection).split_for_parts();
        Self { activity, store, links, router: finish(routes), rules, key, bell, clock, _folder: folder }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn turn(&self, by: SignedDuration) {
        *self.clock.0.lock().unwrap() += by;
    }

    /// Connections that were rung for.
    pub(crate) fn rung(&self) -> Vec<String> {
        self.bell.0.lock().unwrap().drain(..).map(String::from).collect()
    }

    /// A live connection of the partner.
    pub(crate) async fn connect(&self, partner: &str, name: &str, language: Language) -> ConnectionId {
        let connection: ConnectionId = id(&format!("con_{name}"));
        let tenant =
            TenantIdentity { psa: PsaKind::HaloPsa, key: name.into(), name: format!("{name}.example") };
        let check = CheckResult { at: self.now(), report: CheckReport::default() };
        let new = Connection::new(connection.clone(), id(partner), tenant, language, check);
        assert!(self.store.create_connection(&new, &actor()).await.unwrap());
        let settings = Settings::default();
        let proof = TestProof {
            at: self.now(),
            ticket: TicketId::new("1"),
            generation: 1,
            settings: Some(settings.clone()),
        };
        for change in [
            ConnectionChange::SettingsSaved(settings),
            ConnectionChange::ContactSaved { emergency_contact: Some("ops@acme.example".into()), language },
            ConnectionChange::Proven(proof),
            ConnectionChange::Confirmed,
        ] {
            self.change(partner, &connection, change).await;
        }
        connection
    }

    pub(crate) async fn change(&self, partner: &str, connection: &ConnectionId, change: ConnectionChange) {
        self.store.change_connection(&id(partner), connection, change, &actor(), self.now()).await.unwrap();
    }

    pub(crate) async fn register(&self, organization: &str, chain: &[&str]) {
        let organization = Organization {
            id: id(organization),
            name: Some(organization.to_owned()),
            chain: chain.iter().map(|partner| id::<PartnerId>(partner)).collect(),
            registered_by: RegisteredBy::Registry,
            updated_at: self.now(),
        };
        self.store.put_organization(&organization, &actor()).await.unwrap();
    }

    pub(crate) async fn map(&self, partner: &str, connection: &ConnectionId, organization: &str) {
        let mapping = PutMapping {
            organization: id(organization),
            client: ClientId::new("24"),
            client_name: "Contoso".into(),
            license: None,
            flow: true,
        };
        self.store.put_mapping(&id(partner), connection, &mapping, &actor(), self.now()).await.unwrap();
    }

    /// A live connection of ACME, onto which its organisation `org-1` is mapped.
    pub(crate) async fn mapped() -> (Self, ConnectionId) {
        let bridge = Self::new();
        let connection = bridge.connect(ACME, "one", Language::En).await;
        bridge.register("org-1", &[ACME]).await;
        bridge.map(ACME, &connection, "org-1").await;
        (bridge, connection)
    }

    pub(crate) async fn accept(&self, source_id: &str, organization: &str) -> EventId {
        let event = event(source_id, organization, self.now());
        self.store.accept(&event, self.now()).await.unwrap();
        event.id
    }

    /// Works the first waiting delivery of a connection to this end, as a worker would.
    pub(crate) async fn work(&self, connection: &ConnectionId, end: Change) {
        let until = self.now() + SignedDuration::from_mins(1);
        let LeaseOutcome::Taken(work) = self.store.lease(connection, until, self.now()).await.unwrap() else {
            panic!("the lease is free");
        };
        let item = self.store.unfinished(connection, None, 1).await.unwrap().remove(0);
        let attempt = Attempt {
            started_at: self.now(),
            generation: work.connection.generation,
            fence: work.lease.fence,
            client: ClientId::new("24"),
            fingerprint: Fingerprint::new("24", "backup.email", None, None),
        };
        let mut version = item.delivery.version;
        for change in [Change::AttemptStarted(attempt), end] {
            let step = Step { event: item.delivery.event.clone(), version, change };
            version = self.store.advance(&work.lease, vec![step], self.now()).await.unwrap()[0].version;
        }
        self.store.hand_back(&work.lease).await.unwrap();
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        partner: Option<&str>,
        scope: Scope,
        language: Option<&str>,
    ) -> Answer {
        let request = TokenRequest {
            subject: "user-7".into(),
            partner: partner.map(id),
            scopes: vec![scope],
            valid_for: SignedDuration::from_hours(1),
        };
        let token = mint(&self.key, &self.rules, &request, self.now()).unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", token.expose_secret()));
        if let Some(language) = language {
            request = request.header("accept-language", language);
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap() }
    }

    pub(crate) async fn get(&self, partner: &str, path: &str) -> Answer {
        self.ask(Method::GET, path, Some(partner), Scope::Read, None).await
    }

    pub(crate) async fn retry(&self, partner: &str, event: &EventId) -> Answer {
        self.ask(Method::POST, &format!("/v1/events/{event}/retry"), Some(partner), Scope::Manage, None).await
    }
}
