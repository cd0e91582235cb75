//! The function on a real store, called as a pipeline would.

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
};
use psa_bridge_core::{
    ids::{EventId, PartnerId},
    ports::{EventStore, OperatorStore, RejectedFilter, RejectedInput},
    usecases::accept::Ingest,
};
use psa_bridge_http::{Claims, finish};
use psa_bridge_rig::World;
use serde_json::{Value, json};
use tower::ServiceExt;

pub struct Scene {
    pub ingest: Ingest,
    world: World,
    router: Router,
}

/// An event of an organisation whose chain is `msp`.
pub fn event(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/test", "type": "backup.email.failed",
        "time": "2026-03-01T11:59:00Z",
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
        let world = World::new();
        let (store, bell, clock) = (world.store.clone(), world.bell.clone(), world.clock.clone());
        let ingest = Ingest { store, bell, clock };
        let (routes, _) = psa_bridge_ingest::router(ingest.clone()).split_for_parts();
        let router = finish(routes.layer(from_fn(async |mut request: Request, next: Next| {
            let claims = Claims::new("pipeline", None, ["events:write"]).unwrap();
            request.extensions_mut().insert(claims);
            next.run(request).await
        })));
        Self { ingest, world, router }
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
        self.world.store.event(&partner, &EventId::derive("/test", id)).await.unwrap().is_some()
    }

    pub async fn rejected(&self) -> Vec<RejectedInput> {
        let kept = self.world.store.rejected(&RejectedFilter::default(), None, 100).await.unwrap().items;
        kept.into_iter().map(|record| record.input).collect()
    }
}
