//! The organisations of the world: who owns each, and how it stands at each desk.

use crate::world::{
    DISTRIBUTOR, DISTRIBUTOR_AUTOTASK, DISTRIBUTOR_HALOPSA, DeskIndex, IDLE, PartnerIndex, RESELLER,
    RESELLER_HALOPSA, SPECIALIST, SPECIALIST_AUTOTASK, SUB_RESELLER, SUB_RESELLER_HALOPSA,
};

/// How an organisation stands at a desk. Where nothing is said it was never mapped.
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
    /// Its chain, top tier first.
    pub chain: Vec<PartnerIndex>,
    /// How it stands at desks of its chain.
    pub links: Vec<(DeskIndex, Link)>,
}

impl Organization {
    /// How it stands at a desk; none where it was never mapped.
    pub fn link(&self, desk: DeskIndex) -> Option<Link> {
        self.links.iter().find(|(index, _)| *index == desk).map(|(_, link)| *link)
    }
}

/// Name, how the bridge learns of it, chain, and how it stands at which desk.
type Row = (&'static str, Registered, &'static [PartnerIndex], &'static [(DeskIndex, Link)]);

pub(crate) fn organizations() -> Vec<Organization> {
    use Link::{ClientStopped, FlowOff, Mapped, MappedLate};
    use Registered::{ByEvent, ByVendor, Never};
    const D: PartnerIndex = DISTRIBUTOR;
    const R: PartnerIndex = RESELLER;
    const S: PartnerIndex = SUB_RESELLER;
    const I: PartnerIndex = IDLE;
    const A: PartnerIndex = SPECIALIST;
    const DH: DeskIndex = DISTRIBUTOR_HALOPSA;
    const DA: DeskIndex = DISTRIBUTOR_AUTOTASK;
    const RH: DeskIndex = RESELLER_HALOPSA;
    const SH: DeskIndex = SUB_RESELLER_HALOPSA;
    const AA: DeskIndex = SPECIALIST_AUTOTASK;
    let all: [Row; 15] = [
        ("Contoso Ltd", ByVendor, &[D], &[(DH, Mapped)]),
        ("Bäckerei Größer & Söhne", ByVendor, &[D, R], &[(DA, Mapped), (RH, Mapped)]),
        // In both PSAs of the distributor.
        (
            "Crèmerie de l’Étoile",
            ByVendor,
            &[D, R, S],
            &[(DH, Mapped), (DA, Mapped), (RH, Mapped), (SH, Mapped)],
        ),
        ("Fabrikam <Holding>", ByVendor, &[D, R, S], &[(DH, Mapped), (RH, Mapped), (SH, Mapped)]),
        ("Zahnarztpraxis Dr. Weiß", ByVendor, &[D, R, S], &[(DA, Mapped), (RH, Mapped), (SH, Mapped)]),
        ("Tailspin \"Toys\"", ByVendor, &[D, R, A], &[(DH, Mapped), (AA, Mapped)]),
        ("Adventure 日本", ByVendor, &[D, R, S], &[(DH, FlowOff), (DA, Mapped), (RH, Mapped), (SH, Mapped)]),
        ("Litware", ByVendor, &[D, I], &[(DH, Mapped), (DA, FlowOff)]),
        (
            "Proseware",
            ByVendor,
            &[D, R, S],
            &[(DH, Mapped), (DA, ClientStopped), (RH, ClientStopped), (SH, Mapped)],
        ),
        // Moves from one PSA of the distributor into both.
        ("Wingtip", ByVendor, &[D, R, S], &[(DH, MappedLate), (DA, Mapped), (RH, Mapped), (SH, Mapped)]),
        // Not among those that the vendor registers.
        ("Newly Seen GmbH", ByEvent, &[D, R, A], &[(RH, MappedLate), (AA, MappedLate)]),
        ("Seen Once SARL", ByEvent, &[D, I], &[]),
        ("Nobody's Customer", Never, &[], &[]),
        ("Relecloud", ByVendor, &[A], &[(AA, Mapped)]),
        ("Woodgrove", ByVendor, &[D, A], &[(DA, MappedLate), (AA, ClientStopped)]),
    ];
    let numbered = all.into_iter().enumerate();
    numbered
        .map(|(number, (name, registered, chain, links))| Organization {
            id: format!("org-{:02}", number + 1),
            name: name.to_owned(),
            registered,
            chain: chain.to_vec(),
            links: links.to_vec(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::world::World;

    use super::*;

    #[test]
    fn every_link_occurs_in_both_psas() {
        let world = World::new();
        for psa in [crate::Psa::Halopsa, crate::Psa::Autotask] {
            let links: Vec<Link> = world
                .organizations
                .iter()
                .flat_map(|o| o.links.clone())
                .filter(|(desk, _)| {
                    world.desks[*desk].choices.as_ref().is_some_and(|choices| choices.psa == psa)
                })
                .map(|(_, link)| link)
                .collect();
            for link in [Link::Mapped, Link::MappedLate, Link::FlowOff, Link::ClientStopped] {
                assert!(links.contains(&link), "{psa} {link:?}");
            }
        }
    }

    #[test]
    fn organisations_are_mapped_by_partners_of_their_chain_alone() {
        let world = World::new();
        for organization in &world.organizations {
            for (desk, _) in &organization.links {
                assert!(organization.chain.contains(&world.desks[*desk].partner), "{}", organization.name);
            }
        }
    }
}
