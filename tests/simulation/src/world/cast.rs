//! Who there is: partners, the organisations that they own in chains, and the tenants of their PSAs.

use crate::{psa::tenant::Tenant, random::Chance};
use jiff::Timestamp;
use psa_bridge_core::{
    budget::BudgetPlans,
    ids::{OrganizationId, PartnerId},
    organization::{Organization, RegisteredBy},
};
use psa_connector::{ClientId, PsaKind};

/// Who there is.
#[derive(Clone, Debug)]
pub struct Cast {
    /// All partners.
    pub partners: Vec<PartnerId>,
    /// Organisations and their chains.
    pub organizations: Vec<(OrganizationId, Vec<PartnerId>)>,
    /// Tenants, and who connects them.
    pub tenants: Vec<CastTenant>,
    /// What tenants bear.
    pub plans: BudgetPlans,
}

/// A tenant of a PSA.
#[derive(Clone, Debug)]
pub struct CastTenant {
    /// The key of its database.
    pub key: String,
    /// Of which PSA.
    pub psa: PsaKind,
    /// Who connects it.
    pub partners: Vec<PartnerId>,
}

/// How many clients a tenant has.
const CLIENTS: usize = 4;

impl Cast {
    /// Draws two or three partners with one or two tenants each, of which some share one.
    pub fn draw(chance: &mut Chance, plans: BudgetPlans) -> Self {
        let partners: Vec<PartnerId> =
            (1..=chance.between(2, 3)).map(|n| id(&format!("partner-{n}"))).collect();
        let organizations = (1..=chance.between(2, 4)).map(|n| {
            let mut chain: Vec<PartnerId> =
                partners.iter().filter(|_| chance.happens(1, 2)).cloned().collect();
            if chain.is_empty() {
                chain.extend(chance.pick(&partners).cloned());
            }
            (id(&format!("org-{n}")), chain)
        });
        let organizations = organizations.collect();
        let mut tenants: Vec<CastTenant> = Vec::new();
        for partner in &partners {
            if chance.happens(1, 6)
                && let Some(shared) = tenants.first_mut()
            {
                shared.partners.push(partner.clone());
                continue;
            }
            let tenant = |kind: &str, psa| CastTenant {
                key: format!("{kind}-of-{partner}"),
                psa,
                partners: vec![partner.clone()],
            };
            tenants.push(tenant("halo", PsaKind::HaloPsa));
            if chance.happens(1, 3) {
                tenants.push(tenant("autotask", PsaKind::Autotask));
            }
        }
        Self { partners, organizations, tenants, plans }
    }

    /// One partner after the other, each with a tenant and an organisation of its own.
    pub fn apart(count: usize, plans: BudgetPlans) -> Self {
        let partners: Vec<PartnerId> = (1..=count).map(|n| id(&format!("partner-{n}"))).collect();
        let organizations = partners.iter().enumerate();
        let organizations = organizations
            .map(|(n, partner)| (id(&format!("org-{}", n + 1)), vec![partner.clone()]))
            .collect();
        let tenants = partners.iter().map(|partner| CastTenant {
            key: format!("halo-of-{partner}"),
            psa: PsaKind::HaloPsa,
            partners: vec![partner.clone()],
        });
        Self { tenants: tenants.collect(), partners, organizations, plans }
    }

    /// The tenants as models.
    pub(super) fn tenants(&self, plans: BudgetPlans) -> Vec<Tenant> {
        let model = |tenant: &CastTenant| {
            let clients = (1..=CLIENTS).map(client);
            Tenant::new(&tenant.key, tenant.psa, plans.of(tenant.psa), clients)
        };
        self.tenants.iter().map(model).collect()
    }

    /// An organisation as the vendor registers it.
    pub fn registered(id: &OrganizationId, chain: &[PartnerId], at: Timestamp) -> Organization {
        Organization {
            id: id.clone(),
            name: Some(format!("The {id}")),
            chain: chain.to_vec(),
            registered_by: RegisteredBy::Registry,
            updated_at: at,
        }
    }
}

/// The client of that number. Tenants have the same ones, so that ids that cross from one to another go unnoticed by
/// everybody but the checks.
pub fn client(number: usize) -> ClientId {
    ClientId::new(number.to_string())
}

/// One of the clients.
pub fn any_client(chance: &mut Chance) -> ClientId {
    client(usize::try_from(chance.between(1, CLIENTS as u64)).unwrap_or(1))
}

/// An id that is known to be one.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    match text.parse() {
        Ok(id) => id,
        Err(error) => unreachable!("{text} is an id: {error:?}"),
    }
}
