//! Which clients organisations that are not mapped may be, by name. A person decides: nothing is mapped by itself.

use super::{
    Mappings, MappingsError,
    similarity::{Likeness, Name},
};
use crate::{
    budget::Purpose,
    ids::{ConnectionId, OrganizationId, PartnerId},
    organization::Organization,
};
use psa_connector::{Client, ClientId, PsaConnector};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Most organisations that are looked at for one answer.
const MOST_ORGANIZATIONS: usize = 200;
/// Most pages of clients that are read for one answer: they count against the PSA's budget.
const MOST_PAGES: usize = 20;
/// Candidates of an organisation.
const MOST_CANDIDATES: usize = 3;
const PAGE: usize = 100;

/// What may be mapped onto what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggestions {
    /// Organisations that are not mapped, those with the best candidate first.
    pub suggestions: Vec<Suggestion>,
    /// Whether all organisations and clients were compared. If not, map some of these and ask again.
    pub complete: bool,
}

/// What an organisation may be mapped onto.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggestion {
    /// Which organisation.
    pub organization: OrganizationId,
    /// What a person calls it.
    pub organization_name: Option<String>,
    /// The best first; none where no client's name is like it.
    pub candidates: Vec<Candidate>,
}

/// A client that an organisation may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Candidate {
    /// Which client of the PSA.
    #[schema(value_type = String)]
    pub client: ClientId,
    /// Its name.
    pub client_name: String,
    /// From 56 to 100.
    pub score: u32,
    /// In which way the names are alike.
    pub likeness: Likeness,
    /// Whether another organisation is mapped onto it.
    pub taken: bool,
}

impl Mappings {
    /// Compares the organisations that are not mapped with the PSA's active clients.
    pub async fn suggest(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
    ) -> Result<Suggestions, MappingsError> {
        let connection = self.connection(partner, connection).await?;
        let psa = self.open(&connection, Purpose::Person).await?;
        let (mapped, taken) = self.mapped(&connection.id).await?;
        let (organizations, all_organizations) = self.unmapped(partner, &mapped).await?;
        if organizations.is_empty() {
            return Ok(Suggestions { suggestions: Vec::new(), complete: true });
        }
        let (clients, all_clients) = clients(psa.as_ref()).await?;
        let clients: Vec<(Name, Client)> =
            clients.into_iter().map(|client| (Name::new(&client.name), client)).collect();
        let mut suggestions: Vec<Suggestion> = organizations
            .into_iter()
            .map(|organization| suggestion(organization, &clients, &taken))
            .collect();
        suggestions.sort_by_key(|it| std::cmp::Reverse(it.candidates.first().map_or(0, |best| best.score)));
        Ok(Suggestions { suggestions, complete: all_organizations && all_clients })
    }

    async fn mapped(
        &self,
        connection: &ConnectionId,
    ) -> Result<(BTreeSet<OrganizationId>, BTreeSet<ClientId>), MappingsError> {
        let (mut organizations, mut clients) = (BTreeSet::new(), BTreeSet::new());
        let mut cursor = None;
        loop {
            let page = self.store.mappings(connection, None, cursor.as_deref(), PAGE).await?;
            for mapping in page.items {
                organizations.insert(mapping.organization);
                clients.insert(mapping.client);
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok((organizations, clients));
            }
        }
    }

    async fn unmapped(
        &self,
        partner: &PartnerId,
        mapped: &BTreeSet<OrganizationId>,
    ) -> Result<(Vec<Organization>, bool), MappingsError> {
        let mut unmapped = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.store.organizations(partner, cursor.as_deref(), PAGE).await?;
            unmapped.extend(page.items.into_iter().filter(|it| !mapped.contains(&it.id)));
            cursor = page.next;
            if unmapped.len() > MOST_ORGANIZATIONS {
                unmapped.truncate(MOST_ORGANIZATIONS);
                return Ok((unmapped, false));
            }
            if cursor.is_none() {
                return Ok((unmapped, true));
            }
        }
    }
}

async fn clients(psa: &dyn PsaConnector) -> Result<(Vec<Client>, bool), MappingsError> {
    let mut clients = Vec::new();
    let mut cursor = None;
    for _ in 0..MOST_PAGES {
        let page = psa.search_clients("", cursor.as_deref()).await?;
        clients.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok((clients, true));
        }
    }
    Ok((clients, false))
}

fn suggestion(
    organization: Organization,
    clients: &[(Name, Client)],
    taken: &BTreeSet<ClientId>,
) -> Suggestion {
    let name = organization.name.as_deref().map(Name::new);
    let mut candidates: Vec<Candidate> = clients
        .iter()
        .filter_map(|(client_name, client)| {
            let (likeness, score) = name.as_ref()?.compare(client_name)?;
            Some(Candidate {
                client: client.id.clone(),
                client_name: client.name.clone(),
                score,
                likeness,
                taken: taken.contains(&client.id),
            })
        })
        .collect();
    candidates.sort_by(|a, b| (b.score, a.taken, &a.client_name).cmp(&(a.score, b.taken, &b.client_name)));
    candidates.truncate(MOST_CANDIDATES);
    Suggestion { organization: organization.id, organization_name: organization.name, candidates }
}
