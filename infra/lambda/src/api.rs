//! A function behind the HTTP API.

use crate::{nudge::QueueNudge, time};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use lambda_http::Context;
use psa_bridge_http::{Protection, finish, protect};
use psa_connector::{Clock, transport::Deadline};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// What surrounds each request.
#[derive(Clone)]
struct Surroundings {
    clock: Arc<dyn Clock>,
    deadline: Deadline,
    nudge: Option<QueueNudge>,
}

/// The routes of a function, protected, with what is public beside them.
pub fn router(
    routes: OpenApiRouter,
    public: Router,
    protection: &Protection,
    deadline: Deadline,
    nudge: Option<QueueNudge>,
) -> Router {
    let (routes, _) = protect(routes, protection).split_for_parts();
    let surroundings = Surroundings { clock: Arc::clone(&protection.clock), deadline, nudge };
    finish(routes.merge(public)).layer(from_fn_with_state(surroundings, surround))
}

/// Serves requests until the environment ends.
pub async fn serve(router: Router) -> Result<(), lambda_http::Error> {
    lambda_http::run(router).await
}

async fn surround(State(around): State<Surroundings>, request: Request, next: Next) -> Response {
    if let Some(context) = request.extensions().get::<Context>() {
        around.deadline.set(time::last_answer_over_http(context, around.clock.now()));
    }
    let response = next.run(request).await;
    if let Some(nudge) = &around.nudge {
        nudge.flush().await;
    }
    response
}
