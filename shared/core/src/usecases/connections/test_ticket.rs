//! A test ticket: asked for here, made and found by the connection's worker on the same way as all tickets.

use super::{Connections, ConnectionsError};
use crate::{
    connection::{Connection, ConnectionConflict},
    ids::{ConnectionId, OperationId, PartnerId},
    operation::{Operation, OperationState},
    ports::Actor,
};
use psa_connector::ClientId;
use tracing::info;

impl Connections {
    /// Asks for a test ticket for a client. The same wish while one is being worked gets that one.
    pub async fn request_test_ticket(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        client: &ClientId,
        actor: &Actor,
    ) -> Result<Operation, ConnectionsError> {
        let connection = self.usable(partner, id).await?;
        if connection.settings.is_none() {
            return Err(ConnectionConflict::SettingsMissing.into());
        }
        if let Some(running) = self.running_test(&connection, client).await? {
            self.ring_or_leave_to_sweep(id).await;
            return Ok(running);
        }
        self.refuse_unfit_client(&connection, client).await?;
        let operation = self.new_test(connection, client);
        self.store.create_operation(&operation, actor).await?;
        info!(%partner, connection = %id, operation = %operation.id, "Test ticket asked for");
        self.ring_or_leave_to_sweep(id).await;
        Ok(operation)
    }

    async fn running_test(
        &self,
        connection: &Connection,
        client: &ClientId,
    ) -> Result<Option<Operation>, ConnectionsError> {
        let open = self.store.open_operations(&connection.id).await?;
        let same = |operation: &Operation| {
            operation.client == *client
                && operation.generation == connection.generation
                && operation.settings == connection.settings
        };
        Ok(open.into_iter().find(same))
    }

    async fn refuse_unfit_client(
        &self,
        connection: &Connection,
        client: &ClientId,
    ) -> Result<(), ConnectionsError> {
        let connector = self.open(connection).await?;
        match self.in_time("client", connector.client(client)).await? {
            None => Err(ConnectionsError::ClientNotFound),
            Some(client) if !client.active => Err(ConnectionsError::ClientInactive),
            Some(_) => Ok(()),
        }
    }

    fn new_test(&self, connection: Connection, client: &ClientId) -> Operation {
        let now = self.clock.now();
        Operation {
            id: OperationId::random(self.random.as_ref()),
            partner: connection.partner,
            connection: connection.id,
            client: client.clone(),
            generation: connection.generation,
            settings: connection.settings,
            created_at: now,
            state: OperationState::Waiting,
            due_at: now,
            steps: Vec::new(),
            version: 0,
        }
    }
}
