//! When it is the connection that fails, not the ticket: wait, or suspend it, and look whether it is over.

use super::{Interrupted, session::Session};
use crate::connection::{ConnectionChange, SuspensionCause};
use jiff::{SignedDuration, Timestamp};
use psa_connector::{FieldValues, PsaConnector, PsaError, PsaErrorKind};
use tracing::{info, warn};

impl Session<'_> {
    /// Holds the connection for what a call without side effects found.
    pub(super) async fn hold_connection(&mut self, error: &PsaError) -> Result<(), Interrupted> {
        let cause = match error.kind() {
            PsaErrorKind::RateLimited { after } => {
                let wait = after.and_then(|after| SignedDuration::try_from(after).ok());
                let until = self.after(wait.unwrap_or(self.worker.plan.throttle));
                info!(connection = %self.connection.id, %until, "Waits for the request budget");
                return self.change(ConnectionChange::Throttled { until }).await;
            }
            PsaErrorKind::InvalidCredentials | PsaErrorKind::WrongIntegration => SuspensionCause::Credentials,
            PsaErrorKind::MissingPermission => SuspensionCause::Permission,
            _ => SuspensionCause::Unavailable,
        };
        self.suspend(cause, error.to_string()).await
    }

    /// The field without a value that a refusal names, kept as required from now on.
    pub(super) async fn reveal(
        &mut self,
        error: &PsaError,
        chosen: &FieldValues,
    ) -> Result<Option<String>, Interrupted> {
        let PsaErrorKind::Rejected { field: Some(field) } = error.kind() else { return Ok(None) };
        // Those that the bridge itself fills are no choice of the partner.
        let own =
            ["client_id", "companyid", "summary", "title"].contains(&field.to_ascii_lowercase().as_str());
        if own || chosen.keys().any(|chosen| chosen.eq_ignore_ascii_case(field)) {
            return Ok(None);
        }
        if !self.connection.revealed_fields.contains(field) {
            self.change(ConnectionChange::FieldRevealed { field: field.clone() }).await?;
        }
        Ok(Some(field.clone()))
    }

    pub(super) async fn suspend(
        &mut self,
        cause: SuspensionCause,
        detail: String,
    ) -> Result<(), Interrupted> {
        warn!(connection = %self.connection.id, ?cause, detail, "Suspended a connection");
        let plan = self.worker.plan.canary;
        self.change(ConnectionChange::Suspended { cause, detail, plan }).await
    }

    /// Whether a suspension is over: looks, if its canary is due.
    pub(super) async fn canary(&mut self, connector: &dyn PsaConnector) -> Result<bool, Interrupted> {
        let due = |at: Timestamp| at <= self.now();
        if !self.connection.suspended.as_ref().and_then(|s| s.canary_at).is_some_and(due) {
            return Ok(false);
        }
        match connector.ping().await {
            Ok(()) => {
                info!(connection = %self.connection.id, "The outage is over");
                self.change(ConnectionChange::Recovered).await?;
                Ok(true)
            }
            Err(error) if error_is_final(&error) => {
                self.hold_connection(&error).await?;
                Ok(false)
            }
            Err(error) => {
                info!(connection = %self.connection.id, %error, "The outage goes on");
                self.change(ConnectionChange::CanaryFailed { plan: self.worker.plan.canary }).await?;
                Ok(false)
            }
        }
    }
}

/// Whether looking again by itself would do no good, or harm.
fn error_is_final(error: &PsaError) -> bool {
    matches!(
        error.kind(),
        PsaErrorKind::InvalidCredentials | PsaErrorKind::WrongIntegration | PsaErrorKind::MissingPermission
    )
}
