//! The world that the workload plays in: partners with a HaloPSA each, and the organisations that they own together.
//! Every case that leads to a ticket, or to a typed reason for none, has an organisation of its own.

use crate::texts::Language;
use psa_sim::{HaloSim, Tenant};

/// A partner, by its place in [`World::partners`].
pub type PartnerIndex = usize;

/// The partner that is the top of every chain.
pub const DISTRIBUTOR: PartnerIndex = 0;
/// The partner that is paused for a while.
pub const RESELLER: PartnerIndex = 1;
/// The partner whose set-up is confirmed only after events came.
pub const SUB_RESELLER: PartnerIndex = 2;
/// The partner that has connected no PSA.
pub const IDLE: PartnerIndex = 3;

/// An MSP.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The vendor's id of it.
    pub id: String,
    /// The language of its tickets.
    pub language: Language,
    /// What its tickets are to have; none for a partner without a PSA.
    pub choices: Option<Choices>,
}

/// The ticket settings of a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// The ticket type.
    pub ticket_type: i64,
    /// The SLA.
    pub sla: i64,
    /// The priority, a number within the SLA.
    pub priority: i64,
}

/// How an organisation stands in a partner's PSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Mapped before the first event.
    Mapped,
    /// Mapped after events came.
    MappedLate,
    /// Mapped, with its flow switched off.
    FlowOff,
    /// Mapped to a client that was stopped afterwards.
    ClientStopped,
    /// Never mapped.
    Unmapped,
    /// The partner has connected no PSA.
    NoConnection,
}

/// How the bridge learns of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The vendor registers it.
    ByVendor,
    /// Its first event names its chain.
    ByEvent,
    /// Not at all: its events name no chain.
    Never,
}

/// A customer.
#[derive(Clone, Debug)]
pub struct Organization {
    /// The vendor's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How the bridge learns of it.
    pub registered: Registered,
    /// Its chain, top tier first, and how it stands with each.
    pub chain: Vec<Share>,
}

impl Organization {
    /// How it stands with a partner; none where the partner is not in its chain.
    pub fn link(&self, partner: PartnerIndex) -> Option<Link> {
        self.chain.iter().find(|(index, _)| *index == partner).map(|(_, link)| *link)
    }
}

/// Partners, organisations, and the tenants of the partners' PSAs.
#[derive(Clone, Debug)]
pub struct World {
    /// The partners.
    pub partners: Vec<Partner>,
    /// The organisations.
    pub organizations: Vec<Organization>,
    /// The client that the first organisation is in every tenant: demo tenants have clients of their own, ours follow.
    first_client: i64,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// The world, always the same.
    pub fn new() -> Self {
        let partner = |id: &str, language, choices: Option<(i64, i64, i64)>| Partner {
            id: id.to_owned(),
            language,
            choices: choices.map(|(ticket_type, sla, priority)| Choices { ticket_type, sla, priority }),
        };
        Self {
            partners: vec![
                partner("northwind-distribution", Language::En, Some((21, 1, 2))),
                partner("müller-systemhaus", Language::De, Some((1, 2, 3))),
                partner("atelier-réseau", Language::Fr, Some((21, 1, 4))),
                partner("newcomer-it", Language::En, None),
            ],
            organizations: organizations(),
            first_client: HaloSim::demo_tenant("").clients.last_key_value().map_or(1, |(id, _)| id + 1),
        }
    }

    /// The partners that have a PSA.
    pub fn connected(&self) -> impl Iterator<Item = (PartnerIndex, &Partner, Choices)> {
        let partners = self.partners.iter().enumerate();
        partners.filter_map(|(index, partner)| Some((index, partner, partner.choices?)))
    }

    /// The tenant of a partner's PSA: a small MSP's, with a client for every organisation.
    pub fn tenant(&self, partner: PartnerIndex) -> Tenant {
        let mut tenant = HaloSim::demo_tenant(&format!("tenant-{partner}"));
        for (organization, client) in self.organizations.iter().zip(self.first_client..) {
            let id = tenant.add_client(&organization.name);
            debug_assert_eq!(id, client);
        }
        tenant
    }

    /// The client that an organisation is in every PSA.
    pub fn client(&self, organization: &str) -> Option<i64> {
        let place = self.organizations.iter().position(|known| known.id == organization)?;
        self.first_client.checked_add(i64::try_from(place).ok()?)
    }
}

/// A partner of a chain, and how the organisation stands with it.
pub type Share = (PartnerIndex, Link);

fn organizations() -> Vec<Organization> {
    use Link::{ClientStopped, FlowOff, Mapped, MappedLate, NoConnection, Unmapped};
    use Registered::{ByEvent, ByVendor, Never};
    const D: PartnerIndex = DISTRIBUTOR;
    const R: PartnerIndex = RESELLER;
    const S: PartnerIndex = SUB_RESELLER;
    let all: [(&str, Registered, &[Share]); 13] = [
        ("Contoso Ltd", ByVendor, &[(D, Mapped)]),
        ("Bäckerei Größer & Söhne", ByVendor, &[(D, Mapped), (R, Mapped)]),
        ("Crèmerie de l’Étoile", ByVendor, &[(D, Mapped), (R, Mapped), (S, Mapped)]),
        ("Fabrikam <Holding>", ByVendor, &[(D, Mapped), (R, Mapped), (S, Mapped)]),
        ("Zahnarztpraxis Dr. Weiß", ByVendor, &[(D, Mapped), (R, Mapped), (S, Mapped)]),
        ("Tailspin \"Toys\"", ByVendor, &[(D, Mapped), (R, Unmapped)]),
        ("Adventure 日本", ByVendor, &[(D, FlowOff), (R, Mapped), (S, Mapped)]),
        ("Litware", ByVendor, &[(D, Mapped), (IDLE, NoConnection)]),
        ("Proseware", ByVendor, &[(D, Mapped), (R, ClientStopped), (S, Mapped)]),
        ("Wingtip", ByVendor, &[(D, MappedLate), (R, Mapped), (S, Mapped)]),
        // Not among those that the vendor registers.
        ("Newly Seen GmbH", ByEvent, &[(D, Unmapped), (R, MappedLate)]),
        ("Seen Once SARL", ByEvent, &[(D, Unmapped), (IDLE, NoConnection)]),
        ("Nobody's Customer", Never, &[]),
    ];
    let numbered = all.into_iter().enumerate();
    numbered
        .map(|(number, (name, registered, chain))| Organization {
            id: format!("org-{:02}", number + 1),
            name: name.to_owned(),
            registered,
            chain: chain.to_vec(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_is_the_same_client_as_in_the_tenant() {
        let world = World::new();
        for (partner, ..) in world.connected() {
            let tenant = world.tenant(partner);
            for organization in &world.organizations {
                let client = world.client(&organization.id).unwrap();
                assert_eq!(tenant.clients[&client].name, organization.name);
            }
        }
    }

    #[test]
    fn every_link_occurs() {
        let links: Vec<Link> =
            World::new().organizations.iter().flat_map(|o| o.chain.clone()).map(|(_, link)| link).collect();
        for link in [
            Link::Mapped,
            Link::MappedLate,
            Link::FlowOff,
            Link::ClientStopped,
            Link::Unmapped,
            Link::NoConnection,
        ] {
            assert!(links.contains(&link), "{link:?}");
        }
    }
}
