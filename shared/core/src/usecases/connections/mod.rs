//! What a partner does with connections: connect a PSA, choose the tickets, prove that it works, confirm, stop, revoke.
//!
//! Nothing is stored that the PSA has not shown to work, and whatever is left half done by a crash is either harmless or
//! mended by doing the same again.

mod backfill;
mod change;
mod connect;
mod contact;
mod error;
mod read;
mod settings;
mod test_ticket;
mod view;

pub use connect::Connect;
pub use error::ConnectionsError;
pub use settings::SaveSettings;
pub use view::{Badge, ConnectionView, Health, Hold, SetupStep};

use crate::{
    connection::{CheckResult, Connection, ConnectionChange, ConnectionConflict},
    ids::{ConnectionId, PartnerId},
    ports::{Actor, Bell, ConnectorFactory, RouteNudge, Store, Vault},
};
use futures_util::future::{Either, select};
use psa_connector::{Clock, PsaConnector, PsaError, PsaErrorKind, Random};
use std::{fmt, future::Future, pin::pin, sync::Arc, time::Duration};
use tracing::warn;

/// How long a person waits for the PSA. Leaves an HTTP answer, which has 25 seconds, time to keep what came of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What partners do with connections.
#[derive(Clone)]
pub struct Connections {
    /// Where connections are kept.
    pub store: Arc<dyn Store>,
    /// Where their credentials are kept.
    pub vault: Arc<dyn Vault>,
    /// Opens connectors.
    pub connectors: Arc<dyn ConnectorFactory>,
    /// Rung where a connection has, or may have, work again.
    pub bell: Arc<dyn Bell>,
    /// Nudged where events may have to be routed again.
    pub nudge: Arc<dyn RouteNudge>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub random: Arc<dyn Random>,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").finish_non_exhaustive()
    }
}

impl Connections {
    /// The partner's connection, revoked or not.
    async fn any(&self, partner: &PartnerId, id: &ConnectionId) -> Result<Connection, ConnectionsError> {
        self.store.connection(partner, id).await?.ok_or(ConnectionsError::NotFound)
    }

    /// The partner's connection, if it was not revoked.
    async fn usable(&self, partner: &PartnerId, id: &ConnectionId) -> Result<Connection, ConnectionsError> {
        let connection = self.any(partner, id).await?;
        if connection.revoked_at.is_some() {
            return Err(ConnectionConflict::Revoked.into());
        }
        Ok(connection)
    }

    async fn change(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        change: ConnectionChange,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let changed = self.store.change_connection(partner, id, change, actor, self.clock.now()).await?;
        Ok(changed)
    }

    async fn ask_all(&self, connector: &dyn PsaConnector) -> Result<CheckResult, PsaError> {
        let report = self.in_time("check", async { Ok(connector.check().await) }).await?;
        Ok(CheckResult { at: self.clock.now(), report })
    }

    /// What the PSA answers while the person still waits. Only for what can be left off at any moment.
    async fn in_time<T>(
        &self,
        operation: &'static str,
        asking: impl Future<Output = Result<T, PsaError>>,
    ) -> Result<T, PsaError> {
        let waiting = self.clock.sleep(PATIENCE);
        match select(pin!(asking), waiting).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                let detail = format!("No answer within {} seconds", PATIENCE.as_secs());
                Err(PsaError::new(PsaErrorKind::Unavailable, operation, detail))
            }
        }
    }

    /// The change that there is work for is stored; a bell that cannot be rung only makes the sweep find it later.
    async fn ring_or_leave_to_sweep(&self, connection: &ConnectionId) {
        if let Err(error) = self.bell.ring(connection).await {
            warn!(%connection, %error, "Bell not rung, left to the sweep");
        }
    }

    /// Wakes whoever may have work now that events reach the connection again.
    async fn wake(&self, connection: &ConnectionId) {
        self.nudge.nudge();
        self.ring_or_leave_to_sweep(connection).await;
    }
}
