//! The function with everything that it stands on, and a client that speaks to it.

use crate::psa::{FakePsa, client};
use async_trait::async_trait;
use axum::{Router, body::Body};
use http::{Method, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange},
    ids::{ConnectionId, OrganizationId, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::{Actor, RouteNudge},
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_bridge_http::{
    CursorKey, JwtAuthenticator, JwtKeys, LocalKey, Protection, Scope, TokenRequest, TokenRules, finish,
    mint, protect,
};
use psa_bridge_mappings::{Mappings, router};
use psa_connector::{CheckReport, Clock, PsaKind, TenantIdentity};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
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
struct CountingNudge(AtomicU32);

impl RouteNudge for CountingNudge {
    fn nudge(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

pub(crate) struct Bridge {
    pub(crate) mappings: Mappings,
    pub(crate) psa: FakePsa,
    router: Router,
    rules: TokenRules,
    key: LocalKey,
    nudges: Arc<CountingNudge>,
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

impl Bridge {
    /// A PSA with the clients 1 (Contoso) and 2 (Fabrikam), and the inactive 3.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Arc::new(SqliteStore::open(&SqliteOptions::new(folder.path().join("bridge.db"))).unwrap());
        let clock = Arc::new(Watch(Mutex::new("2026-03-01T12:00:00Z".parse().unwrap())));
        let psa = FakePsa::default();
        psa.with(|books| {
            books.clients = vec![client("1", "Contoso"), client("2", "Fabrikam"), client("3", "Gone")];
            books.clients[2].active = false;
        });
        let nudges = Arc::new(CountingNudge::default());
        let mappings = Mappings {
            store: store.clone(),
            connectors: Arc::new(psa.clone()),
            nudge: nudges.clone(),
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
            idempotency: store,
            cursors: CursorKey::new(&[7; 32]),
            clock: clock.clone(),
        };
        let (routes, _) = protect(router(mappings.clone()), &protection).split_for_parts();
        Self { mappings, psa, router: finish(routes), rules, key, nudges, clock, _folder: folder }
    }

    /// A connection of the partner.
    pub(crate) async fn connect(&self, partner: &str, name: &str) -> ConnectionId {
        let connection_id: ConnectionId = id(&format!("con_{name}"));
        let tenant =
            TenantIdentity { psa: PsaKind::HaloPsa, key: name.into(), name: format!("{name}.example") };
        let check = CheckResult { at: self.clock.now(), report: CheckReport::default() };
        let connection = Connection::new(connection_id.clone(), id(partner), tenant, Language::En, check);
        assert!(self.mappings.store.create_connection(&connection, &Actor("test".into())).await.unwrap());
        connection_id
    }

    pub(crate) async fn change(
        &self,
        partner: &str,
        connection: &ConnectionId,
        change: ConnectionChange,
    ) -> Connection {
        let actor = Actor("test".into());
        self.mappings
            .store
            .change_connection(&id(partner), connection, change, &actor, self.clock.now())
            .await
            .unwrap()
    }

    /// An organisation of these partners.
    pub(crate) async fn register(&self, organization: &str, name: &str, chain: &[&str]) {
        let organization = Organization {
            id: id::<OrganizationId>(organization),
            name: Some(name.to_owned()),
            chain: chain.iter().map(|partner| id::<PartnerId>(partner)).collect(),
            registered_by: RegisteredBy::Registry,
            updated_at: self.clock.now(),
        };
        self.mappings.store.put_organization(&organization, &Actor("test".into())).await.unwrap();
    }

    /// How often events were to be routed again since the last time.
    pub(crate) fn nudges(&self) -> u32 {
        self.nudges.0.swap(0, Ordering::SeqCst)
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        partner: Option<&str>,
        scope: Scope,
        body: Option<Value>,
    ) -> Answer {
        let request = TokenRequest {
            subject: "user-7".into(),
            partner: partner.map(id),
            scopes: vec![scope],
            valid_for: SignedDuration::from_hours(1),
        };
        let token = mint(&self.key, &self.rules, &request, self.clock.now()).unwrap();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", token.expose_secret()))
            .header("content-type", "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status, body }
    }

    pub(crate) async fn get(&self, partner: &str, path: &str) -> Answer {
        self.send(Method::GET, path, Some(partner), Scope::Read, None).await
    }

    pub(crate) async fn put(&self, partner: &str, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(partner), Scope::Manage, Some(body)).await
    }

    pub(crate) async fn delete(&self, partner: &str, path: &str) -> Answer {
        self.send(Method::DELETE, path, Some(partner), Scope::Manage, None).await
    }

    pub(crate) async fn registry(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send(method, path, None, Scope::WriteOrganizations, body).await
    }
}
