//! A small router with one route of each sort, a clock that tests turn, and a client that speaks to it.

use async_trait::async_trait;
use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::ports::{IdempotencyOutcome, IdempotencyStore, StoreError, StoredResponse};
use psa_bridge_http::{
    CursorKey, EventWriter, Json, JwtAuthenticator, JwtKeys, LocalKey, OperatorCaller, OrganizationWriter,
    Paging, PartnerManager, PartnerReader, Problem, Protection, Query, Scope, TokenRequest, TokenRules,
    finish, mint, protect,
};
use psa_connector::{Clock, Page};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;

pub const NOON: &str = "2026-03-01T12:00:00Z";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub struct Watch(Mutex<Timestamp>);

impl Watch {
    pub fn turn(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

#[async_trait]
impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, _: Duration) {}
}

#[derive(Debug)]
struct Kept {
    body_hash: String,
    begun: Timestamp,
    response: Option<StoredResponse>,
}

/// Idempotency keys in memory.
#[derive(Debug, Default)]
struct Keys(Mutex<HashMap<(String, String), Kept>>);

#[async_trait]
impl IdempotencyStore for Keys {
    async fn begin_idempotent(
        &self,
        scope: &str,
        key: &str,
        body_hash: &str,
        expired_before: Timestamp,
        forgotten_before: Timestamp,
        now: Timestamp,
    ) -> Result<IdempotencyOutcome, StoreError> {
        let mut keys = self.0.lock().unwrap();
        let place = (scope.to_owned(), key.to_owned());
        if let Some(kept) = keys.get(&place) {
            let gone = if kept.response.is_some() { forgotten_before } else { expired_before };
            if kept.begun >= gone {
                return Ok(match &kept.response {
                    _ if kept.body_hash != body_hash => IdempotencyOutcome::OtherBody,
                    Some(response) => IdempotencyOutcome::Answered(response.clone()),
                    None => IdempotencyOutcome::InFlight,
                });
            }
        }
        keys.insert(place, Kept { body_hash: body_hash.to_owned(), begun: now, response: None });
        Ok(IdempotencyOutcome::Fresh)
    }

    async fn finish_idempotent(
        &self,
        scope: &str,
        key: &str,
        response: &StoredResponse,
    ) -> Result<(), StoreError> {
        if let Some(kept) = self.0.lock().unwrap().get_mut(&(scope.to_owned(), key.to_owned())) {
            kept.response = Some(response.clone());
        }
        Ok(())
    }

    async fn forget_idempotent(&self, scope: &str, key: &str) -> Result<(), StoreError> {
        self.0.lock().unwrap().remove(&(scope.to_owned(), key.to_owned()));
        Ok(())
    }
}

/// What the handlers share.
#[derive(Debug, Default)]
pub struct Shared {
    pub calls: AtomicU32,
    pub gate: tokio::sync::Notify,
}

pub struct App {
    router: axum::Router,
    pub shared: Arc<Shared>,
    pub clock: Arc<Watch>,
    pub rules: TokenRules,
    pub key: LocalKey,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    size: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    since: Option<Timestamp>,
}

async fn write(
    State(shared): State<Arc<Shared>>,
    caller: PartnerManager,
    Json(thing): Json<Thing>,
) -> Response {
    let call = shared.calls.fetch_add(1, Ordering::SeqCst) + 1;
    match thing.name.as_str() {
        "busy" => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy").into_response(),
        "wait" => {
            shared.gate.notified().await;
            Json(json!({ "call": call })).into_response()
        }
        _ => {
            let place = [(header::LOCATION, format!("/v1/things/{call}"))];
            let body = json!({ "call": call, "partner": caller.partner, "by": caller.actor });
            (StatusCode::CREATED, place, Json(body)).into_response()
        }
    }
}

async fn list(_: PartnerReader, paging: Paging, Query(filter): Query<Filter>) -> Json<Value> {
    let start: usize = paging.after.as_deref().map_or(0, |after| after.parse().unwrap());
    let items: Vec<usize> = (start..10).take(paging.limit).collect();
    let end = start + items.len();
    let page = Page { items, next: (end < 10).then(|| end.to_string()) };
    Json(json!({ "list": paging.list(page), "since": filter.since }))
}

impl App {
    pub fn new() -> Self {
        let key = LocalKey::new(SECRET.into()).unwrap();
        Self::with_keys(JwtKeys::local(&key))
    }

    pub fn with_keys(keys: JwtKeys) -> Self {
        let clock = Arc::new(Watch(Mutex::new(NOON.parse().unwrap())));
        let shared = Arc::new(Shared::default());
        let rules = TokenRules::new("https://id.example", "psa-bridge");
        let protection = Protection {
            authenticator: Arc::new(JwtAuthenticator::new(rules.clone(), keys, clock.clone())),
            idempotency: Arc::new(Keys::default()),
            cursors: CursorKey::new(&[7; 32]),
            clock: clock.clone(),
        };
        let routes = OpenApiRouter::new()
            .route("/v1/things", get(list).post(write))
            .route("/v1/other-things", get(list).post(write))
            .route("/v1/read", get(async |caller: PartnerReader| Json(caller.partner)))
            .route("/v1/events", post(async |caller: EventWriter| Json(caller.actor)))
            .route("/v1/organizations", post(async |caller: OrganizationWriter| Json(caller.actor)))
            .route("/v1/operator", get(async |caller: OperatorCaller| Json(caller.actor)))
            .route("/v1/bytes", post(async |body: Bytes| body.len().to_string()))
            .route("/v1/panic", get(panics))
            .route("/v1/slow", get(async || std::future::pending::<()>().await))
            .with_state(shared.clone());
        let (protected, _) = protect(routes, &protection).split_for_parts();
        let open = axum::Router::new()
            .route("/v1/unprotected", get(async |caller: PartnerReader| Json(caller.partner)));
        Self {
            router: finish(protected.merge(open)),
            shared,
            clock,
            rules,
            key: LocalKey::new(SECRET.into()).unwrap(),
        }
    }

    pub fn token(&self, partner: Option<&str>, scopes: &[Scope]) -> String {
        let request = TokenRequest {
            subject: "user-7".to_owned(),
            partner: partner.map(|partner| partner.parse().unwrap()),
            scopes: scopes.to_vec(),
            valid_for: SignedDuration::from_hours(1),
        };
        mint(&self.key, &self.rules, &request, self.clock.now()).unwrap().expose_secret().to_owned()
    }

    pub fn manager(&self, partner: &str) -> String {
        self.token(Some(partner), &[Scope::Manage])
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(
            Request::get(path)
                .header("authorization", format!("Bearer {token}"))
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub async fn post(&self, path: &str, token: &str, key: Option<&str>, body: &str) -> Answer {
        let mut request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

async fn panics() -> StatusCode {
    panic!("on purpose")
}

#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status and code of a problem, after checking that it is one.
    #[track_caller]
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        assert_eq!(body["type"], format!("urn:psa-bridge:problem:{}", body["code"].as_str().unwrap()));
        (self.status.as_u16(), body["code"].as_str().unwrap().to_owned())
    }
}
