//! The registry of organisations, kept by the vendor's systems.

use super::{Mappings, MappingsError};
use crate::{
    ids::{OrganizationId, PartnerId},
    organization::{Organization, RegisteredBy},
    ports::Actor,
};
use std::collections::BTreeSet;
use tracing::info;

/// Most partners of a chain.
pub const MAX_CHAIN: usize = 10;
/// Longest name of an organisation, in characters.
pub const MAX_NAME: usize = 256;

impl Mappings {
    /// Registers an organisation, or changes it. Says whether it is new.
    pub async fn put_organization(
        &self,
        id: OrganizationId,
        name: String,
        chain: Vec<PartnerId>,
        actor: &Actor,
    ) -> Result<(Organization, bool), MappingsError> {
        let name = name.trim().to_owned();
        if !(1..=MAX_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            let message = format!("The name must have 1 to {MAX_NAME} characters and no control characters.");
            return Err(MappingsError::Invalid { field: "name", message });
        }
        let distinct: BTreeSet<&PartnerId> = chain.iter().collect();
        if !(1..=MAX_CHAIN).contains(&chain.len()) || distinct.len() != chain.len() {
            let message =
                format!("The chain must name 1 to {MAX_CHAIN} partners, each once, top tier first.");
            return Err(MappingsError::Invalid { field: "chain", message });
        }
        let organization = Organization {
            id,
            name: Some(name),
            chain,
            registered_by: RegisteredBy::Registry,
            updated_at: self.clock.now(),
        };
        let before = self.store.put_organization(&organization, actor).await?;
        info!(organization = %organization.id, "Organisation registered");
        self.nudge.nudge();
        Ok((organization, before.is_none()))
    }

    /// Removes an organisation from the registry, with its mappings.
    pub async fn delete_organization(&self, id: &OrganizationId, actor: &Actor) -> Result<(), MappingsError> {
        if !self.store.delete_organization(id, actor, self.clock.now()).await? {
            return Err(MappingsError::NoOrganization);
        }
        info!(organization = %id, "Organisation removed");
        self.nudge.nudge();
        Ok(())
    }
}
