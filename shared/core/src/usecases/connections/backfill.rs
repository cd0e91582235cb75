//! The backfill of a connection, as its partner asks for it and sees it.

use super::{Connections, ConnectionsError};
use crate::{
    connection::ConnectionConflict,
    ids::{ConnectionId, PartnerId},
    ports::{Actor, BackfillAsked, BackfillProgress},
};
use tracing::info;

impl Connections {
    /// Where the backfill of one of the partner's connections stands.
    pub async fn backfill_progress(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
    ) -> Result<BackfillProgress, ConnectionsError> {
        self.any(partner, id).await?;
        Ok(self.store.backfill_progress(id, self.clock.now()).await?)
    }

    /// Asks for the backfill of a live connection. While one that was asked for goes on, that is the answer.
    pub async fn ask_backfill(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        actor: &Actor,
    ) -> Result<BackfillProgress, ConnectionsError> {
        if self.usable(partner, id).await?.confirmed_at.is_none() {
            return Err(ConnectionConflict::NotConfirmed.into());
        }
        match self.store.ask_backfill(partner, id, actor, self.clock.now()).await? {
            BackfillAsked::Asked => info!(%partner, connection = %id, "Backfill asked for"),
            BackfillAsked::Already => {}
            // Revoked since it was looked at.
            BackfillAsked::NoConnection => return Err(ConnectionConflict::Revoked.into()),
        }
        self.nudge.nudge();
        self.backfill_progress(partner, id).await
    }
}
