//! Where a person sees the ticket of a delivery. No request goes to the PSA for it.

use crate::{Activity, event_view::EventDetail};
use psa_bridge_core::{
    budget::Purpose,
    ids::{ConnectionId, PartnerId},
    ports::StoreError,
};
use psa_connector::PsaConnector;
use std::sync::Arc;

impl Activity {
    /// Adds the addresses of tickets. One that cannot be told is left out: the event is of use without it.
    pub(crate) async fn link_tickets(
        &self,
        partner: &PartnerId,
        event: &mut EventDetail,
    ) -> Result<(), StoreError> {
        for delivery in &mut event.summary.deliveries {
            let lines = delivery.timeline.iter_mut().filter_map(|line| line.ticket.as_mut());
            let mut tickets: Vec<_> = delivery.ticket.iter_mut().chain(lines).collect();
            if tickets.is_empty() {
                continue;
            }
            let Some(psa) = self.connector(partner, &delivery.connection).await? else { continue };
            for ticket in &mut tickets {
                ticket.url = Some(psa.ticket_url(&ticket.id));
            }
        }
        Ok(())
    }

    async fn connector(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
    ) -> Result<Option<Arc<dyn PsaConnector>>, StoreError> {
        let connection = self.store.connection(partner, connection).await?;
        let Some(connection) = connection.filter(|connection| connection.revoked_at.is_none()) else {
            return Ok(None);
        };
        match self.connectors.open(&connection, Purpose::Person).await {
            Ok(psa) => Ok(Some(psa)),
            Err(error) => {
                tracing::warn!(connection = %connection.id, %error, "Ticket address not told");
                Ok(None)
            }
        }
    }
}
