//! Who asks: user name, secret and integration code, in headers, at the zone that the tenant lives in.

use http::HeaderName;

use super::reply::{bad_credentials, denied, error};
use crate::autotask::switches::{Switches, WrongIntegrationCode};
use crate::autotask::tenant::ApiUser;
use crate::autotask::world::World;
use crate::server::{Incoming, Reply};

/// The user, if all is right. Bad log-ins in a row lock the user, and nothing says so.
pub fn authenticate(world: &mut World, incoming: &Incoming) -> Result<ApiUser, Reply> {
    let host = incoming.header(&http::header::HOST);
    let refuse = || bad_credentials(&host);
    if incoming.port != world.zone {
        return Err(refuse());
    }
    let text = |name: &'static str| incoming.header(&HeaderName::from_static(name));
    let (username, secret, code) = (text("username"), text("secret"), text("apiintegrationcode"));
    if username.is_empty() || secret.is_empty() || code.is_empty() {
        return Err(refuse());
    }
    let (lock_out_after, wrong_code) = (world.switches.lock_out_after, world.switches.wrong_integration_code);
    let user = world.tenant.api_users.iter_mut().find(|user| user.username.eq_ignore_ascii_case(&username));
    let user = user.ok_or_else(refuse)?;
    if user.locked || !user.active {
        return Err(refuse());
    }
    if user.secret != secret {
        user.bad_log_ins += 1;
        user.locked = lock_out_after.is_some_and(|most| user.bad_log_ins >= most);
        return Err(refuse());
    }
    if user.integration_code != code {
        return Err(match wrong_code {
            WrongIntegrationCode::Error500 => error("IntegrationCode is invalid."),
            WrongIntegrationCode::Empty401 => refuse(),
        });
    }
    user.bad_log_ins = 0;
    Ok(user.clone())
}

/// Acting in somebody else's name: never allowed in queries, and in anything else only where the security level says
/// so, which those of simulated tenants don't.
pub fn refuse_impersonation(switches: &Switches, incoming: &Incoming) -> Result<(), Reply> {
    if incoming.header(&HeaderName::from_static("impersonationresourceid")).is_empty() {
        return Ok(());
    }
    let is_query = incoming.method == http::Method::GET || incoming.path.iter().any(|part| part == "query");
    Err(denied(switches, if is_query { "query" } else { "create" }))
}
