//! A partner's link to one tenant of one PSA: its life from connect to revoke, and what holds its deliveries.

mod change;
mod conflict;
mod settings;
mod suspension;

pub use change::ConnectionChange;
pub use conflict::ConnectionConflict;
pub use settings::Settings;
pub use suspension::{CanaryPlan, Suspension, SuspensionCause};

use crate::{
    catalogue::Language,
    ids::{ConnectionId, PartnerId},
    reason::Reason,
    seats::SeatSettings,
};
use jiff::Timestamp;
use psa_connector::{CheckReport, FieldProblem, PsaKind, TenantIdentity, TicketId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A partner's link to one tenant of one PSA. Holds no secret: the vault does, by id and generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub partner: PartnerId,
    /// Which PSA.
    pub psa: PsaKind,
    /// Bound to this tenant for good.
    pub tenant: TenantIdentity,
    /// Counts its credentials, from 1. Raised by new credentials and by revoking.
    pub generation: u32,
    /// When it was connected.
    pub created_at: Timestamp,
    /// The language of its tickets and mails.
    pub language: Language,
    /// Who is written to when it stops working.
    pub emergency_contact: Option<String>,
    /// The partner's choices.
    pub settings: Option<Settings>,
    /// Choices that the tenant no longer takes, as found by the daily check. Saving settings clears them.
    #[serde(default)]
    pub unfit_settings: Vec<FieldProblem>,
    /// Fields that only a refusal of the PSA showed to be required here.
    #[serde(default)]
    pub revealed_fields: BTreeSet<String>,
    /// The latest full check.
    pub check: Option<CheckResult>,
    /// The latest test ticket that was made and found. Counts as long as credentials and settings are the same.
    pub proof: Option<TestProof>,
    /// When its set-up was confirmed. From then on it is live.
    pub confirmed_at: Option<Timestamp>,
    /// Who paused it, and when.
    pub paused: Option<Paused>,
    /// Why the bridge stopped working it.
    pub suspended: Option<Suspension>,
    /// No request before then: the PSA's own rate limit, or a spent budget.
    pub not_before: Option<Timestamp>,
    /// Since when the request budget has not sufficed for what waits.
    #[serde(default)]
    pub short_of_budget_since: Option<Timestamp>,
    /// Since when the settings of a live connection are missing, or do not fit what the tenant takes.
    #[serde(default)]
    pub settings_amiss_since: Option<Timestamp>,
    /// Calls that failed in a row.
    pub failures: u32,
    /// When it was revoked, which is final.
    pub revoked_at: Option<Timestamp>,
    /// Counts changes.
    pub version: u64,
}

/// A check and when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckResult {
    /// When.
    pub at: Timestamp,
    /// What it said.
    pub report: CheckReport,
}

/// That the whole way to a ticket works, with these credentials and settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestProof {
    /// When.
    pub at: Timestamp,
    /// The ticket that was made and found.
    #[schema(value_type = String)]
    pub ticket: TicketId,
    /// The credentials that it was made with.
    pub generation: u32,
    /// The settings that it was made with.
    pub settings: Option<Settings>,
}

/// A pause by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Paused {
    /// Since when.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

impl Connection {
    /// A connection whose credentials passed the check and are in the vault as generation 1.
    pub fn new(
        id: ConnectionId,
        partner: PartnerId,
        tenant: TenantIdentity,
        language: Language,
        check: CheckResult,
    ) -> Self {
        Self {
            id,
            partner,
            psa: tenant.psa,
            tenant,
            generation: 1,
            created_at: check.at,
            language,
            emergency_contact: None,
            settings: None,
            unfit_settings: Vec::new(),
            revealed_fields: BTreeSet::new(),
            check: Some(check),
            proof: None,
            confirmed_at: None,
            paused: None,
            suspended: None,
            not_before: None,
            short_of_budget_since: None,
            settings_amiss_since: None,
            failures: 0,
            revoked_at: None,
            version: 0,
        }
    }

    /// Whether events are routed to it.
    pub fn is_live(&self) -> bool {
        self.confirmed_at.is_some() && self.revoked_at.is_none()
    }

    /// Whether a person at the screen may have the PSA asked. An outage may be over; but refused credentials, tried
    /// again at every look, would lock the API user.
    pub fn may_be_asked(&self) -> Result<(), ConnectionConflict> {
        if self.revoked_at.is_some() {
            return Err(ConnectionConflict::Revoked);
        }
        match &self.suspended {
            Some(suspension) if suspension.cause == SuspensionCause::Credentials => {
                Err(ConnectionConflict::Suspended)
            }
            _ => Ok(()),
        }
    }

    /// Whether a test ticket was made and found with the credentials and settings of now.
    pub fn is_proven(&self) -> bool {
        let Some(proof) = &self.proof else { return false };
        let is_for_these = match (&proof.settings, &self.settings) {
            (Some(proven), Some(chosen)) => proven.fills_like(chosen),
            (proven, chosen) => proven.is_none() && chosen.is_none(),
        };
        proof.generation == self.generation && is_for_these
    }

    /// The choices for seat counts; those of nobody, where there are no settings.
    pub fn seats(&self) -> SeatSettings {
        self.settings.as_ref().map(Settings::seats).unwrap_or_default()
    }

    /// All that [`Self::hold`] may say.
    pub const HOLDS: [Reason; 7] = [
        Reason::ConnectionRevoked,
        Reason::Paused,
        Reason::SuspendedCredentials,
        Reason::SuspendedPermission,
        Reason::SuspendedUnavailable,
        Reason::NotConfirmed,
        Reason::SettingsMissing,
    ];

    /// What keeps its deliveries from being worked, the one that a person must mend first.
    pub fn hold(&self) -> Option<Reason> {
        if self.revoked_at.is_some() {
            Some(Reason::ConnectionRevoked)
        } else if self.paused.is_some() {
            Some(Reason::Paused)
        } else if let Some(suspension) = &self.suspended {
            Some(suspension.cause.reason())
        } else if self.confirmed_at.is_none() {
            Some(Reason::NotConfirmed)
        } else if self.settings.is_none() {
            Some(Reason::SettingsMissing)
        } else {
            None
        }
    }

    /// What is left to do before it can be confirmed, in order.
    pub fn left_to_set_up(&self) -> Vec<ConnectionConflict> {
        let checks = [
            (self.settings.is_none(), ConnectionConflict::SettingsMissing),
            (self.emergency_contact.is_none(), ConnectionConflict::ContactMissing),
            (!self.is_proven(), ConnectionConflict::NotProven),
        ];
        checks.into_iter().filter_map(|(missing, conflict)| missing.then_some(conflict)).collect()
    }
}
