//! Connections, organisations and mappings.

use crate::store::MemoryStore;
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    connection::{Connection, ConnectionChange},
    ids::{ConnectionId, OperationId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    operation::Operation,
    organization::Organization,
    ports::{Actor, ChangeError, MappingChange, PutMapping, RegistryStore, StoreError},
};
use psa_connector::{ClientId, Page};

#[async_trait]
impl RegistryStore for MemoryStore {
    async fn create_connection(&self, connection: &Connection, actor: &Actor) -> Result<bool, StoreError> {
        self.step("create_connection", |state| Ok(state.create_connection(connection, actor))).await
    }

    async fn connection(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        self.step("connection", |state| Ok(state.connection_of(partner, id))).await
    }

    async fn connections(&self, partner: &PartnerId) -> Result<Vec<Connection>, StoreError> {
        self.step("connections", |state| Ok(state.connections_of(partner))).await
    }

    async fn all_connections(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError> {
        self.step("all_connections", |state| state.all_connections(after, limit)).await
    }

    async fn change_connection(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        change: ConnectionChange,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Connection, ChangeError> {
        self.step("change_connection", |state| state.change_connection(partner, id, &change, actor, now))
            .await
    }

    async fn put_organization(
        &self,
        organization: &Organization,
        actor: &Actor,
    ) -> Result<Option<Organization>, StoreError> {
        self.step("put_organization", |state| Ok(state.put_organization(organization, actor))).await
    }

    async fn delete_organization(
        &self,
        id: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.step("delete_organization", |state| Ok(state.delete_organization(id, actor, now))).await
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.step("organization", |state| Ok(state.organizations.get(id).cloned())).await
    }

    async fn organizations(
        &self,
        partner: &PartnerId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Organization>, StoreError> {
        self.step("organizations", |state| state.organizations_of(partner, after, limit)).await
    }

    async fn put_mapping(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        mapping: &PutMapping,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<MappingChange, StoreError> {
        self.step("put_mapping", |state| Ok(state.put_mapping(partner, connection, mapping, actor, now)))
            .await
    }

    async fn delete_mapping(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.step("delete_mapping", |state| {
            Ok(state.delete_mapping(partner, connection, organization, actor, now))
        })
        .await
    }

    async fn mapping(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
    ) -> Result<Option<Mapping>, StoreError> {
        self.step("mapping", |state| Ok(state.owned_mapping(connection, organization))).await
    }

    async fn mappings(
        &self,
        connection: &ConnectionId,
        health: Option<MappingHealth>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Mapping>, StoreError> {
        self.step("mappings", |state| state.mappings_of(connection, health, after, limit)).await
    }

    async fn set_mapping_health(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        client: &ClientId,
        health: MappingHealth,
    ) -> Result<(), StoreError> {
        self.step("set_mapping_health", |state| {
            state.set_mapping_health(connection, organization, client, health);
            Ok(())
        })
        .await
    }

    async fn create_operation(&self, operation: &Operation, actor: &Actor) -> Result<(), StoreError> {
        self.step("create_operation", |state| {
            state.create_operation(operation, actor);
            Ok(())
        })
        .await
    }

    async fn operation(
        &self,
        partner: &PartnerId,
        id: &OperationId,
    ) -> Result<Option<Operation>, StoreError> {
        let find = |state: &mut crate::store::State| {
            Ok(state.operations.get(id).filter(|operation| operation.partner == *partner).cloned())
        };
        self.step("operation", find).await
    }
}
