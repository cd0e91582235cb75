//! The world that the workload plays in: partners, the desks at which they work, and the organisations that they own
//! together. Every case that leads to a ticket, or to a typed reason for none, has an organisation of its own.

use crate::{
    choices::{Choices, Psa},
    life::Life,
    organizations::{Organization, organizations},
    seats,
    texts::Language,
};
use psa_sim::{AutotaskSim, AutotaskTenant, HaloSim, Tenant};
use std::fmt;

/// A partner, by its place in [`World::partners`].
pub type PartnerIndex = usize;
/// A desk, by its place in [`World::desks`].
pub type DeskIndex = usize;

/// The partner that is the top of every chain of the vendor's. It has both PSAs.
pub const DISTRIBUTOR: PartnerIndex = 0;
/// A partner that is paused for a while.
pub const RESELLER: PartnerIndex = 1;
/// The partner whose set-up is confirmed only after events came.
pub const SUB_RESELLER: PartnerIndex = 2;
/// The partner that has connected no PSA.
pub const IDLE: PartnerIndex = 3;
/// The partner that has Autotask alone, and is paused for a while too.
pub const SPECIALIST: PartnerIndex = 4;

/// The distributor's `HaloPSA`.
pub const DISTRIBUTOR_HALOPSA: DeskIndex = 0;
/// The distributor's Autotask.
pub const DISTRIBUTOR_AUTOTASK: DeskIndex = 1;
/// The reseller's `HaloPSA`.
pub const RESELLER_HALOPSA: DeskIndex = 2;
/// The sub-reseller's `HaloPSA`.
pub const SUB_RESELLER_HALOPSA: DeskIndex = 3;
/// Where the idle partner has nothing.
pub const IDLE_DESK: DeskIndex = 4;
/// The specialist's Autotask.
pub const SPECIALIST_AUTOTASK: DeskIndex = 5;

/// So few tickets of an organisation in an hour that every run has storms.
const LOW_CAP: u32 = 2;

/// An MSP.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The vendor's id of it.
    pub id: String,
    /// The language of its tickets.
    pub language: Language,
}

/// Where a partner looks for tickets: one of its PSAs, or nowhere for a partner without a PSA.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Whose.
    pub partner: PartnerIndex,
    /// Which PSA, and what its tickets are to have.
    pub choices: Option<Choices>,
    /// What its tickets' life is to be.
    pub life: Life,
    /// Whether its set-up is confirmed only after events came.
    pub confirmed_late: bool,
    /// Whether it is paused for a while.
    pub paused: bool,
    /// The client that the first organisation is there: demo tenants have clients of their own, ours follow.
    first_client: i64,
}

/// Partners, desks, and organisations.
#[derive(Clone, Debug)]
pub struct World {
    /// The partners.
    pub partners: Vec<Partner>,
    /// Their desks.
    pub desks: Vec<Desk>,
    /// The organisations.
    pub organizations: Vec<Organization>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// The world, always the same.
    pub fn new() -> Self {
        let partner = |id: &str, language| Partner { id: id.to_owned(), language };
        let after_halopsa = after(HaloSim::demo_tenant("").clients.into_keys().max());
        let after_autotask = after(AutotaskSim::demo_tenant("").companies.into_keys().max());
        let desk = |partner, choices: Option<Choices>| {
            let psa = choices.as_ref().map(|choices| choices.psa);
            let first_client = if psa == Some(Psa::Autotask) { after_autotask } else { after_halopsa };
            Desk {
                partner,
                choices,
                life: match partner {
                    SUB_RESELLER => Life::TicketAnEvent,
                    RESELLER | SPECIALIST => Life::Capped(LOW_CAP),
                    _ => Life::Usual,
                },
                confirmed_late: partner == SUB_RESELLER,
                paused: [RESELLER, SPECIALIST].contains(&partner),
                first_client,
            }
        };
        Self {
            partners: vec![
                partner("northwind-distribution", Language::En),
                partner("müller-systemhaus", Language::De),
                partner("atelier-réseau", Language::Fr),
                partner("newcomer-it", Language::En),
                partner("lago-informatica", Language::Fr),
            ],
            desks: vec![
                desk(DISTRIBUTOR, Some(Choices::halopsa(21, 1, 2))),
                desk(DISTRIBUTOR, Some(Choices::backup_alert())),
                desk(RESELLER, Some(Choices::halopsa(1, 2, 3))),
                desk(SUB_RESELLER, Some(Choices::halopsa(21, 1, 4))),
                desk(IDLE, None),
                desk(SPECIALIST, Some(Choices::security_alert())),
            ],
            organizations: organizations(),
        }
    }

    /// The partner that works at a desk.
    pub fn partner_at(&self, desk: DeskIndex) -> &Partner {
        &self.partners[self.desks[desk].partner]
    }

    /// The desks that have a PSA.
    pub fn connected(&self) -> impl Iterator<Item = (DeskIndex, &Desk, &Choices)> {
        let desks = self.desks.iter().enumerate();
        desks.filter_map(|(index, desk)| Some((index, desk, desk.choices.as_ref()?)))
    }

    /// The desks of a partner.
    pub fn desks_of(&self, partner: PartnerIndex) -> impl Iterator<Item = DeskIndex> {
        let desks = self.desks.iter().enumerate();
        desks.filter(move |(_, desk)| desk.partner == partner).map(|(index, _)| index)
    }

    /// What people call a desk.
    pub fn desk_name(&self, desk: DeskIndex) -> String {
        let partner = &self.partner_at(desk).id;
        let psa = self.desks[desk].choices.as_ref().map(|choices| choices.psa);
        psa.map_or_else(|| partner.clone(), |psa| format!("{partner}, {psa}"))
    }

    /// The HaloPSA tenant of a desk: a small MSP's, with a client for every organisation.
    pub(crate) fn halopsa_tenant(&self, desk: DeskIndex) -> Tenant {
        let mut tenant = HaloSim::demo_tenant(&format!("tenant-{desk}"));
        for organization in &self.organizations {
            let id = tenant.add_client(&organization.name);
            debug_assert_eq!(Some(id), self.client(desk, &organization.id));
        }
        self.billed_clients(desk).for_each(|client| seats::license(&mut tenant, client));
        tenant
    }

    /// The Autotask tenant of a desk: a small MSP's, with a company for every organisation, a database and an API user
    /// that no other desk has.
    pub(crate) fn autotask_tenant(&self, desk: DeskIndex) -> AutotaskTenant {
        let mut tenant = AutotaskSim::demo_tenant(&format!("tenant-{desk}"));
        for organization in &self.organizations {
            let id = tenant.add_company(&organization.name);
            debug_assert_eq!(Some(id), self.client(desk, &organization.id));
        }
        self.billed_clients(desk).for_each(|company| seats::contract(&mut tenant, company));
        tenant.database += i64::try_from(desk).unwrap_or_default();
        for user in &mut tenant.api_users {
            user.username = Self::autotask_user(desk);
            if let Some(code) = Self::own_integration_code(desk) {
                code.clone_into(&mut user.integration_code);
            }
        }
        tenant
    }

    /// The API user of a desk's Autotask: a zone look-up has to tell whose it is.
    pub(crate) fn autotask_user(desk: DeskIndex) -> String {
        format!("bridge-{desk}@demo.example")
    }

    /// The tracking identifier that a desk enters itself; the others' is the vendor's.
    pub(crate) fn own_integration_code(desk: DeskIndex) -> Option<&'static str> {
        (desk == SPECIALIST_AUTOTASK).then_some("CUSTOMINTERNALINTEGRATION01")
    }

    /// The client that an organisation is at a desk's PSA.
    pub fn client(&self, desk: DeskIndex, organization: &str) -> Option<i64> {
        let place = self.organizations.iter().position(|known| known.id == organization)?;
        self.desks.get(desk)?.first_client.checked_add(i64::try_from(place).ok()?)
    }
}

impl fmt::Display for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.choices {
            Some(choices) => choices.psa.fmt(f),
            None => f.pad("no PSA"),
        }
    }
}

fn after(last: Option<i64>) -> i64 {
    last.map_or(1, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_is_the_same_client_as_in_the_tenant() {
        let world = World::new();
        for (index, _, choices) in world.connected() {
            for organization in &world.organizations {
                let client = world.client(index, &organization.id).unwrap();
                let name = match choices.psa {
                    Psa::Halopsa => world.halopsa_tenant(index).clients[&client].name.clone(),
                    Psa::Autotask => world.autotask_tenant(index).companies[&client].name.clone(),
                };
                assert_eq!(name, organization.name);
            }
        }
    }

    #[test]
    fn the_desks_are_where_their_names_say() {
        let world = World::new();
        for (desk, partner, psa) in [
            (DISTRIBUTOR_HALOPSA, DISTRIBUTOR, Some(Psa::Halopsa)),
            (DISTRIBUTOR_AUTOTASK, DISTRIBUTOR, Some(Psa::Autotask)),
            (RESELLER_HALOPSA, RESELLER, Some(Psa::Halopsa)),
            (SUB_RESELLER_HALOPSA, SUB_RESELLER, Some(Psa::Halopsa)),
            (IDLE_DESK, IDLE, None),
            (SPECIALIST_AUTOTASK, SPECIALIST, Some(Psa::Autotask)),
        ] {
            let found = &world.desks[desk];
            assert_eq!((found.partner, found.choices.as_ref().map(|choices| choices.psa)), (partner, psa));
        }
    }
}
