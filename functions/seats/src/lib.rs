//! The seats function: the vendor's seat counts beside the PSA's, what waits for a person, and what was changed.
//!
//! Counts are written by the connection's worker (`psa_bridge_core::usecases::work`); here they are shown and wished for.

mod history;
mod lines;
mod problems;
mod wishes;

pub use psa_bridge_core::usecases::seats::Seats;

use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this function.
pub fn router(seats: Seats) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(lines::list_seats))
        .routes(routes!(wishes::sync_seats))
        .routes(routes!(wishes::undo_seats))
        .routes(routes!(history::list_seat_history))
        .with_state(seats)
}
