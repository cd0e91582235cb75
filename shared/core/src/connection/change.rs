//! Every legal change of a connection.

use super::{
    CanaryPlan, CheckResult, Connection, ConnectionConflict, Paused, Settings, Suspension, SuspensionCause,
    TestProof,
};
use crate::catalogue::Language;
use jiff::Timestamp;
use psa_connector::FieldProblem;

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

impl Connection {
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
