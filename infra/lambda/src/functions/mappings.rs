//! Clients, licences, organisations and mappings, over HTTP.

use crate::{api, home::Home};
use axum::Router;
use lambda_http::Error;
use psa_bridge_mappings::Mappings;
use std::sync::Arc;

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open();
    let (store, vault, nudge) = (home.store()?, home.vault()?, home.nudge()?);
    let connectors = home.connectors(&store, &vault)?;
    let protection = home.protection(&store).await?;
    let mappings = Mappings { store, connectors, nudge: Arc::new(nudge.clone()), clock: home.clock() };
    let routes = psa_bridge_mappings::router(mappings);
    api::serve(api::router(routes, Router::new(), &protection, home.deadline(), Some(nudge))).await
}
