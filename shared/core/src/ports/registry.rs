//! Connections, organisations and mappings: what people configure. Each change writes its audit line in the same step.

use super::{Actor, StoreError};
use crate::{
    connection::{Connection, ConnectionChange, ConnectionConflict},
    ids::{ConnectionId, OperationId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    operation::Operation,
    organization::Organization,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::{ClientId, LicenseId, Page};
use thiserror::Error;

/// Why a change of a connection was not made.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// The partner has no such connection.
    #[error("there is no such connection")]
    NotFound,
    /// The connection does not take it.
    #[error(transparent)]
    Conflict(#[from] ConnectionConflict),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a mapping is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutMapping {
    /// Whose events.
    pub organization: OrganizationId,
    /// Onto which client.
    pub client: ClientId,
    /// Its name, as just read from the PSA.
    pub client_name: String,
    /// The licence that takes the seat count.
    pub license: Option<LicenseId>,
    /// Whether events become tickets.
    pub flow: bool,
}

/// What became of a wish to map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingChange {
    /// Done.
    Saved(Mapping),
    /// The partner has no such connection, or it was revoked.
    NoConnection,
    /// There is no such organisation in whose chain the partner is.
    NoOrganization,
}

/// Steps on what people configure.
#[async_trait]
pub trait RegistryStore: Send + Sync {
    /// Keeps a new connection. False, and nothing kept, where the partner has one to the same tenant that is not
    /// revoked.
    async fn create_connection(&self, connection: &Connection, actor: &Actor) -> Result<bool, StoreError>;

    /// One of the partner's connections, revoked or not.
    async fn connection(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>, StoreError>;

    /// All of the partner's connections that are not revoked, oldest first.
    async fn connections(&self, partner: &PartnerId) -> Result<Vec<Connection>, StoreError>;

    /// All connections of all partners that are not revoked, in order of id: the operator's view.
    async fn all_connections(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError>;

    /// Applies a change. Confirming also asks for the connection's events to be routed again, in the same step.
    async fn change_connection(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        change: ConnectionChange,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Connection, ChangeError>;

    /// Registers an organisation, or changes it, and asks for its events to be routed again. Returns what it was.
    async fn put_organization(
        &self,
        organization: &Organization,
        actor: &Actor,
    ) -> Result<Option<Organization>, StoreError>;

    /// Removes an organisation from the registry, with its mappings, and asks for its events to be routed again. False
    /// where there is none.
    async fn delete_organization(
        &self,
        id: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// One organisation, whoever owns it.
    async fn organization(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// Organisations in whose chain the partner is, in order of id.
    async fn organizations(
        &self,
        partner: &PartnerId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Organization>, StoreError>;

    /// Maps an organisation, or changes its mapping, and asks for its events to be routed again.
    async fn put_mapping(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        mapping: &PutMapping,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<MappingChange, StoreError>;

    /// Removes a mapping. False where there is none. Deliveries that wait end as unmapped when their turn comes.
    async fn delete_mapping(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// One mapping.
    async fn mapping(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
    ) -> Result<Option<Mapping>, StoreError>;

    /// A connection's mappings in order of organisation, all or those of one health.
    async fn mappings(
        &self,
        connection: &ConnectionId,
        health: Option<MappingHealth>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Mapping>, StoreError>;

    /// Notes what became of the mapped client; nothing where the mapping is now onto another.
    async fn set_mapping_health(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        client: &ClientId,
        health: MappingHealth,
    ) -> Result<(), StoreError>;

    /// Keeps a new operation.
    async fn create_operation(&self, operation: &Operation, actor: &Actor) -> Result<(), StoreError>;

    /// One of the partner's operations.
    async fn operation(&self, partner: &PartnerId, id: &OperationId)
    -> Result<Option<Operation>, StoreError>;
}
