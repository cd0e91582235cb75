//! The one way to a PSA over HTTP: egress rules, the request gate, time and size limits, repeats, and the question
//! that decides everything that follows: may the request have taken effect?

mod address;
mod deadline;
mod egress;
mod request;
mod resolver;
mod retry;
#[cfg(test)]
mod tests;

pub use deadline::Deadline;
pub use egress::{EgressDenied, EgressPolicy};
pub use request::{Reading, Reply, Request};

use crate::clock::{Clock, Random};
use crate::error::{PsaError, PsaErrorKind};
use crate::gate::{OpenGate, RequestGate};
use bytes::BytesMut;
use http::StatusCode;
use resolver::GuardedResolver;
use retry::{LONGEST_WAIT, backoff, retry_after};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;
use tracing::Instrument;

/// Limits of the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportOptions {
    /// Longest time to make a connection, TLS included.
    pub connect_timeout: Duration,
    /// Longest time for one try, from the start to the last byte of the answer. A request that may be repeated takes
    /// at most `tries` times as long, and the waits between them.
    pub timeout: Duration,
    /// Largest answer, in bytes.
    pub max_body: usize,
    /// How often an idempotent request is sent before its failure counts.
    pub tries: u32,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            max_body: 8 * 1024 * 1024,
            tries: 3,
        }
    }
}

/// The HTTP client could not be made: the system's certificate store cannot be read.
#[derive(Debug, Error)]
#[error("the HTTP client could not be made")]
pub struct TransportError(#[from] reqwest::Error);

/// HTTP to PSAs. Clones share connections.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
    gate: Arc<dyn RequestGate>,
    deadline: Deadline,
}

struct Shared {
    client: reqwest::Client,
    policy: EgressPolicy,
    options: TransportOptions,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("policy", &self.shared.policy).finish_non_exhaustive()
    }
}

impl Transport {
    /// A transport whose gate is open.
    pub fn new(
        policy: EgressPolicy,
        options: TransportOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, TransportError> {
        install_crypto_provider();
        let client = reqwest::Client::builder()
            .user_agent(concat!("PSA-Bridge/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            // Shorter than what servers keep: a create on a connection that they just dropped has an unknown outcome.
            .pool_idle_timeout(Duration::from_secs(20))
            .dns_resolver(GuardedResolver { policy: policy.clone() })
            .build()?;
        let shared = Shared { client, policy, options, clock, random };
        Ok(Self { shared: Arc::new(shared), gate: Arc::new(OpenGate), deadline: Deadline::default() })
    }

    /// The same transport behind `gate`.
    #[must_use]
    pub fn with_gate(&self, gate: Arc<dyn RequestGate>) -> Self {
        Self { shared: Arc::clone(&self.shared), gate, deadline: self.deadline.clone() }
    }

    /// The same transport, whose requests are over by the deadline or do not leave.
    #[must_use]
    pub fn within(&self, deadline: Deadline) -> Self {
        Self { shared: Arc::clone(&self.shared), gate: Arc::clone(&self.gate), deadline }
    }

    /// The clock that it waits by.
    pub fn clock(&self) -> &dyn Clock {
        self.shared.clock.as_ref()
    }

    /// Where it may send.
    pub fn policy(&self) -> &EgressPolicy {
        &self.shared.policy
    }

    /// Sends a request and reads the whole answer. An idempotent request is repeated after a timeout, a lost
    /// connection, a 5xx and a 429 that does not ask for long patience.
    ///
    /// # Errors
    /// - `RateLimited`: the gate is closed, or the PSA answered 429. Nothing was stored.
    /// - `Unavailable`: the address is not allowed or cannot be reached, an idempotent request got no answer, or no time
    ///   is left for one.
    /// - `OutcomeUnknown`: a request that is sent once may have been read, and got no answer, or one (5xx, 408, 3xx)
    ///   that some machine in between may have given.
    /// - `Protocol`: the answer to an idempotent request is too large, or the request cannot be written.
    ///
    /// Any other status is an answer, for the connector to read, and so is what [`Request::read_by`] calls one.
    pub async fn send(&self, request: Request) -> Result<Reply, PsaError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let last = !request.idempotent || tries >= self.shared.options.tries;
            let answer = self.attempt(&request, tries).await;
            let reading = answer.as_ref().map_or(Reading::Unclear, |reply| request.reading(reply));
            let (outcome, wait) = match answer {
                Ok(reply) if reading == Reading::Answer => return Ok(reply),
                Ok(reply) if is_limit(reply.status, reading) => {
                    let after = retry_after(&reply.headers, self.shared.clock.now());
                    let after = after.or(match reading {
                        Reading::Wait(wait) => Some(wait),
                        Reading::Answer | Reading::Unclear => None,
                    });
                    let error = PsaError::new(
                        PsaErrorKind::RateLimited { after },
                        request.operation,
                        format!("HTTP {} at try {tries}", reply.status),
                    );
                    if after.is_some_and(|after| after > LONGEST_WAIT) {
                        return Err(error);
                    }
                    (Err(error), after)
                }
                Ok(reply) if !request.idempotent && is_ambiguous(reply.status) => {
                    let detail =
                        format!("HTTP {} from a server in between or a half-done request", reply.status);
                    return Err(PsaError::new(PsaErrorKind::OutcomeUnknown, request.operation, detail));
                }
                Ok(reply) if reply.status.is_server_error() => (Ok(reply), None),
                Ok(reply) => return Ok(reply),
                Err(Failure { error, may_repeat: true }) => (Err(error), None),
                Err(Failure { error, may_repeat: false }) => return Err(error),
            };
            if last {
                return outcome;
            }
            let wait = wait.unwrap_or_else(|| backoff(tries, self.shared.random.as_ref()));
            let again = self.shared.clock.now().saturating_add(wait).unwrap_or(jiff::Timestamp::MAX);
            if self.deadline.limit(self.shared.options.timeout, again).is_none() {
                return outcome;
            }
            self.shared.clock.sleep(wait).await;
        }
    }

    async fn attempt(&self, request: &Request, tries: u32) -> Result<Reply, Failure> {
        let span = tracing::info_span!(
            "psa_request",
            operation = request.operation,
            host = request.url.host_str(),
            attempt = tries,
            status = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        async {
            self.shared.policy.check(&request.url).map_err(|denied| Failure::denied(request, denied))?;
            let permit = self.gate.enter(request.kind).await.map_err(|closed| {
                let kind = PsaErrorKind::RateLimited { after: Some(closed.retry_after) };
                Failure::last(PsaError::new(kind, request.operation, "Our own request budget is spent"))
            })?;
            if request.leave_by.is_some_and(|leave_by| self.shared.clock.now() > leave_by) {
                let detail = "Not sent: it had to wait too long for its turn";
                return Err(Failure::last(PsaError::new(
                    PsaErrorKind::Unavailable,
                    request.operation,
                    detail,
                )));
            }
            let limit = self.deadline.limit(self.shared.options.timeout, self.shared.clock.now());
            let limit = limit.ok_or_else(|| Failure::late(request))?;
            let start = Instant::now();
            let result = self.exchange(request, limit).await;
            drop(permit);
            let duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
            let span = tracing::Span::current();
            span.record("duration_ms", duration_ms);
            match &result {
                Ok(reply) => {
                    span.record("status", reply.status.as_u16());
                    tracing::debug!("Answered");
                }
                Err(failure) => tracing::warn!(kind = ?failure.error.kind(), "Got no answer"),
            }
            result
        }
        .instrument(span)
        .await
    }

    async fn exchange(&self, request: &Request, limit: Duration) -> Result<Reply, Failure> {
        let built = request.build(&self.shared.client).timeout(limit).build();
        let built = built.map_err(|error| {
            let detail = "The request could not be written";
            Failure::last(
                PsaError::new(PsaErrorKind::Protocol, request.operation, detail)
                    .with_source(error.without_url()),
            )
        })?;
        let mut response =
            self.shared.client.execute(built).await.map_err(|error| Failure::lost(request, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Failure::lost(request, error))? {
            if body.len() + chunk.len() > self.shared.options.max_body {
                return Err(Failure::too_large(request, self.shared.options.max_body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body: body.freeze() })
    }
}

fn is_limit(status: StatusCode, reading: Reading) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || matches!(reading, Reading::Wait(_))
}

/// Statuses that leave open whether the PSA itself has seen and stored a request.
fn is_ambiguous(status: StatusCode) -> bool {
    status.is_server_error()
        || status.is_redirection()
        || status.is_informational()
        || status == StatusCode::REQUEST_TIMEOUT
}

struct Failure {
    error: PsaError,
    may_repeat: bool,
}

impl Failure {
    fn last(error: PsaError) -> Self {
        Self { error, may_repeat: false }
    }

    fn denied(request: &Request, denied: EgressDenied) -> Self {
        let detail = format!("Not sent: {denied}");
        Self::last(PsaError::new(PsaErrorKind::Unavailable, request.operation, detail).with_source(denied))
    }

    fn late(request: &Request) -> Self {
        let detail = "Not sent: there is no time left for an answer";
        Self::last(PsaError::new(PsaErrorKind::Unavailable, request.operation, detail))
    }

    fn lost(request: &Request, error: reqwest::Error) -> Self {
        if let Some(denied) = denial(&error) {
            return Self::denied(request, denied);
        }
        let never_connected = error.is_connect();
        let what = match (never_connected, error.is_timeout()) {
            (true, true) => "No connection in time",
            (true, false) => "No connection",
            (false, true) => "No answer in time",
            (false, false) => "The connection was lost",
        };
        let kind = if request.idempotent || never_connected {
            PsaErrorKind::Unavailable
        } else {
            PsaErrorKind::OutcomeUnknown
        };
        let error = error.without_url();
        let error = PsaError::new(kind, request.operation, format!("{what}: {}", innermost(&error)))
            .with_source(error);
        Self { error, may_repeat: true }
    }

    fn too_large(request: &Request, limit: usize) -> Self {
        let kind = if request.idempotent { PsaErrorKind::Protocol } else { PsaErrorKind::OutcomeUnknown };
        Self::last(PsaError::new(kind, request.operation, format!("The answer is larger than {limit} bytes")))
    }
}

fn denial(error: &reqwest::Error) -> Option<EgressDenied> {
    causes(error).find_map(|cause| cause.downcast_ref::<EgressDenied>().cloned())
}

fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn StdError + 'static)| (*cause).source())
}

fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none()
        && rustls::crypto::ring::default_provider().install_default().is_err()
    {
        tracing::debug!("Another part of the process installed a crypto provider first, which is as good");
    }
}
