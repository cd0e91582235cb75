//! The way of the workload to the stack: over HTTP, and every second submission of nothing but events over SQS instead,
//! some of them twice. Such a submission is answered once the queue is worked empty.

use crate::stack::Stack;
use axum::{
    Json, Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use psa_bridge_core::cloud_event;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::net::TcpListener;

/// The largest message that SQS takes, with room to spare.
const LARGEST: usize = 200_000;

/// The way.
pub struct Front {
    stack: Arc<Stack>,
    http: reqwest::Client,
    /// Organisations that only events make known: what follows needs them known at once.
    by_event: BTreeSet<String>,
    submissions: AtomicUsize,
    over_sqs: AtomicUsize,
}

impl Front {
    /// Starts it. Returns its origin as well.
    pub async fn start(stack: Arc<Stack>, by_event: BTreeSet<String>) -> (Arc<Self>, String) {
        let front = Arc::new(Self {
            stack,
            http: reqwest::Client::new(),
            by_event,
            submissions: AtomicUsize::new(0),
            over_sqs: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass).with_state(Arc::clone(&front));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (front, origin)
    }

    /// How many submissions went over SQS.
    pub fn over_sqs(&self) -> usize {
        self.over_sqs.load(Ordering::SeqCst)
    }

    /// The ids of a submission that can go over SQS.
    fn ids(&self, body: &[u8]) -> Option<Vec<String>> {
        let values = cloud_event::split(body).ok()?;
        let events = values.iter().map(|value| cloud_event::read(value, Timestamp::now()).ok());
        let events: Vec<_> = events.collect::<Option<_>>()?;
        let known = events.iter().all(|event| !self.by_event.contains(event.organization.as_str()));
        (known && !events.is_empty() && body.len() < LARGEST)
            .then(|| events.iter().map(|event| event.id.to_string()).collect())
    }

    async fn send(&self, body: &str, ids: &[String]) -> Value {
        self.stack.send("EventsQueueUrl", body).await;
        if self.over_sqs.fetch_add(1, Ordering::SeqCst).is_multiple_of(3) {
            self.stack.send("EventsQueueUrl", body).await;
        }
        self.stack.until_empty("EventsQueueUrl").await;
        // Whether it is new, a queue does not tell.
        let result = |(index, id)| json!({ "index": index, "status": "duplicate", "id": id });
        let results: Vec<Value> = ids.iter().enumerate().map(result).collect();
        json!({ "accepted": 0, "duplicates": ids.len(), "rejected": 0, "results": results })
    }
}

async fn pass(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    if parts.method == Method::POST && parts.uri.path() == "/v1/events" {
        let number = front.submissions.fetch_add(1, Ordering::SeqCst);
        if number % 2 == 1
            && let Some(ids) = front.ids(&body)
        {
            let answer = front.send(str::from_utf8(&body).unwrap(), &ids).await;
            return (StatusCode::ACCEPTED, Json(answer)).into_response();
        }
    }
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let mut call = front.http.request(parts.method, format!("{}{path}", front.stack.api())).body(body);
    for name in
        [header::AUTHORIZATION, header::CONTENT_TYPE, header::HeaderName::from_static("idempotency-key")]
    {
        if let Some(value) = parts.headers.get(&name) {
            call = call.header(name, value);
        }
    }
    let Ok(answer) = call.send().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let status = match answer.status() {
        // What the gateway says of a function that died, AWS by another status than the emulator.
        StatusCode::BAD_GATEWAY => StatusCode::SERVICE_UNAVAILABLE,
        status => status,
    };
    let media_type = answer.headers().get(header::CONTENT_TYPE).cloned();
    let bytes: Bytes = answer.bytes().await.unwrap_or_default();
    match media_type {
        Some(media_type) => (status, [(header::CONTENT_TYPE, media_type)], bytes).into_response(),
        None => (status, bytes).into_response(),
    }
}
