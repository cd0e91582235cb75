//! What a partner sees of the connections that it has.

use super::{ConnectionView, Connections, ConnectionsError};
use crate::{
    connection::Connection,
    ids::{ConnectionId, PartnerId},
};

impl Connections {
    /// All of the partner's connections that are not revoked, oldest first.
    pub async fn list(&self, partner: &PartnerId) -> Result<Vec<ConnectionView>, ConnectionsError> {
        let mut views = Vec::new();
        for connection in self.store.connections(partner).await? {
            views.push(self.view(connection).await?);
        }
        Ok(views)
    }

    /// One of the partner's connections, revoked or not.
    pub async fn get(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
    ) -> Result<ConnectionView, ConnectionsError> {
        let connection = self.any(partner, id).await?;
        self.view(connection).await
    }

    /// A connection as its partner sees it.
    pub async fn view(&self, connection: Connection) -> Result<ConnectionView, ConnectionsError> {
        let counters = self.store.counters(&connection.id).await?;
        Ok(ConnectionView::new(connection, counters))
    }
}
