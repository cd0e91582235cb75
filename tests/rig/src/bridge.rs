//! One function over HTTP, behind the protection of production, and a client that speaks to it.

use super::{World, id};
use axum::{Router, body::Body};
use http::{Method, Request, StatusCode};
use jiff::SignedDuration;
use psa_bridge_http::{
    CursorKey, JwtAuthenticator, JwtKeys, LocalKey, Protection, Scope, TokenRequest, TokenRules, finish,
    mint, protect,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{ops::Deref, sync::Arc};
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;

/// A partner.
pub const ACME: &str = "acme";
/// Another partner.
pub const GLOBEX: &str = "globex";

/// A function, and the world that it stands on.
pub struct Bridge {
    world: World,
    router: Router,
    rules: TokenRules,
    key: LocalKey,
}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its body, null where there is none.
    pub body: Value,
}

impl Reply {
    /// Status and code of a problem.
    #[track_caller]
    pub fn problem(&self) -> (u16, &str) {
        (
            self.status.as_u16(),
            self.body["code"].as_str().unwrap_or_else(|| panic!("no problem: {}", self.body)),
        )
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }
}

impl Deref for Bridge {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

impl Bridge {
    /// Protects the routes and serves them.
    pub fn new(world: World, routes: OpenApiRouter) -> Self {
        let key = LocalKey::new("0123456789abcdef0123456789abcdef".into()).unwrap();
        let rules = TokenRules::new("https://id.example", "psa-bridge");
        let keys = JwtKeys::local(&key);
        let protection = Protection {
            authenticator: Arc::new(JwtAuthenticator::new(rules.clone(), keys, world.clock.clone())),
            idempotency: world.store.clone(),
            cursors: CursorKey::new(&[7; 32]),
            clock: world.clock.clone(),
        };
        let (routes, _) = protect(routes, &protection).split_for_parts();
        Self { world, router: finish(routes), rules, key }
    }

    /// Asks as a user of the partner, or as a machine that belongs to none.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        partner: Option<&str>,
        scope: Scope,
        body: Option<Value>,
    ) -> Reply {
        let mut request = self.request(method, path, partner, scope);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    /// Reads as the partner.
    pub async fn get(&self, partner: &str, path: &str) -> Reply {
        self.ask(Method::GET, path, Some(partner), Scope::Read, None).await
    }

    /// Reads as the partner, in these languages.
    pub async fn get_in(&self, languages: &str, partner: &str, path: &str) -> Reply {
        let request = self.request(Method::GET, path, Some(partner), Scope::Read);
        self.send(request.header("accept-language", languages).body(Body::empty()).unwrap()).await
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        partner: Option<&str>,
        scope: Scope,
    ) -> http::request::Builder {
        let request = TokenRequest {
            subject: "user-7".into(),
            partner: partner.map(id),
            scopes: vec![scope],
            valid_for: SignedDuration::from_hours(1),
        };
        let token = mint(&self.key, &self.rules, &request, self.now()).unwrap();
        let bearer = format!("Bearer {}", token.expose_secret());
        Request::builder().method(method).uri(path).header("authorization", bearer)
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Reply { status, body }
    }
}
