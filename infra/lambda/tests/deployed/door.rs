//! The door between functions and AWS: whatever a function asks of AWS goes through it. It counts the calls, and turns some of
//! those to the table away as DynamoDB does when it is asked too much.

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

/// Which calls are turned away.
#[derive(Clone, Copy, Debug)]
pub enum Throttling {
    /// None.
    Never,
    /// One in so many of the calls to the table, by lot from that seed.
    OneIn(u32, u64),
}

/// What DynamoDB calls it.
const TOO_MUCH: [&str; 2] = ["ProvisionedThroughputExceededException", "ThrottlingException"];

/// The door.
pub struct Door {
    origin: String,
    beyond: String,
    http: reqwest::Client,
    throttling: Throttling,
    random: Mutex<SmallRng>,
    calls: Mutex<BTreeMap<String, u64>>,
    turned_away: Mutex<u64>,
}

impl Door {
    /// Opens it in front of that origin.
    pub async fn open(beyond: String, throttling: Throttling) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let seed = match throttling {
            Throttling::Never => 0,
            Throttling::OneIn(_, seed) => seed,
        };
        let door = Arc::new(Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            beyond,
            http: reqwest::Client::new(),
            throttling,
            random: Mutex::new(SmallRng::seed_from_u64(seed)),
            calls: Mutex::default(),
            turned_away: Mutex::default(),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&door));
        tokio::spawn(async move { axum::serve(listener, router).await });
        door
    }

    /// Where functions find it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The calls since the last time, by operation, those that were turned away too.
    pub fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// How many calls were turned away.
    pub fn turned_away(&self) -> u64 {
        *self.turned_away.lock().unwrap()
    }

    /// What it is turned away with, if it is.
    fn turns_away(&self, target: &str) -> Option<&'static str> {
        let Throttling::OneIn(share, _) = self.throttling else { return None };
        let mut random = self.random.lock().unwrap();
        if !target.starts_with("DynamoDB") || random.random_range(0..share) > 0 {
            return None;
        }
        *self.turned_away.lock().unwrap() += 1;
        Some(TOO_MUCH[random.random_range(0..TOO_MUCH.len())])
    }
}

async fn pass(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or("other");
    let operation = target.rsplit('.').next().unwrap_or(target).to_owned();
    *door.calls.lock().unwrap().entry(operation).or_default() += 1;
    if let Some(error) = door.turns_away(target) {
        let body =
            json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{error}"), "message": "Later" });
        let media_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
        return (StatusCode::BAD_REQUEST, media_type, body.to_string()).into_response();
    }
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    // With the host that it was signed for.
    let call = door.http.request(parts.method, format!("{}{path}", door.beyond)).headers(parts.headers);
    let Ok(answer) = call.body(body).send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    of_the_wire(&mut headers);
    let bytes: Bytes = answer.bytes().await.unwrap_or_default();
    (status, headers, bytes).into_response()
}

/// What each stretch of the way says for itself.
fn of_the_wire(headers: &mut HeaderMap) {
    for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
        headers.remove(name);
    }
}
