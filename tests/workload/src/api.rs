//! The workload's way to the bridge: its HTTP API, and nothing else. Patient where the bridge is away or busy, because a
//! bridge that was killed comes back; impatient with any other answer.

use crate::error::WorkloadError;
use reqwest::{Client, Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long the bridge may be away or busy before a step is given up.
const PATIENCE: Duration = Duration::from_secs(90);
/// The wait between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest that an answer may take: the bridge's own limit and a little.
const ANSWER: Duration = Duration::from_secs(30);

/// Where a bridge is, and what lets the workload in.
#[derive(Clone, Debug)]
pub struct Access {
    /// Its origin, e.g. `http://127.0.0.1:8080`.
    pub url: String,
    /// A machine's token with all machine scopes.
    pub machine: SecretString,
    /// A token for each partner, by the partner's id.
    pub partners: BTreeMap<String, SecretString>,
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub enum Caller<'a> {
    /// The vendor's systems.
    Machine,
    /// A partner, by id.
    Partner(&'a str),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    caller: Caller<'a>,
    method: Method,
    path: String,
    body: Option<String>,
    key: Option<String>,
}

impl<'a> Call<'a> {
    /// A request without a body.
    pub fn new(caller: Caller<'a>, method: Method, path: impl Into<String>) -> Self {
        Self { caller, method, path: path.into(), body: None, key: None }
    }

    /// A request that reads.
    pub fn get(caller: Caller<'a>, path: impl Into<String>) -> Self {
        Self::new(caller, Method::GET, path)
    }

    /// With a body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw(body.to_string())
    }

    /// With a body as it stands.
    #[must_use]
    pub fn raw(mut self, body: String) -> Self {
        self.body = Some(body);
        self
    }

    /// With an idempotency key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An answer that is neither "away" nor "busy".
#[derive(Clone, Debug)]
pub struct Reply {
    /// Method and path of what was asked.
    pub call: String,
    /// The HTTP status.
    pub status: u16,
    /// The body; null where there is none.
    pub body: Value,
}

impl Reply {
    /// The answer, if it is a success.
    pub fn success(self) -> Result<Value, WorkloadError> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        Err(WorkloadError::Refused { call: self.call, status: self.status, body: self.body.to_string() })
    }

    /// The problem's code, where it is one.
    pub fn code(&self) -> &str {
        self.body.get("code").and_then(Value::as_str).unwrap_or_default()
    }
}

/// The bridge's API.
#[derive(Debug)]
pub struct Api {
    http: Client,
    access: Access,
    calls: Mutex<BTreeMap<String, u64>>,
}

impl Api {
    /// The API of the bridge that `access` leads to.
    pub fn new(access: Access) -> Result<Self, WorkloadError> {
        Ok(Self { http: client()?, access, calls: Mutex::default() })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.access.url
    }

    /// Requests so far, by method, endpoint and outcome.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends until the bridge answers. An answer that tells to come later is no answer; a failed call to a PSA is one,
    /// because only the step can know whether to repeat it.
    pub async fn send(&self, call: Call<'_>) -> Result<Reply, WorkloadError> {
        let began = Instant::now();
        let mut last;
        loop {
            match self.try_once(&call).await {
                Ok(reply) if !says_later(&reply) => return Ok(reply),
                Ok(reply) => last = format!("{} {}", reply.status, reply.body),
                Err(error) => last = error.to_string(),
            }
            if began.elapsed() > PATIENCE {
                let (call, seconds) = (call.name(), PATIENCE.as_secs());
                return Err(WorkloadError::NoAnswer { call, seconds, last });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn try_once(&self, call: &Call<'_>) -> reqwest::Result<Reply> {
        let url = format!("{}{}", self.access.url, call.path);
        let mut request = self.http.request(call.method.clone(), url);
        if let Some(token) = self.token(call.caller) {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(key) = &call.key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = &call.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let answered = match request.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                response.bytes().await.map(|bytes| (status, bytes))
            }
            Err(error) => Err(error),
        };
        let outcome =
            answered.as_ref().map_or_else(|_| "no-answer".to_owned(), |(status, _)| status.to_string());
        self.count(call, &outcome);
        let (status, bytes) = answered?;
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Ok(Reply { call: call.name(), status, body })
    }

    fn token(&self, caller: Caller<'_>) -> Option<&SecretString> {
        match caller {
            Caller::Machine => Some(&self.access.machine),
            Caller::Partner(id) => self.access.partners.get(id),
        }
    }

    fn count(&self, call: &Call<'_>, outcome: &str) {
        let path = call.path.split('?').next().unwrap_or_default();
        let endpoint: Vec<&str> =
            path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
        let line = format!("{} {} {outcome}", call.method, endpoint.join("/"));
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(line).or_default() += 1;
    }
}

/// An HTTP client. The HTTP library wants a TLS provider also where nothing is encrypted.
pub(crate) fn client() -> Result<Client, WorkloadError> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("A TLS provider was installed before");
    }
    Client::builder().timeout(ANSWER).no_proxy().build().map_err(WorkloadError::Client)
}

fn is_id(part: &str) -> bool {
    ["con_", "evt_", "op_", "org-"].iter().any(|prefix| part.starts_with(prefix))
}

/// Whether the same request can have another answer a moment later, whatever it is about.
fn says_later(reply: &Reply) -> bool {
    match reply.status {
        429 | 503 | 504 => true,
        500 => reply.code() != "internal",
        409 => reply.code() == "request_in_flight",
        _ => false,
    }
}
