//! A bridge in memory of one test: the function's router on a store of its own, and everything around it watched.

use crate::psa::{FakeConnectors, ScriptedPsa};
use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header, request::Parts},
};
use http_body_util::BodyExt;
use psa_bridge_connections::{ConnectionsState, router};
use psa_bridge_core::{
    connection::{Connection, ConnectionChange, TestProof},
    ids::{ConnectionId, PartnerId},
    ports::{Actor, RegistryStore, Vault, VaultError},
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_bridge_http::{Authenticator, Claims, CursorKey, Problem, Protection, bearer_token, finish, protect};
use psa_bridge_rig::{RecordingBell, RecordingNudge};
use psa_connector::{Clock, Credentials, SystemClock, SystemRandom, TicketId};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tempfile::TempDir;
use tower::ServiceExt;

/// A bridge whose world a test can see.
pub(crate) struct Bridge {
    pub(crate) psa: Arc<ScriptedPsa>,
    pub(crate) vault: Arc<MemoryVault>,
    pub(crate) connectors: Arc<FakeConnectors>,
    pub(crate) bell: Arc<RecordingBell>,
    pub(crate) nudge: Arc<RecordingNudge>,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) state: ConnectionsState,
    app: Router,
    _folder: TempDir,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The stable code of a problem.
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }

    /// Field and code of each thing that is wrong.
    pub(crate) fn errors(&self) -> Vec<(&str, &str)> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().map(|e| (e["field"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl Bridge {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Arc::new(SqliteStore::open(&SqliteOptions::new(folder.path().join("bridge.db"))).unwrap());
        let (psa, vault) = (Arc::new(ScriptedPsa::default()), Arc::new(MemoryVault::default()));
        let connectors = Arc::new(FakeConnectors::new(psa.clone(), vault.clone()));
        let (bell, nudge) = (Arc::new(RecordingBell::default()), Arc::new(RecordingNudge::default()));
        let state = ConnectionsState {
            store: store.clone(),
            vault: vault.clone(),
            connectors: connectors.clone(),
            bell: bell.clone(),
            nudge: nudge.clone(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        let protection = Protection {
            authenticator: Arc::new(NamedCallers),
            idempotency: store.clone(),
            cursors: CursorKey::new(&[7; 32]),
            clock: Arc::new(SystemClock),
        };
        let app = finish(protect(router(state.clone()), &protection).into());
        Self { psa, vault, connectors, bell, nudge, store, state, app, _folder: folder }
    }

    /// Asks as the partner `acme-msp`, who may manage.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask_as("acme-msp psa:manage", method, path, body, &[]).await
    }

    /// Asks as `caller`: a partner and a scope.
    pub(crate) async fn ask_as(
        &self,
        caller: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !caller.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {caller}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => {
                request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))
            }
            None => request.body(Body::empty()),
        };
        let response = self.app.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn connect(&self) -> ConnectionId {
        let answer = self.ask(Method::POST, "/v1/connections", Some(wish("good-1"))).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.body["id"].as_str().unwrap().parse().unwrap()
    }

    /// A connection with settings and a contact.
    pub(crate) async fn set_up(&self) -> ConnectionId {
        let id = self.connect().await;
        let answer =
            self.ask(Method::PUT, &format!("/v1/connections/{id}/settings"), Some(good_settings())).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        id
    }

    /// A connection that is live.
    pub(crate) async fn live(&self) -> ConnectionId {
        let id = self.set_up().await;
        self.prove(&id).await;
        let answer = self.ask(Method::POST, &format!("/v1/connections/{id}/confirm"), None).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        id
    }

    /// What the worker does once a test ticket was made and found.
    pub(crate) async fn prove(&self, id: &ConnectionId) {
        let connection = self.connection(id).await;
        let proof = TestProof {
            at: SystemClock.now(),
            ticket: TicketId::new("1234"),
            generation: connection.generation,
            settings: connection.settings,
        };
        self.change(id, ConnectionChange::Proven(proof)).await;
    }

    pub(crate) async fn change(&self, id: &ConnectionId, change: ConnectionChange) {
        let actor = Actor("test".to_owned());
        self.store.change_connection(&partner(), id, change, &actor, SystemClock.now()).await.unwrap();
    }

    pub(crate) async fn connection(&self, id: &ConnectionId) -> Connection {
        self.store.connection(&partner(), id).await.unwrap().unwrap()
    }
}

pub(crate) fn partner() -> PartnerId {
    "acme-msp".parse().unwrap()
}

/// A wish to connect with a secret that the scripted PSA knows, or not.
pub(crate) fn wish(secret: &str) -> Value {
    json!({ "psa": "halopsa", "credentials": { "client_secret": secret } })
}

/// Settings that fit the scripted PSA.
pub(crate) fn good_settings() -> Value {
    json!({
        "ticket": { "tickettype_id": 1, "sla_id": 2, "priority_id": 21 },
        "sync_seats": true,
        "emergency_contact": "noc@acme.example",
    })
}

/// The token says who is calling: a partner and a scope.
struct NamedCallers;

#[async_trait]
impl Authenticator for NamedCallers {
    async fn authenticate(&self, parts: &Parts) -> Result<Claims, Problem> {
        let (partner, scope) = bearer_token(parts)?.split_once(' ').unwrap();
        Claims::new(format!("user of {partner}"), Some(partner.parse().unwrap()), [scope])
    }
}

/// Secrets in the clear, for tests to look at.
#[derive(Default)]
pub(crate) struct MemoryVault {
    kept: Mutex<BTreeMap<(ConnectionId, u32), BTreeMap<String, String>>>,
    fails: AtomicBool,
}

impl MemoryVault {
    /// Whether nothing can be deleted.
    pub(crate) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// Generation and secret of everything that is kept.
    pub(crate) fn secrets(&self) -> Vec<(u32, String)> {
        let kept = self.kept.lock().unwrap();
        kept.iter().map(|((_, generation), fields)| (*generation, fields["client_secret"].clone())).collect()
    }
}

#[async_trait]
impl Vault for MemoryVault {
    async fn put(
        &self,
        connection: &ConnectionId,
        generation: u32,
        credentials: &Credentials,
    ) -> Result<(), VaultError> {
        self.kept.lock().unwrap().insert((connection.clone(), generation), credentials.expose());
        Ok(())
    }
    async fn get(&self, connection: &ConnectionId, generation: u32) -> Result<Credentials, VaultError> {
        let kept = self.kept.lock().unwrap();
        kept.get(&(connection.clone(), generation))
            .cloned()
            .map(Credentials::from)
            .ok_or(VaultError::NotFound)
    }
    async fn delete_below(&self, connection: &ConnectionId, generation: u32) -> Result<(), VaultError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(VaultError::Unavailable { detail: "as told".into(), source: None });
        }
        self.kept.lock().unwrap().retain(|(of, kept), _| of != connection || *kept >= generation);
        Ok(())
    }
}
