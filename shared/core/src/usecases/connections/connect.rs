//! Credentials in: they are tried before they are kept, and kept in the vault before anything refers to them.

use super::{Connections, ConnectionsError};
use crate::{
    budget::Purpose,
    catalogue::Language,
    connection::{CheckResult, Connection, ConnectionChange, ConnectionConflict},
    ids::{ConnectionId, PartnerId},
    ports::Actor,
};
use psa_connector::{Credentials, Integration, PsaConnector, PsaKind, TenantIdentity};
use std::sync::Arc;
use tracing::{error, info};

/// A wish to connect a PSA.
#[derive(Clone, Debug)]
pub struct Connect {
    /// Which.
    pub psa: PsaKind,
    /// With which credentials.
    pub credentials: Credentials,
    /// The language of its tickets and mails.
    pub language: Language,
}

impl Connections {
    /// The PSAs on offer: what a partner enters, how to prepare the PSA, and what it can do then.
    pub fn integrations(&self) -> Vec<Integration> {
        psa_connector::integrations()
    }

    /// Connects a PSA whose check passes. Unless it does, nothing is stored.
    pub async fn connect(
        &self,
        partner: &PartnerId,
        wish: Connect,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let (tenant, check) = self.try_out(wish.psa, &wish.credentials).await?;
        let id = ConnectionId::random(self.random.as_ref());
        let connection = Connection::new(id, partner.clone(), tenant, wish.language, check);
        self.vault.put(&connection.id, connection.generation, &wish.credentials).await?;
        match self.store.create_connection(&connection, actor).await {
            Ok(true) => {
                info!(%partner, connection = %connection.id, psa = ?connection.psa, "Connected");
                Ok(connection)
            }
            Ok(false) => {
                self.delete_unused_secret(&connection).await;
                Err(ConnectionsError::AlreadyConnected { tenant: connection.tenant.name })
            }
            Err(error) => {
                self.delete_unused_secret(&connection).await;
                Err(error.into())
            }
        }
    }

    /// Gives a connection new credentials for the same tenant, which also ends a suspension.
    pub async fn replace_credentials(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        credentials: &Credentials,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let connection = self.usable(partner, id).await?;
        let (tenant, check) = self.try_out(connection.psa, credentials).await?;
        if !same_tenant(&tenant, &connection.tenant) {
            return Err(ConnectionsError::DifferentTenant {
                bound: connection.tenant.name,
                found: tenant.name,
            });
        }
        let next = connection.generation.saturating_add(1);
        self.vault.put(id, next, credentials).await?;
        let change = ConnectionChange::CredentialsReplaced { replaces: connection.generation, check };
        let replaced = match self.change(partner, id, change, actor).await {
            Ok(replaced) => replaced,
            Err(ConnectionsError::Conflict(ConnectionConflict::Revoked)) => {
                // Revoked while the new ones were tried: what was just kept must go as well.
                self.vault.delete_below(id, next.saturating_add(1)).await?;
                return Err(ConnectionConflict::Revoked.into());
            }
            // A secret that nothing refers to: the next replacement overwrites it, revoking deletes it.
            Err(error) => return Err(error),
        };
        self.connectors.retire(id, replaced.generation);
        self.vault.delete_below(id, replaced.generation).await?;
        info!(%partner, connection = %id, generation = replaced.generation, "Credentials replaced");
        self.wake(id).await;
        Ok(replaced)
    }

    /// Checks a connection with the credentials that it has. A check that passes ends a suspension.
    pub async fn check(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        actor: &Actor,
    ) -> Result<Connection, ConnectionsError> {
        let connection = self.usable(partner, id).await?;
        let connector = self.open(&connection).await?;
        let check = self.ask_all(connector.as_ref()).await?;
        let checked = self.change(partner, id, ConnectionChange::Checked(check), actor).await?;
        if connection.suspended.is_some() && checked.suspended.is_none() {
            self.ring_or_leave_to_sweep(id).await;
        }
        Ok(checked)
    }

    /// The connector of a connection, for a person who waits.
    pub(super) async fn open(
        &self,
        connection: &Connection,
    ) -> Result<Arc<dyn PsaConnector>, ConnectionsError> {
        Ok(self.connectors.open(connection, Purpose::Person).await?)
    }

    /// The tenant that credentials lead to, if they pass the check.
    async fn try_out(
        &self,
        psa: PsaKind,
        credentials: &Credentials,
    ) -> Result<(TenantIdentity, CheckResult), ConnectionsError> {
        let connector = self.connectors.try_out(psa, credentials)?;
        let check = self.ask_all(connector.as_ref()).await?;
        if !check.report.passed() {
            return Err(ConnectionsError::NotConnected { report: check.report });
        }
        Ok((self.in_time("tenant", connector.tenant()).await?, check))
    }

    /// The failure that led here is what the caller has to know; a secret that stays is for the operator.
    async fn delete_unused_secret(&self, connection: &Connection) {
        let after = connection.generation.saturating_add(1);
        if let Err(error) = self.vault.delete_below(&connection.id, after).await {
            error!(connection = %connection.id, %error, "Unused credentials not deleted");
        }
    }
}

/// Names are for people and may change.
fn same_tenant(one: &TenantIdentity, other: &TenantIdentity) -> bool {
    one.psa == other.psa && one.key == other.key
}
