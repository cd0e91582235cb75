//! What is asked for about the API itself: zones, versions, the threshold.

use std::time::Instant;

use serde_json::json;

use super::reply::error;
use crate::autotask::Shared;
use crate::autotask::world::World;
use crate::server::{Incoming, Parameters, Reply};

/// `zoneInformation?user=…`, which needs no credentials and is served by every zone.
pub fn zone(world: &World, incoming: &Incoming) -> Reply {
    let parameters = Parameters::parse(&incoming.query);
    let user = parameters.text("user").unwrap_or_default();
    let tenant = &world.tenant;
    if !tenant.api_users.iter().any(|known| known.username.eq_ignore_ascii_case(user)) {
        return error("Zone information could not be determined");
    }
    Reply::ok(&json!({
        "zoneName": tenant.zone_name, "url": world.zone_url(), "webUrl": tenant.web_url, "ci": tenant.database
    }))
}

/// Version 2.0 has been announced since 2026, and answers 404 wherever it is tried.
pub fn versions() -> Reply {
    Reply::ok(&json!({ "apiVersions": ["V1.0", "V2.0"] }))
}

/// The version of Autotask itself; the values are made up.
pub fn version() -> Reply {
    Reply::ok(&json!({ "majorVersion": 2026, "minorVersion": 3, "build": 1, "customerType": "Production" }))
}

/// How much of the threshold is used; asking counts.
pub fn threshold(shared: &Shared) -> Reply {
    let mut limiter = shared.limiter();
    let used = limiter.used(Instant::now());
    let (requests, seconds) =
        limiter.limit.map_or((10_000, 3600), |limit| (limit.requests, limit.window_seconds));
    Reply::ok(&json!({
        "externalRequestThreshold": requests, "requestThresholdTimeframe": seconds / 60,
        "currentTimeframeRequestCount": used
    }))
}
