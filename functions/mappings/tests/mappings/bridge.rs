//! The function with a PSA whose clients tests change.

use http::Method;
use psa_bridge_http::Scope;
use psa_bridge_mappings::{Mappings, router};
use psa_bridge_rig::{BookPsa, Reply, World, client};
use serde_json::Value;
use std::{ops::Deref, sync::Arc};

pub(crate) struct Bridge {
    pub(crate) mappings: Mappings,
    pub(crate) psa: BookPsa,
    http: psa_bridge_rig::Bridge,
}

impl Deref for Bridge {
    type Target = psa_bridge_rig::Bridge;
    fn deref(&self) -> &Self::Target {
        &self.http
    }
}

pub(crate) fn mappings(world: &World, psa: &BookPsa) -> Mappings {
    Mappings {
        store: world.store.clone(),
        connectors: Arc::new(psa.clone()),
        nudge: world.nudge.clone(),
        clock: world.clock.clone(),
    }
}

impl Bridge {
    /// A PSA with the clients 1 (Contoso) and 2 (Fabrikam), and the inactive 3.
    pub(crate) fn new() -> Self {
        let (world, psa) = (World::new(), BookPsa::default());
        psa.with(|books| {
            books.clients = vec![client("1", "Contoso"), client("2", "Fabrikam"), client("3", "Gone")];
            books.clients[2].active = false;
        });
        let mappings = mappings(&world, &psa);
        let http = psa_bridge_rig::Bridge::new(world, router(mappings.clone()));
        Self { mappings, psa, http }
    }

    pub(crate) async fn put(&self, partner: &str, path: &str, body: Value) -> Reply {
        self.ask(Method::PUT, path, Some(partner), Scope::Manage, Some(body)).await
    }

    pub(crate) async fn delete(&self, partner: &str, path: &str) -> Reply {
        self.ask(Method::DELETE, path, Some(partner), Scope::Manage, None).await
    }

    pub(crate) async fn registry(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.ask(method, path, None, Scope::WriteOrganizations, body).await
    }
}
