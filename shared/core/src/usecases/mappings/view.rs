//! Mappings and organisations as a partner reads them.

use super::{Mappings, MappingsError, SIDE_BY_SIDE};
use crate::{
    connection::Connection,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    organization::Organization,
    ports::StoreError,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use psa_connector::{ClientId, LicenseId, Page, PsaKind};
use serde::Serialize;
use utoipa::ToSchema;

/// A mapping, with the organisation's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MappingView {
    /// In which connection.
    pub connection: ConnectionId,
    /// Which organisation.
    pub organization: OrganizationId,
    /// What a person calls it.
    pub organization_name: Option<String>,
    /// Which client of the PSA it is.
    #[schema(value_type = String)]
    pub client: ClientId,
    /// The client's name when it was mapped.
    pub client_name: String,
    /// The licence that takes the seat count.
    #[schema(value_type = Option<String>)]
    pub license: Option<LicenseId>,
    /// Whether events become tickets.
    pub flow: bool,
    /// Whether the client is still what it was.
    pub health: MappingHealth,
    /// When it was made or last changed.
    pub updated_at: Timestamp,
}

impl MappingView {
    pub(super) fn new(mapping: Mapping, organization_name: Option<String>) -> Self {
        Self {
            connection: mapping.connection,
            organization: mapping.organization,
            organization_name,
            client: mapping.client,
            client_name: mapping.client_name,
            license: mapping.license,
            flow: mapping.flow,
            health: mapping.health,
            updated_at: mapping.updated_at,
        }
    }
}

/// An organisation and how it is mapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganizationView {
    /// The vendor's id.
    pub id: OrganizationId,
    /// What a person calls it.
    pub name: Option<String>,
    /// The partner's connections in which it is mapped.
    pub mappings: Vec<MappedClient>,
}

/// How an organisation is mapped in one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MappedClient {
    /// In which connection.
    pub connection: ConnectionId,
    /// Which client of the PSA it is.
    #[schema(value_type = String)]
    pub client: ClientId,
    /// The client's name when it was mapped.
    pub client_name: String,
    /// Whether events become tickets.
    pub flow: bool,
    /// Whether the client is still what it was.
    pub health: MappingHealth,
}

/// One of the partner's connections, seen from an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConnectionMapping {
    /// The connection.
    pub connection: ConnectionId,
    /// Which PSA.
    pub psa: PsaKind,
    /// What a person calls the tenant.
    pub tenant: String,
    /// Whether its set-up was confirmed, so that events become tickets.
    pub live: bool,
    /// How the organisation is mapped in it; null where it is not.
    pub mapping: Option<MappingView>,
}

impl Mappings {
    /// A connection's mappings, all or those of one health.
    pub async fn list(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        health: Option<MappingHealth>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<MappingView>, MappingsError> {
        self.connection(partner, connection).await?;
        let page = self.store.mappings(connection, health, after, limit).await?;
        let named: Vec<_> = page.items.into_iter().map(|mapping| self.named(partner, mapping)).collect();
        let items = stream::iter(named).buffered(SIDE_BY_SIDE).try_collect().await?;
        Ok(Page { items, next: page.next })
    }

    /// The partner's organisations, each with how it is mapped.
    pub async fn organizations(
        &self,
        partner: &PartnerId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<OrganizationView>, MappingsError> {
        let page = self.store.organizations(partner, after, limit).await?;
        let connections = &self.store.connections(partner).await?;
        let views: Vec<_> =
            page.items.into_iter().map(|it| self.organization_view(it, connections)).collect();
        let items = stream::iter(views).buffered(SIDE_BY_SIDE).try_collect().await?;
        Ok(Page { items, next: page.next })
    }

    /// All of the partner's connections, with how an organisation is mapped in each.
    pub async fn connections_of(
        &self,
        partner: &PartnerId,
        organization: &OrganizationId,
    ) -> Result<Vec<ConnectionMapping>, MappingsError> {
        let organization = self.owned(partner, organization).await?;
        let mut views = Vec::new();
        for connection in self.store.connections(partner).await? {
            let mapping = self.store.mapping(&connection.id, &organization.id).await?;
            views.push(ConnectionMapping {
                live: connection.is_live(),
                connection: connection.id,
                psa: connection.psa,
                tenant: connection.tenant.name,
                mapping: mapping.map(|mapping| MappingView::new(mapping, organization.name.clone())),
            });
        }
        Ok(views)
    }

    async fn named(&self, partner: &PartnerId, mapping: Mapping) -> Result<MappingView, StoreError> {
        let organization = self.store.organization(&mapping.organization).await?;
        // Of an organisation that changed hands, the name is no longer this partner's to see.
        let organization = organization.filter(|organization| organization.chain.contains(partner));
        Ok(MappingView::new(mapping, organization.and_then(|it| it.name)))
    }

    async fn organization_view(
        &self,
        organization: Organization,
        connections: &[Connection],
    ) -> Result<OrganizationView, StoreError> {
        let mut mappings = Vec::new();
        for connection in connections {
            if let Some(mapping) = self.store.mapping(&connection.id, &organization.id).await? {
                mappings.push(MappedClient {
                    connection: mapping.connection,
                    client: mapping.client,
                    client_name: mapping.client_name,
                    flow: mapping.flow,
                    health: mapping.health,
                });
            }
        }
        Ok(OrganizationView { id: organization.id, name: organization.name, mappings })
    }
}
