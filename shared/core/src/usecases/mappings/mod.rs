//! What a partner does with mappings: look for clients, say which client an organisation is, be told what became of it.
//!
//! Every client and licence of a mapping was read from the PSA just before it is kept, so an id that was mistyped, or
//! carried over from another tenant, never reaches a ticket.

mod clients;
mod error;
mod health;
mod organizations;
mod put;
mod similarity;
mod suggest;
mod view;

pub use error::MappingsError;
pub use health::HealthCounts;
pub use organizations::{MAX_CHAIN, MAX_NAME};
pub use put::{BulkOutcome, MAX_BULK, MappingWish};
pub use similarity::Likeness;
pub use suggest::{Candidate, Suggestion, Suggestions};
pub use view::{ConnectionMapping, MappedClient, MappingView, OrganizationView};

use crate::{
    budget::Purpose,
    connection::Connection,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::Mapping,
    organization::Organization,
    ports::{Actor, ConnectorFactory, RouteNudge, Store},
};
use psa_connector::{Clock, PsaConnector};
use std::{fmt, sync::Arc};

/// Lookups in the store that may be under way at the same time for one answer.
const SIDE_BY_SIDE: usize = 16;

/// What partners do with mappings.
#[derive(Clone)]
pub struct Mappings {
    /// Where mappings are kept.
    pub store: Arc<dyn Store>,
    /// Opens connectors.
    pub connectors: Arc<dyn ConnectorFactory>,
    /// Nudged where events have to be routed again.
    pub nudge: Arc<dyn RouteNudge>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for Mappings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mappings").finish_non_exhaustive()
    }
}

impl Mappings {
    /// One mapping of an organisation that the partner owns.
    pub async fn get(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: &OrganizationId,
    ) -> Result<MappingView, MappingsError> {
        self.connection(partner, connection).await?;
        let organization = self.owned(partner, organization).await?;
        let mapping = self.mapping(connection, &organization.id).await?;
        Ok(MappingView::new(mapping, organization.name))
    }

    /// Removes a mapping.
    pub async fn delete(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: &OrganizationId,
        actor: &Actor,
    ) -> Result<(), MappingsError> {
        self.connection(partner, connection).await?;
        let now = self.clock.now();
        let deleted = self.store.delete_mapping(partner, connection, organization, actor, now).await?;
        if deleted { Ok(()) } else { Err(MappingsError::NoMapping) }
    }

    /// The partner's connection, revoked or not.
    async fn connection(&self, partner: &PartnerId, id: &ConnectionId) -> Result<Connection, MappingsError> {
        self.store.connection(partner, id).await?.ok_or(MappingsError::NoConnection)
    }

    /// The organisation, if the partner is in its chain.
    async fn owned(&self, partner: &PartnerId, id: &OrganizationId) -> Result<Organization, MappingsError> {
        let organization = self.store.organization(id).await?;
        organization
            .filter(|organization| organization.chain.contains(partner))
            .ok_or(MappingsError::NoOrganization)
    }

    async fn mapping(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
    ) -> Result<Mapping, MappingsError> {
        self.store.mapping(connection, organization).await?.ok_or(MappingsError::NoMapping)
    }

    /// The connector of a connection that may be asked.
    async fn open(
        &self,
        connection: &Connection,
        purpose: Purpose,
    ) -> Result<Arc<dyn PsaConnector>, MappingsError> {
        connection.may_be_asked()?;
        Ok(self.connectors.open(connection, purpose).await?)
    }
}
