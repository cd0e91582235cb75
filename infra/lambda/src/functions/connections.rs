//! Connect a PSA, set it up, test, confirm, pause, revoke, and its seat counts, over HTTP.

use crate::{api, home::Home};
use axum::Router;
use lambda_http::Error;
use psa_bridge_connections::ConnectionsState;
use psa_bridge_core::usecases::seats::Seats;
use psa_connector::SystemRandom;
use std::sync::Arc;

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open().await;
    let (store, vault, nudge) = (home.store()?, home.vault()?, home.nudge()?);
    let protection = home.protection(&store).await?;
    let connections = ConnectionsState {
        connectors: home.connectors(&store, &vault)?,
        store,
        vault,
        bell: home.bell()?,
        nudge: Arc::new(nudge.clone()),
        clock: home.clock(),
        random: Arc::new(SystemRandom),
    };
    let seats = Seats {
        store: Arc::clone(&connections.store),
        connectors: Arc::clone(&connections.connectors),
        bell: Arc::clone(&connections.bell),
        clock: home.clock(),
    };
    let routes = psa_bridge_connections::router(connections).merge(psa_bridge_seats::router(seats));
    api::serve(api::router(routes, Router::new(), &protection, home.deadline(), Some(nudge))).await
}
