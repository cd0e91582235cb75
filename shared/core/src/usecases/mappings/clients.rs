//! Reading clients and licences from the PSA: for the person who searches, and to make sure of what a mapping names.

use super::{Mappings, MappingsError};
use crate::{
    audit,
    budget::Purpose,
    ids::{ConnectionId, PartnerId},
    ports::Actor,
};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use psa_connector::{Client, ClientId, License, LicenseDraft, LicenseId, Page, PsaConnector, PsaError};
use std::collections::{BTreeMap, BTreeSet};

/// More clients than that are looked up by reading the list, which takes fewer requests.
const ONE_BY_ONE: usize = 10;
/// Longest name of a licence that is made, in characters.
const MAX_LICENSE_NAME: usize = 200;
/// How long looking up may take; an answer must be given within 25 seconds, and what was found is kept after it.
const TIME: SignedDuration = SignedDuration::from_secs(14);

impl Mappings {
    /// The PSA's active clients whose name contains `search`, by page.
    pub async fn search_clients(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        search: &str,
        after: Option<&str>,
    ) -> Result<Page<Client>, MappingsError> {
        let connection = self.connection(partner, connection).await?;
        let psa = self.open(&connection, Purpose::Person).await?;
        Ok(psa.search_clients(search.trim(), after).await?)
    }

    /// The licences of a client.
    pub async fn licenses(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        client: &ClientId,
    ) -> Result<Vec<License>, MappingsError> {
        let connection = self.connection(partner, connection).await?;
        let psa = self.open(&connection, Purpose::Person).await?;
        if !psa.capabilities().seats() {
            return Ok(Vec::new());
        }
        Ok(psa.licenses(client).await?)
    }

    /// Makes a licence for a client that has none of that name; of one that has, answers that one. The audit tells who asked
    /// for it.
    pub async fn create_license(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        client: &ClientId,
        draft: &LicenseDraft,
        actor: &Actor,
    ) -> Result<License, MappingsError> {
        let connection = self.connection(partner, connection).await?;
        if draft.name.trim().is_empty() || draft.name.chars().count() > MAX_LICENSE_NAME {
            let message = format!("A licence's name has 1 to {MAX_LICENSE_NAME} characters.");
            return Err(MappingsError::Invalid { field: "name", message });
        }
        if draft.count < 0 {
            let message = "A licence counts no fewer than 0 seats.".to_owned();
            return Err(MappingsError::Invalid { field: "count", message });
        }
        let psa = self.open(&connection, Purpose::Person).await?;
        if !psa.capabilities().create_license {
            return Err(MappingsError::NoNewLicenses);
        }
        match psa.client(client).await? {
            None => Err(MappingsError::ClientMissing(client.clone())),
            Some(found) if !found.active => Err(MappingsError::ClientInactive(client.clone())),
            Some(_) => {
                let line = audit::license_asked(&connection, client, draft, actor, self.clock.now());
                self.store.write_audit(&line).await?;
                Ok(psa.create_license(client, draft).await?)
            }
        }
    }

    /// Reads what mappings name.
    pub(super) async fn look_up(
        &self,
        psa: &dyn PsaConnector,
        clients: BTreeSet<&ClientId>,
        with_licenses: BTreeSet<&ClientId>,
    ) -> Result<Found, PsaError> {
        let until = self.clock.now().saturating_add(TIME).unwrap_or(Timestamp::MAX);
        let mut found = Found::default();
        if clients.len() > ONE_BY_ONE {
            self.read_list(psa, &clients, &mut found, until).await?;
        }
        let side_by_side = usize::try_from(psa.capabilities().concurrency).unwrap_or(1).max(1);
        let left: Vec<_> = clients
            .into_iter()
            .filter(|id| !found.clients.contains_key(*id))
            .cloned()
            .map(|id| async move {
                if self.clock.now() >= until {
                    return Ok(None);
                }
                let client = psa.client(&id).await?;
                Ok::<_, PsaError>(Some((id, client)))
            })
            .collect();
        let mut reads = stream::iter(left).buffered(side_by_side);
        while let Some(read) = reads.next().await {
            found.clients.extend(read?);
        }
        let licenses: Vec<_> = with_licenses
            .into_iter()
            .cloned()
            .map(|id| async move {
                if self.clock.now() >= until {
                    return Ok(None);
                }
                let licenses = psa.licenses(&id).await?;
                Ok::<_, PsaError>(Some((id, licenses.into_iter().map(|license| license.id).collect())))
            })
            .collect();
        let mut reads = stream::iter(licenses).buffered(side_by_side);
        while let Some(read) = reads.next().await {
            found.licenses.extend(read?);
        }
        Ok(found)
    }

    async fn read_list(
        &self,
        psa: &dyn PsaConnector,
        wanted: &BTreeSet<&ClientId>,
        found: &mut Found,
        until: Timestamp,
    ) -> Result<(), PsaError> {
        let mut cursor = None;
        loop {
            let page = psa.search_clients("", cursor.as_deref()).await?;
            let named = page.items.into_iter().filter(|client| wanted.contains(&client.id));
            found.clients.extend(named.map(|client| (client.id.clone(), Some(client))));
            cursor = page.next;
            if cursor.is_none() || found.clients.len() == wanted.len() || self.clock.now() >= until {
                return Ok(());
            }
        }
    }
}

/// What the PSA showed. What is not in it was not asked for before time ran out.
#[derive(Debug, Default)]
pub(super) struct Found {
    clients: BTreeMap<ClientId, Option<Client>>,
    licenses: BTreeMap<ClientId, BTreeSet<LicenseId>>,
}

impl Found {
    /// The client, if tickets can be logged for it.
    pub(super) fn active_client(&self, id: &ClientId) -> Result<&Client, MappingsError> {
        match self.clients.get(id) {
            None => Err(MappingsError::NotReached),
            Some(None) => Err(MappingsError::ClientMissing(id.clone())),
            Some(Some(client)) if client.active => Ok(client),
            Some(Some(client)) => Err(MappingsError::ClientInactive(client.id.clone())),
        }
    }

    /// Fails unless the licence is one of the client's.
    pub(super) fn has_license(&self, client: &ClientId, license: &LicenseId) -> Result<(), MappingsError> {
        match self.licenses.get(client) {
            None => Err(MappingsError::NotReached),
            Some(licenses) if licenses.contains(license) => Ok(()),
            Some(_) => Err(MappingsError::LicenseMissing(license.clone())),
        }
    }
}
