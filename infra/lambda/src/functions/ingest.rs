//! Events in: from the pipelines' queue, and over HTTP. Also what is public of the API, since this function is the
//! smallest that serves it.

use crate::{
    api,
    home::Home,
    records::{self, Message},
    senders::{self, Senders},
    together::Together,
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::get};
use lambda_http::{Adapter, Error, LambdaEvent, Service, request::LambdaRequest, service_fn};
use psa_bridge_core::{
    ids::EventId,
    ports::{Store, StoreError},
    usecases::accept::Ingest,
};
use psa_bridge_http::Problem;
use serde_json::Value;
use std::sync::Arc;

/// The API document and the schema of an event, as published.
const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");
const EVENT_SCHEMA: &str = include_str!("../../../../docs/event.schema.json");

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open();
    let store = home.store()?;
    let protection = home.protection_without_lists(&store);
    let ingest = Ingest { store: Arc::clone(&store), bell: home.bell()?, clock: home.clock() };
    let routes = psa_bridge_ingest::router(ingest.clone());
    let public = public(document(&home.public_url()?)?, store);
    let router = api::router(routes, public, &protection, home.deadline(), None);
    let env = home.env();
    let senders = Senders {
        queue: env.optional("AWS__OTHERS_QUEUE_ARN").unwrap_or_default().to_owned(),
        sources: env.list("AWS__OTHERS_SOURCES").into_iter().map(str::to_owned).collect(),
    };
    let intake = Intake { ingest, senders };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| handle(&intake, &router, event))).await
}

/// Takes in messages.
#[derive(Clone)]
struct Intake {
    ingest: Ingest,
    senders: Senders,
}

/// A batch of a queue, or a request.
async fn handle(intake: &Intake, router: &Router, event: LambdaEvent<Value>) -> Result<Value, Error> {
    if event.payload.get("Records").is_some() {
        let batch: SqsEvent = serde_json::from_value(event.payload)?;
        return Ok(serde_json::to_value(take(intake, batch).await)?);
    }
    let request: LambdaRequest = serde_json::from_value(event.payload)?;
    let mut service = Adapter::from(router.clone());
    let answer = service.call(LambdaEvent::new(request, event.context)).await?;
    Ok(serde_json::to_value(answer)?)
}

/// Takes in a batch. Its messages count as heard once the bells were rung.
async fn take(intake: &Intake, batch: SqsEvent) -> SqsBatchResponse {
    let bell = Arc::new(Together::new(Arc::clone(&intake.ingest.bell)));
    let taken = records::each(batch, |message| {
        let (mut intake, bell) = (intake.clone(), Arc::clone(&bell));
        intake.ingest.bell = bell;
        async move { intake.take(message).await }
    });
    let taken = taken.await;
    bell.ring_all().await;
    taken
}

impl Intake {
    async fn take(&self, message: Message) -> Result<(), StoreError> {
        let sorted = self.senders.sort(&message.queue, message.body);
        for event in &sorted.refused {
            senders::keep(self.ingest.store.as_ref(), event, self.ingest.clock.now()).await?;
        }
        match sorted.taken {
            Some(body) => self.ingest.message(body.as_bytes()).await,
            None => Ok(()),
        }
    }
}

/// What everybody may read.
fn public(document: Value, store: Arc<dyn Store>) -> Router {
    Router::new()
        .route("/openapi.json", get(|State(document): State<Arc<Value>>| async move { Json(document) }))
        .with_state(Arc::new(document))
        .route("/event.schema.json", get(event_schema))
        .route("/healthz", get(healthz).with_state(store))
}

/// The document, saying where this API is.
fn document(public_url: &str) -> Result<Value, serde_json::Error> {
    let mut document: Value = serde_json::from_str(DOCUMENT)?;
    if let Some(members) = document.as_object_mut() {
        members.insert("servers".to_owned(), serde_json::json!([{ "url": public_url }]));
    }
    Ok(document)
}

async fn event_schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], EVENT_SCHEMA)
}

/// Health: 200 where the table answers, 503 where it does not.
async fn healthz(State(store): State<Arc<dyn Store>>) -> Result<Json<Value>, Problem> {
    let (nobody, nothing) = ("healthz".parse(), EventId::derive("healthz", "healthz"));
    let nobody = nobody.map_err(|_| Problem::internal())?;
    store.event(&nobody, &nothing).await?;
    Ok(Json(serde_json::json!({ "status": "ok" })))
}
