//! The way of a request from the connection to its endpoint, past outages, limits and faults.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;

use super::listener::Wire;
use super::{Incoming, Psa, Reply, Shared};
use crate::faults::{FaultKind, Outage, Stage};

/// The largest body that is read.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// A port of a simulator.
struct Door<P> {
    shared: Arc<Shared<P>>,
    port: usize,
}

impl<P> Clone for Door<P> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), port: self.port }
    }
}

/// Serves the API and the control API at one of the ports.
pub fn router<P: Psa>(shared: Arc<Shared<P>>, port: usize) -> Router {
    Router::new().fallback(serve::<P>).with_state(Door { shared, port })
}

async fn serve<P: Psa>(
    State(door): State<Door<P>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().split('/').filter(|part| !part.is_empty()).map(str::to_lowercase).collect();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return Reply::too_large().into_response();
    };
    let incoming = Incoming {
        method: parts.method,
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.into(),
        port: door.port,
    };
    // A PSA finishes what it began, also when the client has hung up: the work is not part of the connection.
    let reply = match tokio::spawn(answer(door.shared, incoming)).await {
        Ok(reply) => reply,
        Err(error) => {
            tracing::error!(%error, "The simulator itself failed");
            Reply::server_error()
        }
    };
    if reply.cut {
        wire.cut();
    }
    reply.into_response()
}

async fn answer<P: Psa>(shared: Arc<Shared<P>>, incoming: Incoming) -> Reply {
    if shared.stopped.load(Ordering::SeqCst) {
        return Reply::reset();
    }
    if incoming.path.first().is_some_and(|part| part == "_sim") {
        return crate::control::answer(&shared, &incoming).await;
    }
    let method = incoming.method.clone();
    let path = P::within(&incoming.path).to_vec();
    let reply = past_trouble(&shared, incoming).await;
    shared.counts().request(method.as_str(), &path, &reply.outcome());
    reply
}

/// Outages, the rate limit and faults, in that order; then the endpoint.
async fn past_trouble<P: Psa>(shared: &Arc<Shared<P>>, incoming: Incoming) -> Reply {
    let outage = *shared.outage.borrow();
    match outage {
        Outage::None => {}
        Outage::Unavailable => return Reply::unavailable(),
        Outage::Html => return Reply::maintenance(),
        Outage::Refused => return Reply::reset(),
    }
    if P::is_limited(&incoming.path)
        && let Some(refusal) = over_limit(shared)
    {
        return refusal;
    }
    let endpoint = P::endpoint(P::within(&incoming.path));
    let method = incoming.method.as_str();
    if strike(shared, Stage::Delay, method, &endpoint, false).is_some() {
        let latency = shared.faults().timing().latency_ms;
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    if let Some(kind) = strike(shared, Stage::Before, method, &endpoint, false) {
        let retry_after = shared.faults().timing().retry_after_seconds;
        return instead_of_work::<P>(kind, retry_after);
    }
    P::answer(shared, incoming).await
}

fn over_limit<P: Psa>(shared: &Shared<P>) -> Option<Reply> {
    let mut limiter = shared.limiter();
    let seconds = limiter.take(Instant::now()).err()?;
    shared.counts().rate_limited += 1;
    let says_when = limiter.limit.is_some_and(|limit| limit.retry_after);
    Some(P::too_many_requests(says_when.then_some(seconds)))
}

/// The fault that strikes at this stage, counted.
pub fn strike<P: Psa>(
    shared: &Shared<P>,
    stage: Stage,
    method: &str,
    endpoint: &str,
    creates: bool,
) -> Option<FaultKind> {
    let kind = shared.faults().draw(stage, method, endpoint, creates)?;
    shared.counts().fault(kind);
    Some(kind)
}

fn instead_of_work<P: Psa>(kind: FaultKind, retry_after: u64) -> Reply {
    match kind {
        FaultKind::TooManyRequests => P::too_many_requests(Some(retry_after)),
        FaultKind::TooManyRequestsBare => P::too_many_requests(None),
        FaultKind::Maintenance => Reply::maintenance(),
        FaultKind::Reset => Reply::reset(),
        _ => Reply::server_error(),
    }
}
