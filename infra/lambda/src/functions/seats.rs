//! Seat counts beside the PSA's, over HTTP.

use crate::{api, home::Home};
use axum::Router;
use lambda_http::Error;
use psa_bridge_seats::Seats;

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open();
    let (store, vault) = (home.store()?, home.vault()?);
    let connectors = home.connectors(&store, &vault)?;
    let protection = home.protection(&store).await?;
    let seats = Seats { store, connectors, bell: home.bell()?, clock: home.clock() };
    let routes = psa_bridge_seats::router(seats);
    api::serve(api::router(routes, Router::new(), &protection, home.deadline(), None)).await
}
