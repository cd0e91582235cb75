//! A way to the emulator on which happens what the emulator never does: calls are throttled, replies get lost,
//! transactions that touch the same item conflict.

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use psa_bridge_aws::http_client;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex},
};

/// What happens on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Such a share of calls is throttled, in each of the ways that DynamoDB has of saying so.
    Throttling(f64),
    /// Such a share of the replies to writes gets lost; the writes are made.
    LostReplies(f64),
    /// The reply to the first write gets lost, and all calls after it but reads are throttled.
    LostThenThrottled,
    /// Transactions that touch an item of one under way are cancelled, as are writes of such an item.
    Conflicts,
    /// Every write meets another one, and nothing is there.
    AlwaysConflicting,
}

/// What was seen of the calls.
#[derive(Debug, Default)]
struct Seen {
    calls: u64,
    faults: u64,
    under_way: BTreeSet<String>,
}

/// The way.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    fault: Fault,
    random: Arc<Mutex<StdRng>>,
    seen: Arc<Mutex<Seen>>,
    inner: SharedHttpClient,
}

#[derive(Debug)]
struct Connector {
    network: Network,
    inner: SharedHttpConnector,
}

impl Network {
    pub(crate) fn with(fault: Fault, seed: u64) -> Self {
        let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        Self { fault, random, seen: Arc::default(), inner: http_client() }
    }

    /// How many calls there were, and to how many of them something happened.
    pub(crate) fn told(&self) -> (u64, u64) {
        let seen = self.seen.lock().unwrap();
        (seen.calls, seen.faults)
    }

    fn happens(&self, share: f64) -> bool {
        self.random.lock().unwrap().random_bool(share)
    }

    fn faulted(&self) -> u64 {
        let mut seen = self.seen.lock().unwrap();
        seen.faults += 1;
        seen.faults
    }

    async fn call(
        &self,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        self.seen.lock().unwrap().calls += 1;
        let operation = operation(&request);
        let is_write = matches!(operation.as_str(), "TransactWriteItems" | "PutItem");
        match self.fault {
            Fault::Throttling(share) if self.happens(share) => {
                Ok(throttled(&operation, &request, self.faulted()))
            }
            Fault::LostReplies(share) if is_write && self.happens(share) => {
                self.faulted();
                inner.call(request).await.and_then(|_| lost())
            }
            Fault::LostThenThrottled if is_write => match self.faulted() {
                1 => inner.call(request).await.and_then(|_| lost()),
                _ => Ok(refusal("ThrottlingException", json!({}))),
            },
            Fault::Conflicts => self.one_at_a_time(inner, &operation, request).await,
            Fault::AlwaysConflicting if is_write => {
                self.faulted();
                Ok(conflict(&operation))
            }
            Fault::AlwaysConflicting => Ok(answer(200, &json!({}))),
            _ => inner.call(request).await,
        }
    }

    async fn one_at_a_time(
        &self,
        inner: SharedHttpConnector,
        operation: &str,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let keys = if operation == "TransactWriteItems" { keys(&body(&request)) } else { BTreeSet::new() };
        {
            let mut seen = self.seen.lock().unwrap();
            if !seen.under_way.is_disjoint(&keys) {
                seen.faults += 1;
                return Ok(conflict(operation));
            }
            seen.under_way.extend(keys.iter().cloned());
        }
        let reply = inner.call(request).await;
        self.seen.lock().unwrap().under_way.retain(|key| !keys.contains(key));
        reply
    }
}

impl HttpClient for Network {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { network: self.clone(), inner })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (network, inner) = (self.network.clone(), self.inner.clone());
        HttpConnectorFuture::new(async move { network.call(inner, request).await })
    }
}

fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap()
}

/// The items that a transaction touches, those that it checks too.
fn keys(transaction: &Value) -> BTreeSet<String> {
    let actions = transaction["TransactItems"].as_array().into_iter().flatten();
    let parts = actions.flat_map(|action| action.as_object().into_iter().flat_map(|action| action.values()));
    let key = |part: &Value| {
        let item = part.get("Key").or_else(|| part.get("Item")).unwrap();
        format!("{} {} {}", part["TableName"], item["pk"], item["sk"])
    };
    parts.map(key).collect()
}

fn lost() -> Result<HttpResponse, ConnectorError> {
    Err(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into()))
}

fn throttled(operation: &str, request: &HttpRequest, which: u64) -> HttpResponse {
    match (operation, which % 4) {
        ("TransactWriteItems", 0) => cancelled("ThrottlingError"),
        ("BatchGetItem", 0 | 1) => {
            answer(200, &json!({ "Responses": {}, "UnprocessedKeys": body(request)["RequestItems"] }))
        }
        (_, 2) => refusal("ProvisionedThroughputExceededException", json!({})),
        (_, 3) => refusal("RequestLimitExceeded", json!({})),
        _ => refusal("ThrottlingException", json!({})),
    }
}

fn conflict(operation: &str) -> HttpResponse {
    match operation {
        "TransactWriteItems" => cancelled("TransactionConflict"),
        _ => refusal("TransactionConflictException", json!({})),
    }
}

fn cancelled(code: &str) -> HttpResponse {
    let reasons = json!({ "CancellationReasons": [{ "Code": "None" }, { "Code": code, "Message": "busy" }] });
    refusal("TransactionCanceledException", reasons)
}

fn refusal(code: &str, mut body: Value) -> HttpResponse {
    body["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{code}"));
    body["message"] = json!("too much at once");
    answer(400, &body)
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    let mut response =
        HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body.to_string()));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
