//! Connect a PSA, set it up, test, confirm, pause, revoke, over HTTP.

use crate::{api, home::Home};
use axum::Router;
use lambda_http::Error;
use psa_bridge_connections::ConnectionsState;
use psa_connector::SystemRandom;
use std::sync::Arc;

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open();
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
    let routes = psa_bridge_connections::router(connections);
    api::serve(api::router(routes, Router::new(), &protection, home.deadline(), Some(nudge))).await
}
