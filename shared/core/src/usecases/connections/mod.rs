//! What a partner does with connections: connect a PSA, choose the tickets, prove that it works, confirm, stop, revoke.
//!
//! Nothing is stored that the PSA has not shown to work, and whatever is left half done by a crash is either harmless or
//! mended by doing the same again.

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
use psa_connector::{Clock, PsaConnector, Random};
use std::{fmt, sync::Arc};
use tracing::warn;

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

    async fn ask_all(&self, connector: &dyn PsaConnector) -> CheckResult {
        let report = connector.check().await;
        CheckResult { at: self.clock.now(), report }
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
