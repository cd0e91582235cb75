//! Asking for leave before each request, so that a request budget can be kept across everything that calls a tenant.

use async_trait::async_trait;
use std::time::Duration;

/// What a request is, as far as the PSA's limits care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// Signing in.
    Token,
    /// Reading.
    Read,
    /// Changing something. PSAs that cannot bear parallel creates rely on the gate to let one through at a time.
    Write,
}

/// Gives leave for one request. Connectors ask before each request that goes onto the wire, repeats included, and
/// drop the permit once the answer is in.
#[async_trait]
pub trait RequestGate: Send + Sync + std::fmt::Debug {
    /// Waits for its turn, or says how long the budget is spent.
    async fn enter(&self, kind: RequestKind) -> Result<Box<dyn Send>, GateClosed>;
}

/// The budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateClosed {
    /// When to ask again.
    pub retry_after: Duration,
}

/// A gate that is always open.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenGate;

#[async_trait]
impl RequestGate for OpenGate {
    async fn enter(&self, _kind: RequestKind) -> Result<Box<dyn Send>, GateClosed> {
        Ok(Box::new(()))
    }
}
