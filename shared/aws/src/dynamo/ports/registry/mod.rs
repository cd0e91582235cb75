//! Connections, organisations and mappings.

pub(super) mod connections;
mod mappings;
mod organizations;

use crate::dynamo::{
    DynamoStore,
    key::Key,
    rows::{audit, operation},
    step,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    audit::operation_created,
    connection::{Connection, ConnectionChange},
    ids::{ConnectionId, OperationId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    operation::Operation,
    organization::Organization,
    ports::{Actor, ChangeError, MappingChange, PutMapping, RegistryStore, StoreError},
};
use psa_connector::{ClientId, Page};

#[async_trait]
impl RegistryStore for DynamoStore {
    async fn create_connection(&self, connection: &Connection, actor: &Actor) -> Result<bool, StoreError> {
        connections::create(self, connection, actor).await
    }

    async fn connection(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        connections::of_partner(self, partner, id).await
    }

    async fn connections(&self, partner: &PartnerId) -> Result<Vec<Connection>, StoreError> {
        connections::list(self, partner).await
    }

    async fn all_connections(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError> {
        connections::list_all(self, after, limit).await
    }

    async fn change_connection(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        change: ConnectionChange,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Connection, ChangeError> {
        connections::change(self, partner, id, &change, actor, now).await
    }

    async fn put_organization(
        &self,
        organization: &Organization,
        actor: &Actor,
    ) -> Result<Option<Organization>, StoreError> {
        organizations::put(self, organization, actor).await
    }

    async fn delete_organization(
        &self,
        id: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        organizations::delete(self, id, actor, now).await
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError> {
        organizations::one(self, id).await
    }

    async fn organizations(
        &self,
        partner: &PartnerId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Organization>, StoreError> {
        organizations::list(self, partner, after, limit).await
    }

    async fn put_mapping(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        mapping: &PutMapping,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<MappingChange, StoreError> {
        mappings::put(self, partner, connection, mapping, actor, now).await
    }

    async fn delete_mapping(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        mappings::delete(self, partner, connection, organization, actor, now).await
    }

    async fn mapping(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
    ) -> Result<Option<Mapping>, StoreError> {
        mappings::one(self, connection, organization).await
    }

    async fn mappings(
        &self,
        connection: &ConnectionId,
        health: Option<MappingHealth>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Mapping>, StoreError> {
        mappings::list(self, connection, health, after, limit).await
    }

    async fn set_mapping_health(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        client: &ClientId,
        health: MappingHealth,
    ) -> Result<(), StoreError> {
        mappings::set_health(self, connection, organization, client, health).await
    }

    async fn create_operation(&self, operation: &Operation, actor: &Actor) -> Result<(), StoreError> {
        step!(self, |tx| {
            if operation::get(&mut tx, &operation.id).await?.is_none() {
                operation::keep(&mut tx, operation)?;
                audit::write(&mut tx, &operation_created(operation, actor))?;
            }
        })
    }

    async fn operation(
        &self,
        partner: &PartnerId,
        id: &OperationId,
    ) -> Result<Option<Operation>, StoreError> {
        let kept = self.begin().peek(&Key::operation(id)).await?;
        let kept: Option<Operation> = kept.map(|item| item.read()).transpose()?;
        Ok(kept.filter(|operation| operation.partner == *partner))
    }
}
