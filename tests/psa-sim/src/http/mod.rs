//! Halo's HTTP API: the way of a request from the connection to its endpoint, past outages, limits and faults.

mod actions;
mod call;
mod configuration;
mod customers;
mod external_links;
mod licences;
mod lists;
mod reply;
mod store;
mod ticket_checks;
mod ticket_filter;
mod ticket_plan;
mod ticket_view;
mod tickets;
mod token;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use http::{HeaderMap, Method, header};

pub use call::Parameters;
use call::{Call, bearer};
pub use reply::Reply;
pub use ticket_view::ticket as show_ticket;

use crate::faults::{FaultKind, Outage, Stage};
use crate::sim::{Shared, Wire};

/// The largest body that is read.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// A request, read to its end.
pub struct Incoming {
    pub method: Method,
    /// The whole path in lower case.
    pub path: Vec<String>,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Serves the API and the control API.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

async fn serve(
    State(shared): State<Arc<Shared>>,
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
    };
    // Halo finishes what it began, also when the client has hung up: the work is not part of the connection.
    let reply = match tokio::spawn(answer(shared, incoming)).await {
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

async fn answer(shared: Arc<Shared>, incoming: Incoming) -> Reply {
    if shared.stopped.load(Ordering::SeqCst) {
        return Reply::reset();
    }
    if incoming.path.first().is_some_and(|part| part == "_sim") {
        return crate::control::answer(&shared, &incoming).await;
    }
    let method = incoming.method.clone();
    let path = incoming.path.get(1..).unwrap_or_default().to_vec();
    let reply = past_trouble(&shared, incoming).await;
    shared.counts().request(method.as_str(), &path, &reply.outcome());
    reply
}

/// Outages, the rate limit and faults, in that order; then the endpoint.
async fn past_trouble(shared: &Arc<Shared>, incoming: Incoming) -> Reply {
    let outage = *shared.outage.borrow();
    match outage {
        Outage::None => {}
        Outage::Unavailable => return Reply::unavailable(),
        Outage::Html => return Reply::maintenance(),
        Outage::Refused => return Reply::reset(),
    }
    let area = incoming.path.first().map(String::as_str).unwrap_or_default();
    if area == "api"
        && let Some(refusal) = over_limit(shared)
    {
        return refusal;
    }
    let endpoint = incoming.path.get(1).map(String::as_str).unwrap_or_default();
    let method = incoming.method.as_str();
    if strike(shared, Stage::Delay, method, endpoint, false).is_some() {
        let latency = shared.faults().timing().latency_ms;
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    if let Some(kind) = strike(shared, Stage::Before, method, endpoint, false) {
        let retry_after = shared.faults().timing().retry_after_seconds;
        return instead_of_work(kind, retry_after);
    }
    match area {
        "api" => api(shared, incoming).await.unwrap_or_else(|refusal| refusal),
        "auth" => token::answer(shared, &incoming),
        _ => Reply::not_found(),
    }
}

fn over_limit(shared: &Shared) -> Option<Reply> {
    let mut limiter = shared.limiter();
    let seconds = limiter.take(Instant::now()).err()?;
    shared.counts().rate_limited += 1;
    let says_when = limiter.limit.is_some_and(|limit| limit.retry_after);
    Some(Reply::too_many_requests(says_when.then_some(seconds)))
}

/// The fault that strikes at this stage, counted.
fn strike(shared: &Shared, stage: Stage, method: &str, endpoint: &str, creates: bool) -> Option<FaultKind> {
    let kind = shared.faults().draw(stage, method, endpoint, creates)?;
    shared.counts().fault(kind);
    Some(kind)
}

fn instead_of_work(kind: FaultKind, retry_after: u64) -> Reply {
    match kind {
        FaultKind::TooManyRequests => Reply::too_many_requests(Some(retry_after)),
        FaultKind::TooManyRequestsBare => Reply::too_many_requests(None),
        FaultKind::Maintenance => Reply::maintenance(),
        FaultKind::Reset => Reply::reset(),
        _ => Reply::server_error(),
    }
}

async fn api(shared: &Arc<Shared>, incoming: Incoming) -> Result<Reply, Reply> {
    let Some(endpoint) = incoming.path.get(1).cloned() else { return Err(Reply::not_found()) };
    if endpoint == "authinfo" {
        return Ok(token::auth_info(shared));
    }
    let session = bearer(&incoming.headers).and_then(|token| shared.world().session(token));
    let call = Call {
        session: session.ok_or_else(Reply::unauthorized)?,
        parameters: Parameters::parse(&incoming.query),
        content_type: header_text(&incoming.headers, &header::CONTENT_TYPE),
        path: incoming.path.get(1..).unwrap_or_default().to_vec(),
        method: incoming.method,
        body: incoming.body,
    };
    match (endpoint.as_str(), &call.method) {
        ("tickets", &Method::POST) => tickets::post(shared, &call).await,
        ("actions", &Method::POST) => actions::post(shared, &call),
        ("softwarelicence", &Method::POST) => licences::post(shared, &call),
        _ => {
            let world = &mut *shared.world();
            match endpoint.as_str() {
                "tickets" => tickets::read_or_delete(world, &call),
                "actions" => actions::read(world, &call),
                "client" | "site" | "users" | "supplier" => customers::read(world, &call),
                "softwarelicence" | "licencechange" => licences::read_or_delete(world, &call),
                "externallink" => external_links::answer(world, &call),
                _ => configuration::read(world, &call),
            }
        }
    }
}

fn header_text(headers: &HeaderMap, name: &header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
