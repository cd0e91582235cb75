//! The function on a real store, called as a pipeline would.

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::{
    ids::{ConnectionId, EventId, PartnerId},
    ports::{Bell, BellError, EventStore, RejectedInput},
    usecases::accept::Ingest,
};
use psa_bridge_embedded::{SqliteOptions, SqliteStore};
use psa_bridge_http::{Claims, finish};
use psa_connector::{Clock, SystemClock};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt;

struct SilentBell;

#[async_trait]
impl Bell for SilentBell {
    async fn ring(&self, _: &ConnectionId) -> Result<(), BellError> {
        Ok(())
    }
    async fn ring_after(&self, _: &ConnectionId, _: SignedDuration) -> Result<(), BellError> {
        Ok(())
    }
}

pub struct Scene {
    pub ingest: Ingest,
    store: Arc<SqliteStore>,
    router: Router,
    _folder: TempDir,
}

/// An event of an organisation whose chain is `msp`.
pub fn event(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/test", "type": "backup.email.failed",
        "time": Timestamp::now().to_string(),
        "data": {"organization_id": "org", "partners": ["msp"], "account": "anna@x"},
    })
}

/// An event with one member changed, by JSON pointer.
pub fn with(id: &str, pointer: &str, value: Value) -> Value {
    let mut event = event(id);
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

impl Scene {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let options = SqliteOptions::new(folder.path().join("test.db"));
        let store = Arc::new(SqliteStore::open(&options).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ingest = Ingest { store: store.clone(), bell: Arc::new(SilentBell), clock };
        let (routes, _) = psa_bridge_ingest::router(ingest.clone()).split_for_parts();
        let router = finish(routes.layer(from_fn(async |mut request: Request, next: Next| {
            let claims = Claims::new("pipeline", None, ["events:write"]).unwrap();
            request.extensions_mut().insert(claims);
            next.run(request).await
        })));
        Self { ingest, store, router, _folder: folder }
    }

    pub async fn post(&self, body: impl Into<Body>) -> (StatusCode, Value) {
        self.post_as("application/cloudevents+json", body).await
    }

    pub async fn post_as(&self, media_type: &str, body: impl Into<Body>) -> (StatusCode, Value) {
        let request =
            Request::post("/v1/events").header("content-type", media_type).body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// Whether the partner sees the event of that id.
    pub async fn is_kept(&self, id: &str) -> bool {
        let partner: PartnerId = "msp".parse().unwrap();
        self.store.event(&partner, &EventId::derive("/test", id)).await.unwrap().is_some()
    }

    pub async fn rejected(&self) -> Vec<RejectedInput> {
        self.store.rejected(None, 100).await.unwrap().items
    }
}
