//! Saying which client an organisation is, one at a time or many at once.

use super::{Mappings, MappingsError, view::MappingView};
use crate::{
    budget::Purpose,
    connection::Connection,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    organization::Organization,
    ports::{Actor, MappingChange, PutMapping},
};
use psa_connector::{ClientId, LicenseId, PsaConnector};
use std::{collections::BTreeSet, sync::Arc};
use tracing::info;

/// Most mappings of one request.
pub const MAX_BULK: usize = 500;

/// What a partner wants a mapping to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingWish {
    /// Which organisation.
    pub organization: OrganizationId,
    /// Which client of the PSA it is.
    pub client: ClientId,
    /// The licence that takes the seat count.
    pub license: Option<LicenseId>,
    /// Whether events become tickets.
    pub flow: bool,
}

/// What became of one wish of many.
#[derive(Debug)]
pub struct BulkOutcome {
    /// Which organisation.
    pub organization: OrganizationId,
    /// The mapping, or why there is none.
    pub result: Result<MappingView, MappingsError>,
}

/// A wish that may be kept as far as our own records go.
struct Admitted {
    organization: Organization,
    before: Option<Mapping>,
    wish: MappingWish,
}

impl Admitted {
    /// Switching the flow off must work while the PSA does not, or no longer shows the client; nothing else changes.
    fn only_switches_off(&self) -> bool {
        let same =
            |before: &Mapping| before.client == self.wish.client && before.license == self.wish.license;
        !self.wish.flow && self.before.as_ref().is_some_and(same)
    }
}

impl Mappings {
    /// Maps an organisation, or changes its mapping.
    pub async fn put(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: MappingWish,
        actor: &Actor,
    ) -> Result<MappingView, MappingsError> {
        let outcomes = self.put_all(partner, connection, vec![wish], actor).await?;
        match outcomes.into_iter().next() {
            Some(outcome) => outcome.result,
            None => Err(MappingsError::NotReached),
        }
    }

    /// Does so for many, each by itself: what is wrong with one keeps none of the others. Trouble with the PSA fails
    /// them all, before any was kept.
    pub async fn put_all(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wishes: Vec<MappingWish>,
        actor: &Actor,
    ) -> Result<Vec<BulkOutcome>, MappingsError> {
        let connection = self.connection(partner, connection).await?;
        if connection.revoked_at.is_some() {
            return Err(crate::connection::ConnectionConflict::Revoked.into());
        }
        let mut seen = BTreeSet::new();
        let mut admitted = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let id = wish.organization.clone();
            let twice = !seen.insert(id.clone());
            admitted.push((id, self.admit(partner, &connection, wish, twice).await));
        }
        let psa = self.open_if_needed(&connection, &admitted).await?;
        let found = match &psa {
            Some(psa) => {
                let asked = || {
                    admitted
                        .iter()
                        .filter_map(|(_, it)| it.as_ref().ok())
                        .filter(|it| !it.only_switches_off())
                };
                let clients = asked().map(|it| &it.wish.client).collect();
                let licensed = asked().filter(|it| it.wish.license.is_some()).map(|it| &it.wish.client);
                let licensed = if psa.capabilities().seats() { licensed.collect() } else { BTreeSet::new() };
                self.look_up(psa.as_ref(), clients, licensed).await?
            }
            None => super::clients::Found::default(),
        };
        let mut outcomes = Vec::with_capacity(admitted.len());
        for (organization, admitted) in admitted {
            let result = match admitted {
                Ok(admitted) => self.keep(&connection, psa.as_deref(), &found, admitted, actor).await,
                Err(error) => Err(error),
            };
            outcomes.push(BulkOutcome { organization, result });
        }
        let saved = outcomes.iter().filter(|outcome| outcome.result.is_ok()).count();
        if saved > 0 {
            info!(%partner, connection = %connection.id, saved, "Mappings saved");
            self.nudge.nudge();
        }
        Ok(outcomes)
    }

    async fn admit(
        &self,
        partner: &PartnerId,
        connection: &Connection,
        wish: MappingWish,
        twice: bool,
    ) -> Result<Admitted, MappingsError> {
        if twice {
            return Err(MappingsError::NamedTwice);
        }
        let organization = self.owned(partner, &wish.organization).await?;
        let before = self.store.mapping(&connection.id, &wish.organization).await?;
        Ok(Admitted { organization, before, wish })
    }

    async fn open_if_needed(
        &self,
        connection: &Connection,
        admitted: &[(OrganizationId, Result<Admitted, MappingsError>)],
    ) -> Result<Option<Arc<dyn PsaConnector>>, MappingsError> {
        let needed = admitted.iter().any(|(_, it)| it.as_ref().is_ok_and(|it| !it.only_switches_off()));
        if needed { self.open(connection, Purpose::Person).await.map(Some) } else { Ok(None) }
    }

    async fn keep(
        &self,
        connection: &Connection,
        psa: Option<&dyn PsaConnector>,
        found: &super::clients::Found,
        admitted: Admitted,
        actor: &Actor,
    ) -> Result<MappingView, MappingsError> {
        let switches_off = admitted.only_switches_off();
        let Admitted { organization, before, wish } = admitted;
        let (client_name, health) = match before {
            Some(before) if switches_off => (before.client_name, before.health),
            _ => {
                let client = found.active_client(&wish.client)?;
                if let Some(license) = &wish.license {
                    if !psa.is_some_and(|psa| psa.capabilities().seats()) {
                        return Err(MappingsError::NoLicenses);
                    }
                    found.has_license(&wish.client, license)?;
                }
                (client.name.clone(), MappingHealth::Ok)
            }
        };
        let put = PutMapping {
            organization: wish.organization,
            client: wish.client,
            client_name,
            license: wish.license,
            flow: wish.flow,
        };
        let now = self.clock.now();
        match self.store.put_mapping(&connection.partner, &connection.id, &put, actor, now).await? {
            MappingChange::Saved(mut mapping) => {
                if mapping.health != health {
                    self.store
                        .set_mapping_health(
                            &mapping.connection,
                            &mapping.organization,
                            &mapping.client,
                            health,
                        )
                        .await?;
                    mapping.health = health;
                }
                Ok(MappingView::new(mapping, organization.name))
            }
            MappingChange::NoConnection => Err(MappingsError::NoConnection),
            MappingChange::NoOrganization => Err(MappingsError::NoOrganization),
        }
    }
}
