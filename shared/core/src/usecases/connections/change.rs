//! A connection's life: confirmed, paused, resumed, revoked. Each may be asked for again.

use super::{Connections, ConnectionsError, view};
use crate::{
    connection::{Connection, ConnectionChange, ConnectionConflict},
    ids::{ConnectionId, PartnerId},
    ports::{Actor, ChangeError},
};
use tracing::info;

impl Connections {
    /// Confirms the set-up: from then on events become tickets, those of the last 48 hours too.
    pub async fn confirm(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        match self.change(partner, id, ConnectionChange::Confirmed, actor).await {
            Ok(confirmed) => {
                info!(%partner, connection = %id, "Set-up confirmed");
                self.wake(id).await;
                Ok(confirmed)
            }
            Err(ConnectionsError::Conflict(conflict)) if conflict != ConnectionConflict::Revoked => {
                let left = view::left_to_confirm(&self.any(partner, id).await?);
                // Between the refusal and this reading somebody may have done what was left.
                Err(if left.is_empty() { conflict.into() } else { ConnectionsError::NotReady(left) })
            }
            Err(error) => Err(error),
        }
    }

    /// Holds its deliveries until somebody resumes it.
    pub async fn pause(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        self.change(partner, id, ConnectionChange::Paused { by: actor.0.clone() }, actor).await
    }

    /// Ends a pause.
    pub async fn resume(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let resumed = self.change(partner, id, ConnectionChange::Resumed, actor).await?;
        self.wake(id).await;
        Ok(resumed)
    }

    /// Ends a connection for good. Once this returned, no call begins with its credentials, and they are deleted. Asked
    /// for again, it finishes what may have failed the first time.
    pub async fn revoke(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let now = self.clock.now();
        let revoked =
            match self.store.change_connection(partner, id, ConnectionChange::Revoked, actor, now).await {
                Err(ChangeError::Conflict(ConnectionConflict::Revoked)) => self.any(partner, id).await?,
                changed => changed?,
            };
        // A revoked generation has no secret, save one that a replacement left there at the same moment: it goes too.
        let all = revoked.generation.saturating_add(1);
        self.connectors.retire(id, all);
        self.vault.delete_below(id, all).await?;
        info!(%partner, connection = %id, "Revoked");
        // The worker ends what waits.
        self.ring_or_leave_to_sweep(id).await;
        Ok(revoked)
    }
}
