//! Where Autotask tenants' zones are asked for. Each simulator tells its own alone, and a bridge asks at one address for
//! all, so the question goes on to the simulator whose API user it names.

use crate::{api::client, error::WorkloadError};
use axum::{
    Router,
    body::Body,
    extract::{RawQuery, State},
    http::{Response, StatusCode, header},
    routing::get,
};
use reqwest::{Client, Url};
use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

const LOOK_UP: &str = "/ATServicesRest/V1.0/zoneInformation";

/// The origins of simulators, by their API users.
type Simulators = BTreeMap<String, String>;

/// A running directory; it ends when dropped.
pub struct ZoneDirectory {
    origin: String,
    serving: JoinHandle<()>,
}

impl ZoneDirectory {
    /// Serves on a free port.
    pub async fn start(simulators: Simulators) -> Result<Self, WorkloadError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(WorkloadError::Directory)?;
        let origin = format!("http://{}", listener.local_addr().map_err(WorkloadError::Directory)?);
        let http = client()?;
        let service = Router::new().route(LOOK_UP, get(look_up)).with_state(Arc::new((simulators, http)));
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(%error, "The zone directory stopped serving");
            }
        });
        Ok(Self { origin, serving })
    }

    /// Its origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Its address, as it is configured.
    pub fn url(&self) -> String {
        format!("{}/ATServicesRest", self.origin)
    }
}

impl Drop for ZoneDirectory {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn look_up(
    State(known): State<Arc<(Simulators, Client)>>,
    RawQuery(query): RawQuery,
) -> Result<Response<Body>, StatusCode> {
    let (simulators, http) = &*known;
    let query = query.unwrap_or_default();
    let asked = |origin: &str| Url::parse(&format!("{origin}{LOOK_UP}?{query}")).ok();
    let whose =
        |url: &Url| url.query_pairs().find(|(name, _)| name == "user").map(|(_, user)| user.into_owned());
    // Nobody's question goes to any of them, which then says that it knows no such user.
    let first = simulators.values().next().ok_or(StatusCode::NOT_FOUND)?;
    let user = asked(first).as_ref().and_then(whose).unwrap_or_default();
    let url = asked(simulators.get(&user).unwrap_or(first)).ok_or(StatusCode::BAD_REQUEST)?;
    // What goes wrong at the simulator goes wrong here.
    let answer = http.get(url).send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let mut response = Response::builder().status(answer.status());
    for name in [header::CONTENT_TYPE, header::RETRY_AFTER] {
        if let Some(value) = answer.headers().get(&name) {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    response.body(body.into()).map_err(|_| StatusCode::BAD_GATEWAY)
}
