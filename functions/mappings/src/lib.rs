//! The mappings function: the PSA's clients and licences, the vendor's organisations, and which is which.

mod clients;
mod mappings;
mod organizations;
mod problems;

pub use psa_bridge_core::usecases::mappings::Mappings;

use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this function.
pub fn router(mappings: Mappings) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(clients::search_clients))
        .routes(routes!(clients::list_licenses, clients::create_license))
        .routes(routes!(mappings::list_mappings, mappings::put_mappings))
        .routes(routes!(mappings::suggest_mappings))
        .routes(routes!(mappings::get_mapping, mappings::put_mapping, mappings::delete_mapping))
        .routes(routes!(organizations::list_organizations))
        .routes(routes!(organizations::put_organization, organizations::delete_organization))
        .routes(routes!(organizations::list_connections_of_organization))
        .with_state(mappings)
}
