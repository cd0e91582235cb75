//! Halo as a PSA that the server can play.

use std::sync::Arc;

use serde_json::{Value, json};

use super::switches::Switches;
use super::tenant::Tenant;
use super::world::World;
use super::{Shared, control, http};
use crate::rate_limit::RateLimit;
use crate::server::{Incoming, Parameters, Psa, Reply};

impl Psa for World {
    type Tenant = Tenant;
    type Switches = Switches;

    const NAME: &'static str = "HaloPSA";
    const PAGE_SCRIPT: &'static str = include_str!("page.js");
    const PORTS: usize = 1;

    fn demo(name: &str) -> Tenant {
        Tenant::demo(name)
    }

    fn usual_switches() -> Switches {
        Switches::default()
    }

    fn usual_limit() -> RateLimit {
        RateLimit::default()
    }

    fn open(tenant: Tenant, switches: Switches, seed: u64, _: &[String]) -> Self {
        Self::new(tenant, switches, seed)
    }

    fn reset(&mut self) {
        self.start_over();
    }

    fn era(&self) -> u64 {
        self.era
    }

    fn create_ms(&self) -> u64 {
        self.switches.create_ms
    }

    fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn tenant_mut(&mut self) -> &mut Tenant {
        &mut self.tenant
    }

    fn switches(&self) -> &Switches {
        &self.switches
    }

    fn switches_mut(&mut self) -> &mut Switches {
        &mut self.switches
    }

    /// The first part is the server: `api`, `auth`.
    fn within(path: &[String]) -> &[String] {
        path.get(1..).unwrap_or_default()
    }

    fn endpoint(path: &[String]) -> String {
        path.first().cloned().unwrap_or_default()
    }

    fn is_limited(path: &[String]) -> bool {
        path.first().is_some_and(|area| area == "api")
    }

    async fn answer(shared: &Arc<Shared>, incoming: Incoming) -> Reply {
        http::answer(shared, incoming).await
    }

    fn too_many_requests(retry_after: Option<u64>) -> Reply {
        Reply::too_many_requests(retry_after)
    }

    fn command(shared: &Shared, method: &str, path: &[&str], body: &Value) -> Result<Value, String> {
        control::run(&mut shared.world(), method, path, body)
    }

    fn state(&self) -> Value {
        control::state(self)
    }

    fn show(&self, path: &[&str], parameters: &Parameters) -> Option<Value> {
        match path {
            [] => Some(control::tickets(self, parameters)),
            [id] => {
                let ticket = self.tickets.get(id.parse().ok()?)?;
                let mut view = http::show_ticket(self, ticket);
                view["actions"] = json!(ticket.actions);
                Some(view)
            }
            _ => None,
        }
    }
}
