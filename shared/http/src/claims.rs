//! Who is calling and what the token allows. The partner comes from the token alone, and a token is either a partner's
//! or a machine's: one with both would let a partner's user speak for the vendor.

use crate::Problem;
use http::StatusCode;
use psa_bridge_core::{ids::PartnerId, ports::Actor};
use std::collections::BTreeSet;

/// What a token may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A partner's: read.
    Read,
    /// A partner's: read and change.
    Manage,
    /// A machine's: send events.
    WriteEvents,
    /// A machine's: keep the registry of organisations.
    WriteOrganizations,
    /// A machine's: the operator's view.
    Operate,
}

/// All scopes.
pub const SCOPES: [Scope; 5] =
    [Scope::Read, Scope::Manage, Scope::WriteEvents, Scope::WriteOrganizations, Scope::Operate];

impl Scope {
    /// As tokens write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "psa:read",
            Self::Manage => "psa:manage",
            Self::WriteEvents => "events:write",
            Self::WriteOrganizations => "organizations:write",
            Self::Operate => "psa:operate",
        }
    }

    /// The scope of that name, if it is one of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        SCOPES.into_iter().find(|scope| scope.as_str() == name)
    }

    /// Whether it counts only in tokens without a partner.
    pub fn is_machine(self) -> bool {
        matches!(self, Self::WriteEvents | Self::WriteOrganizations | Self::Operate)
    }
}

/// The checked claims of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    subject: String,
    partner: Option<PartnerId>,
    scopes: BTreeSet<Scope>,
}

impl Claims {
    /// Claims whose origin was checked. Scopes of other services are left out.
    ///
    /// # Errors
    /// 403 `mixed_token` where a partner's token also has a machine's scope.
    pub fn new<'a>(
        subject: impl Into<String>,
        partner: Option<PartnerId>,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Problem> {
        let scopes: BTreeSet<Scope> = scopes.into_iter().filter_map(Scope::from_name).collect();
        if partner.is_some() && scopes.iter().any(|scope| scope.is_machine()) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "mixed_token",
                "The token has a partner and a machine's scope",
            )
            .with_fix(
                "Use one token for the partner, and another one, without a partner, for the machine.",
            ));
        }
        Ok(Self { subject: subject.into(), partner, scopes })
    }

    /// Who is calling.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// For which partner.
    pub fn partner(&self) -> Option<&PartnerId> {
        self.partner.as_ref()
    }

    /// Whether the token allows it. Partner scopes need a partner, and to manage is also to read.
    pub fn allows(&self, scope: Scope) -> bool {
        let granted =
            self.scopes.contains(&scope) || (scope == Scope::Read && self.scopes.contains(&Scope::Manage));
        granted && scope.is_machine() == self.partner.is_none()
    }

    /// The caller as audit lines name it.
    pub fn actor(&self) -> Actor {
        Actor(self.subject.clone())
    }
}
