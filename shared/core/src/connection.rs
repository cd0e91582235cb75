//! A partner's link to one tenant of one PSA: its life from connect to revoke, and what holds its deliveries.

use crate::{
    catalogue::Language,
    ids::{ConnectionId, PartnerId},
    life_cycle::LifeCycle,
    reason::Reason,
    seats::{SeatMode, SeatSettings},
};
use jiff::{SignedDuration, Timestamp};
use psa_connector::{
    CheckReport, FieldProblem, FieldValues, PsaKind, SectionName, TenantIdentity, TicketForm, TicketId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use thiserror::Error;
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

/// A partner's choices for tickets. Checked against the tenant's ticket form when saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// Fields of a new ticket, by the PSA's name of them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub ticket: FieldValues,
    /// Fields of a note.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub note: FieldValues,
    /// Fields of a ticket that is resolved.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub resolve: FieldValues,
    /// Fields of a ticket that is opened again.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub reopen: FieldValues,
    /// Whether the seat count is written to the PSA: the short form of `seats`, which says when and how, and which counts
    /// where both are given.
    #[serde(default)]
    pub sync_seats: bool,
    /// When and how seat counts are written to the PSA.
    #[serde(default)]
    pub seats: Option<SeatSettings>,
    /// What becomes of repeats, recoveries, relapses and storms.
    #[serde(default)]
    pub life_cycle: LifeCycle,
}

impl Settings {
    /// The choices for seat counts: as they were made, else by the short form.
    pub fn seats(&self) -> SeatSettings {
        let mode = if self.sync_seats { SeatMode::AtOnce } else { SeatMode::Off };
        self.seats.clone().unwrap_or_else(|| SeatSettings { mode, ..SeatSettings::default() })
    }

    /// Whether tickets made with either look the same, so that a test ticket proves both.
    pub fn fills_like(&self, other: &Self) -> bool {
        SECTIONS.into_iter().all(|(name, _)| self.section(name) == other.section(name))
    }

    /// The values for a section of the ticket form.
    pub fn section(&self, name: SectionName) -> &FieldValues {
        match name {
            SectionName::Create => &self.ticket,
            SectionName::Note => &self.note,
            SectionName::Resolve => &self.resolve,
            SectionName::Reopen => &self.reopen,
        }
    }

    /// Everything that a tenant with this form would not take, by its path in the settings, e.g. `ticket.priority_id`.
    pub fn problems(&self, form: &TicketForm) -> Vec<FieldProblem> {
        SECTIONS
            .into_iter()
            .flat_map(|(name, path)| {
                form.problems(name, self.section(name)).into_iter().map(move |mut problem| {
                    problem.field = format!("{path}.{}", problem.field);
                    problem
                })
            })
            .collect()
    }
}

/// The sections of a ticket form, and what they are called in settings.
const SECTIONS: [(SectionName, &str); 4] = [
    (SectionName::Create, "ticket"),
    (SectionName::Note, "note"),
    (SectionName::Resolve, "resolve"),
    (SectionName::Reopen, "reopen"),
];

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

/// A stop by the bridge itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suspension {
    /// Why.
    pub cause: SuspensionCause,
    /// Since when.
    pub since: Timestamp,
    /// What the PSA said or did.
    pub detail: String,
    /// When the bridge looks whether it is over; never by itself, where none.
    pub canary_at: Option<Timestamp>,
    /// How often it has looked.
    pub canaries: u32,
}

/// Why the bridge stops working a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionCause {
    /// The PSA does not accept the credentials. No canary: API users get locked.
    Credentials,
    /// The API user lost a permission. No canary: only a person can give it back.
    Permission,
    /// The PSA cannot be reached, is in maintenance or fails.
    Unavailable,
}

impl SuspensionCause {
    /// The reason as deliveries show it.
    pub fn reason(self) -> Reason {
        match self {
            Self::Credentials => Reason::SuspendedCredentials,
            Self::Permission => Reason::SuspendedPermission,
            Self::Unavailable => Reason::SuspendedUnavailable,
        }
    }

    /// Whether the bridge may look by itself whether it is over.
    pub fn has_canary(self) -> bool {
        self == Self::Unavailable
    }
}

/// How fast the bridge looks whether an outage is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryPlan {
    /// The first interval. Doubled each time.
    pub first: SignedDuration,
    /// The longest.
    pub longest: SignedDuration,
}

impl CanaryPlan {
    /// The interval after `canaries` looks.
    pub fn interval(self, canaries: u32) -> SignedDuration {
        let factor = 1_i32.checked_shl(canaries.min(20)).unwrap_or(i32::MAX);
        self.first.checked_mul(factor).map_or(self.longest, |interval| interval.min(self.longest))
    }
}

/// A change of a connection. Stores apply it in a transaction and write the audit line with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionChange {
    /// The partner saved choices.
    SettingsSaved(Settings),
    /// The partner dropped them.
    SettingsReset,
    /// The choices were held against what the tenant takes now.
    SettingsCompared {
        /// What does not fit any more.
        problems: Vec<FieldProblem>,
    },
    /// The PSA refused a ticket for want of a field that no form told to be required.
    FieldRevealed {
        /// The PSA's name of it.
        field: String,
    },
    /// The partner chose who is written to, and in which language.
    ContactSaved {
        /// An e-mail address.
        emergency_contact: Option<String>,
        /// For tickets and mails.
        language: Language,
    },
    /// A check was made. One that passed ends a suspension.
    Checked(CheckResult),
    /// New credentials for the same tenant, already in the vault under the next generation.
    CredentialsReplaced {
        /// The generation that they replace.
        replaces: u32,
        /// The check that they passed.
        check: CheckResult,
    },
    /// A test ticket was made and found.
    Proven(TestProof),
    /// The partner confirmed the set-up.
    Confirmed,
    /// The partner paused it.
    Paused {
        /// Who.
        by: String,
    },
    /// The partner resumed it.
    Resumed,
    /// The partner revoked it.
    Revoked,
    /// A call failed while others may not.
    CallFailed,
    /// A call worked.
    CallWorked,
    /// No request before then: the request budget does not suffice for what waits.
    Throttled {
        /// Then.
        until: Timestamp,
    },
    /// No request before then, for want of something on our side.
    Postponed {
        /// Then.
        until: Timestamp,
    },
    /// The request budget sufficed for all that was due.
    CaughtUp,
    /// The bridge stops working it.
    Suspended {
        /// Why.
        cause: SuspensionCause,
        /// What happened.
        detail: String,
        /// When to look.
        plan: CanaryPlan,
    },
    /// The outage goes on.
    CanaryFailed {
        /// When to look again.
        plan: CanaryPlan,
    },
    /// The outage is over.
    Recovered,
}

/// Why a connection does not take a change. The code is stable and is the API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConnectionConflict {
    /// It was revoked.
    #[error("the connection was revoked")]
    Revoked,
    /// Confirm without ticket settings.
    #[error("the ticket settings are missing")]
    SettingsMissing,
    /// Confirm without an emergency contact.
    #[error("the emergency contact is missing")]
    ContactMissing,
    /// Confirm without a test ticket for the credentials and settings of now.
    #[error("no test ticket was made and found with the present credentials and settings")]
    NotProven,
    /// Confirm while the bridge has stopped working it.
    #[error("the connection is suspended")]
    Suspended,
    /// Pause or resume before it is live.
    #[error("the set-up has not been confirmed")]
    NotConfirmed,
    /// Other credentials were saved meanwhile.
    #[error("other credentials were saved meanwhile")]
    CredentialsChanged,
}

impl ConnectionConflict {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Revoked => "connection_revoked",
            Self::SettingsMissing => "settings_missing",
            Self::ContactMissing => "emergency_contact_missing",
            Self::NotProven => "test_ticket_missing",
            Self::Suspended => "connection_suspended",
            Self::NotConfirmed => "not_confirmed",
            Self::CredentialsChanged => "credentials_changed",
        }
    }
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

    /// Makes the change, or leaves all as it was.
    pub fn apply(&mut self, change: ConnectionChange, at: Timestamp) -> Result<(), ConnectionConflict> {
        use ConnectionChange as C;
        if self.revoked_at.is_some() {
            return Err(ConnectionConflict::Revoked);
        }
        match change {
            C::SettingsSaved(settings) => {
                self.settings = Some(settings);
                self.unfit_settings.clear();
            }
            C::SettingsReset => {
                self.settings = None;
                self.unfit_settings.clear();
            }
            C::SettingsCompared { problems } => self.unfit_settings = problems,
            C::FieldRevealed { field } => {
                self.revealed_fields.insert(field);
            }
            C::ContactSaved { emergency_contact, language } => {
                self.emergency_contact = emergency_contact;
                self.language = language;
            }
            C::Checked(result) => {
                if result.report.passed() {
                    self.suspended = None;
                    self.failures = 0;
                }
                self.check = Some(result);
            }
            C::CredentialsReplaced { replaces, check } => {
                if replaces != self.generation {
                    return Err(ConnectionConflict::CredentialsChanged);
                }
                self.generation += 1;
                self.suspended = None;
                self.not_before = None;
                self.short_of_budget_since = None;
                self.failures = 0;
                self.check = Some(check);
            }
            C::Proven(proof) => self.proof = Some(proof),
            C::Confirmed => self.confirm(at)?,
            C::Paused { by } => {
                self.needs_confirmed()?;
                self.paused.get_or_insert(Paused { at, by });
            }
            C::Resumed => {
                self.needs_confirmed()?;
                self.paused = None;
            }
            C::Revoked => {
                self.revoked_at = Some(at);
                self.generation += 1;
            }
            C::CallFailed => self.failures += 1,
            C::CallWorked => self.failures = 0,
            C::Throttled { until } => {
                self.not_before = Some(until);
                self.short_of_budget_since.get_or_insert(at);
            }
            C::Postponed { until } => self.not_before = Some(until),
            C::CaughtUp => self.short_of_budget_since = None,
            C::Suspended { cause, detail, plan } => self.suspend(cause, detail, plan, at),
            C::CanaryFailed { plan } => {
                if let Some(suspension) = &mut self.suspended {
                    suspension.canaries += 1;
                    suspension.canary_at = at.checked_add(plan.interval(suspension.canaries)).ok();
                }
            }
            C::Recovered => {
                self.suspended = None;
                self.failures = 0;
            }
        }
        let amiss = self.is_live() && (self.settings.is_none() || !self.unfit_settings.is_empty());
        self.settings_amiss_since = amiss.then(|| self.settings_amiss_since.unwrap_or(at));
        self.version += 1;
        Ok(())
    }

    fn needs_confirmed(&self) -> Result<(), ConnectionConflict> {
        if self.confirmed_at.is_some() { Ok(()) } else { Err(ConnectionConflict::NotConfirmed) }
    }

    fn confirm(&mut self, at: Timestamp) -> Result<(), ConnectionConflict> {
        if self.suspended.is_some() {
            return Err(ConnectionConflict::Suspended);
        }
        if let Some(missing) = self.left_to_set_up().first() {
            return Err(*missing);
        }
        self.confirmed_at.get_or_insert(at);
        Ok(())
    }

    fn suspend(&mut self, cause: SuspensionCause, detail: String, plan: CanaryPlan, at: Timestamp) {
        let canary_at = cause.has_canary().then(|| at.checked_add(plan.interval(0)).ok()).flatten();
        let since = self.suspended.as_ref().map_or(at, |suspension| suspension.since);
        self.suspended = Some(Suspension { cause, since, detail, canary_at, canaries: 0 });
    }
}
