//! Autotask as a PSA that the server can play.

use std::sync::Arc;

use serde_json::{Value, json};

use super::schema::Entity;
use super::switches::Switches;
use super::tenant::Tenant;
use super::world::World;
use super::{Shared, control, http};
use crate::rate_limit::RateLimit;
use crate::server::{Incoming, Parameters, Psa, Reply};

impl Psa for World {
    type Tenant = Tenant;
    type Switches = Switches;

    const NAME: &'static str = "Autotask";
    const PAGE_SCRIPT: &'static str = include_str!("page.js");
    /// The zone that tenants live in, and one that they can move to.
    const PORTS: usize = 2;

    fn demo(name: &str) -> Tenant {
        Tenant::demo(name)
    }

    fn usual_switches() -> Switches {
        Switches::default()
    }

    /// 10,000 requests in a rolling hour; a `Retry-After` was never seen.
    fn usual_limit() -> RateLimit {
        RateLimit { requests: 10_000, window_seconds: 3600, retry_after: false }
    }

    fn open(tenant: Tenant, switches: Switches, _: u64, base_urls: &[String]) -> Self {
        Self::new(tenant, switches, base_urls)
    }

    fn reset(&mut self) {
        self.start_over();
    }

    fn era(&self) -> u64 {
        self.era
    }

    fn create_ms(&self) -> u64 {
        self.switches.answer_ms + self.switches.create_ms
    }

    fn slowed_ms(&self) -> u64 {
        self.switches.half_used_ms.max(self.switches.three_quarters_used_ms)
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

    /// What comes after `/ATServicesRest/V1.0`.
    fn within(path: &[String]) -> &[String] {
        let root = path.first().is_some_and(|part| part == http::ROOT);
        let version = path.get(1).is_some_and(|part| part == http::VERSION);
        path.get(usize::from(root) + usize::from(root && version)..).unwrap_or_default()
    }

    /// The path without ids: `tickets`, `tickets/query`, `tickets/notes`.
    fn endpoint(path: &[String]) -> String {
        let parts: Vec<&str> =
            path.iter().map(String::as_str).filter(|part| part.parse::<i64>().is_err()).collect();
        parts.join("/")
    }

    /// Zones and versions are not the tenant's business.
    fn is_limited(path: &[String]) -> bool {
        path.len() > 2 && path.get(2).is_some_and(|part| part != "zoneinformation")
    }

    async fn answer(shared: &Arc<Shared>, incoming: Incoming) -> Reply {
        http::answer(shared, incoming).await
    }

    fn too_many_requests(retry_after: Option<u64>) -> Reply {
        http::over_threshold(retry_after)
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
                let id: i64 = id.parse().ok()?;
                let ticket = self.tickets.get(id)?;
                let mut view = control::ticket_view(self, ticket);
                let notes = self.notes.values().filter(|note| note.number("ticketID") == Some(id));
                let show = |note| http::show_record(self, Entity::TicketNotes, note, None);
                view["notes"] = json!(notes.map(show).collect::<Vec<_>>());
                Some(view)
            }
            _ => None,
        }
    }
}
