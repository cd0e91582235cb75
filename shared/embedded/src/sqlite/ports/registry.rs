//! Connections, organisations and mappings.

use crate::sqlite::{SqliteStore, connections, mappings, operations, organizations};
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
impl RegistryStore for SqliteStore {
    async fn create_connection(&self, connection: &Connection, actor: &Actor) -> Result<bool, StoreError> {
        let (connection, actor) = (connection.clone(), actor.clone());
        self.write(move |db| Ok(connections::create(db, &connection, &actor)?)).await
    }

    async fn connection(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        let (partner, id) = (partner.clone(), id.clone());
        self.read(move |db| connections::of_partner(db, &partner, &id)).await
    }

    async fn connections(&self, partner: &PartnerId) -> Result<Vec<Connection>, StoreError> {
        let partner = partner.clone();
        self.read(move |db| connections::list(db, &partner)).await
    }

    async fn all_connections(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError> {
        let after = after.map(str::to_owned);
        self.read(move |db| connections::list_all(db, after.as_deref(), limit)).await
    }

    async fn change_connection(
        &self,
        partner: &PartnerId,
        id: &ConnectionId,
        change: ConnectionChange,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Connection, ChangeError> {
        let (partner, id, actor) = (partner.clone(), id.clone(), actor.clone());
        let changed =
            self.write(move |db| connections::apply(db, &partner, &id, &change, &actor, now)).await?;
        self.nudge();
        Ok(changed)
    }

    async fn put_organization(
        &self,
        organization: &Organization,
        actor: &Actor,
    ) -> Result<Option<Organization>, StoreError> {
        let (organization, actor) = (organization.clone(), actor.clone());
        self.write(move |db| Ok(organizations::put(db, &organization, &actor)?)).await
    }

    async fn delete_organization(
        &self,
        id: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, actor) = (id.clone(), actor.clone());
        self.write(move |db| Ok(organizations::delete(db, &id, &actor, now)?)).await
    }

    async fn organization(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError> {
        let id = id.clone();
        self.read(move |db| organizations::load(db, &id)).await
    }

    async fn organizations(
        &self,
        partner: &PartnerId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Organization>, StoreError> {
        let (partner, after) = (partner.clone(), after.map(str::to_owned));
        self.read(move |db| organizations::list(db, &partner, after.as_deref(), limit)).await
    }

    async fn put_mapping(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        mapping: &PutMapping,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<MappingChange, StoreError> {
        let (partner, connection, mapping, actor) =
            (partner.clone(), connection.clone(), mapping.clone(), actor.clone());
        self.write(move |db| Ok(mappings::put(db, &partner, &connection, &mapping, &actor, now)?)).await
    }

    async fn delete_mapping(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (partner, connection, organization, actor) =
            (partner.clone(), connection.clone(), organization.clone(), actor.clone());
        self.write(move |db| Ok(mappings::delete(db, &partner, &connection, &organization, &actor, now)?))
            .await
    }

    async fn mapping(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
    ) -> Result<Option<Mapping>, StoreError> {
        let (connection, organization) = (connection.clone(), organization.clone());
        self.read(move |db| mappings::load(db, &connection, &organization)).await
    }

    async fn mappings(
        &self,
        connection: &ConnectionId,
        health: Option<MappingHealth>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Mapping>, StoreError> {
        let (connection, after) = (connection.clone(), after.map(str::to_owned));
        self.read(move |db| mappings::list(db, &connection, health, after.as_deref(), limit)).await
    }

    async fn set_mapping_health(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        client: &ClientId,
        health: MappingHealth,
    ) -> Result<(), StoreError> {
        let (connection, organization, client) = (connection.clone(), organization.clone(), client.clone());
        self.write(move |db| Ok(mappings::set_health(db, &connection, &organization, &client, health)?)).await
    }

    async fn create_operation(&self, operation: &Operation, actor: &Actor) -> Result<(), StoreError> {
        let (operation, actor) = (operation.clone(), actor.clone());
        self.write(move |db| Ok(operations::create(db, &operation, &actor)?)).await
    }

    async fn operation(
        &self,
        partner: &PartnerId,
        id: &OperationId,
    ) -> Result<Option<Operation>, StoreError> {
        let (partner, id) = (partner.clone(), id.clone());
        self.read(move |db| operations::load(db, &partner, &id)).await
    }
}
