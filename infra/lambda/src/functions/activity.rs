//! What became of events, what people changed, and the operator's view, over HTTP.

use crate::{api, home::Home};
use axum::Router;
use lambda_http::Error;
use psa_bridge_activity::Activity;

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open();
    let (store, vault) = (home.store()?, home.vault()?);
    let connectors = home.connectors(&store, &vault)?;
    let protection = home.protection(&store).await?;
    let activity = Activity { store, connectors, bell: home.bell()?, clock: home.clock() };
    let routes = psa_bridge_activity::router(activity);
    api::serve(api::router(routes, Router::new(), &protection, home.deadline(), None)).await
}
