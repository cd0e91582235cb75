//! How the errors of ports and PSAs become problems. What the caller can mend is told; what only the operator can is
//! logged and told as "later".

use crate::problem::{FieldError, Problem};
use http::StatusCode;
use psa_bridge_core::{
    connection::ConnectionConflict,
    ports::{ChangeError, OpenError, StoreError, VaultError},
};
use psa_connector::{PsaError, PsaErrorKind};
use std::{error::Error, fmt::Write as _, time::Duration};

const SOON: Duration = Duration::from_secs(5);

/// An error and all its causes on one line, for the log.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string does not fail.
        if write!(text, ": {error}").is_err() {
            break;
        }
        cause = error.source();
    }
    text
}

fn later(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, title)
        .with_fix("Nothing was changed. Try again in a moment.")
        .retry_after(SOON)
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable { .. } => {
                tracing::error!(error = chain(&error), "Store unavailable");
                later("store_unavailable", "PSA Bridge cannot reach its records at present")
            }
            StoreError::Corrupt { .. } => {
                tracing::error!(error = chain(&error), "Stored record cannot be read");
                Problem::internal()
            }
            StoreError::Cursor => invalid_cursor(),
        }
    }
}

pub(crate) fn invalid_cursor() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_cursor", "The cursor is not of this list")
        .with_field("cursor")
        .with_detail("A cursor fits only the caller and the query that it was given for.")
        .with_fix("Start at the first page: leave the cursor out.")
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match &error {
            VaultError::NotFound => {
                tracing::error!(error = chain(&error), "Credentials missing in the vault");
                Problem::conflict("credentials_missing", "The credentials of this connection are not there")
                    .with_fix("Enter the credentials of the connection again.")
            }
            VaultError::Unreadable => {
                tracing::error!(error = chain(&error), "Credentials cannot be decrypted");
                Problem::conflict(
                    "credentials_unreadable",
                    "The credentials of this connection cannot be read",
                )
                .with_fix("Enter the credentials of the connection again.")
            }
            VaultError::Unavailable { .. } => {
                tracing::error!(error = chain(&error), "Vault unavailable");
                later("vault_unavailable", "PSA Bridge cannot reach the credentials at present")
            }
        }
    }
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Credentials(problems) => {
                let field = problems.first().map(|problem| format!("credentials.{}", problem.field));
                let errors = problems
                    .into_iter()
                    .map(|problem| FieldError {
                        field: format!("credentials.{}", problem.field),
                        code: problem.code,
                        message: problem.message,
                    })
                    .collect();
                let problem = Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "invalid_credentials_form",
                    "The credentials are incomplete or malformed",
                )
                .with_fix("Correct the fields that are named and send the request again.")
                .with_errors(errors);
                match field {
                    Some(field) => problem.with_field(field),
                    None => problem,
                }
            }
            OpenError::Vault(error) => error.into(),
        }
    }
}

impl From<ConnectionConflict> for Problem {
    fn from(conflict: ConnectionConflict) -> Self {
        use ConnectionConflict as C;
        let (title, fix) = match conflict {
            C::Revoked => ("The connection was revoked", "Connect the PSA again."),
            C::SettingsMissing => ("The ticket settings are missing", "Save the ticket settings first."),
            C::ContactMissing => ("The emergency contact is missing", "Save an emergency contact first."),
            C::NotProven => (
                "No test ticket was made with the present credentials and settings",
                "Send a test ticket and wait until it was found.",
            ),
            C::Suspended => {
                ("The connection is suspended", "Check the connection and mend what the check names.")
            }
            C::NotConfirmed => ("The set-up has not been confirmed", "Confirm the set-up first."),
            C::CredentialsChanged => {
                ("Other credentials were saved meanwhile", "Read the connection again and decide anew.")
            }
        };
        Problem::conflict(conflict.code(), title).with_fix(fix)
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Problem::not_found("connection"),
            ChangeError::Conflict(conflict) => conflict.into(),
            ChangeError::Store(error) => error.into(),
        }
    }
}

impl From<PsaError> for Problem {
    fn from(error: PsaError) -> Self {
        tracing::warn!(error = chain(&error), operation = error.operation(), "PSA call failed");
        let (status, code) = match error.kind() {
            PsaErrorKind::InvalidCredentials => (StatusCode::UNPROCESSABLE_ENTITY, "psa_invalid_credentials"),
            PsaErrorKind::WrongIntegration => (StatusCode::UNPROCESSABLE_ENTITY, "psa_wrong_integration"),
            PsaErrorKind::MissingPermission => (StatusCode::UNPROCESSABLE_ENTITY, "psa_missing_permission"),
            PsaErrorKind::Rejected { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "psa_rejected"),
            PsaErrorKind::NotFound => (StatusCode::UNPROCESSABLE_ENTITY, "psa_not_found"),
            PsaErrorKind::RateLimited { .. } => (StatusCode::SERVICE_UNAVAILABLE, "psa_rate_limited"),
            PsaErrorKind::Unavailable => (StatusCode::BAD_GATEWAY, "psa_unavailable"),
            PsaErrorKind::OutcomeUnknown => (StatusCode::BAD_GATEWAY, "psa_outcome_unknown"),
            PsaErrorKind::Protocol => (StatusCode::BAD_GATEWAY, "psa_protocol"),
            PsaErrorKind::MissingCapability => (StatusCode::UNPROCESSABLE_ENTITY, "psa_missing_capability"),
        };
        let problem = Problem::new(status, code, "The PSA did not do what was asked")
            .with_detail(error.partner_message());
        match error.kind() {
            PsaErrorKind::Rejected { field: Some(field) } => problem.with_field(field.clone()),
            PsaErrorKind::RateLimited { after } => problem.retry_after(after.unwrap_or(SOON)),
            _ => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use psa_connector::CredentialProblem;

    fn said(problem: impl Into<Problem>) -> (u16, String, String) {
        let problem = problem.into();
        let text = serde_json::to_string(problem.details()).unwrap();
        (problem.status().as_u16(), problem.details().code.to_string(), text)
    }

    #[test]
    fn what_only_the_operator_can_mend_is_not_told_to_the_caller() {
        let detail = || "disk /var/lib/secret.db is full".to_owned();
        let problems = [
            (said(StoreError::Unavailable { detail: detail(), source: None }), 503, "store_unavailable"),
            (said(StoreError::Corrupt { detail: detail() }), 500, "internal"),
            (said(VaultError::Unavailable { detail: detail(), source: None }), 503, "vault_unavailable"),
            (said(OpenError::Vault(VaultError::Unreadable)), 409, "credentials_unreadable"),
            (said(ChangeError::Store(StoreError::Corrupt { detail: detail() })), 500, "internal"),
        ];
        for ((status, code, text), expected_status, expected_code) in problems {
            assert_eq!((status, code.as_str()), (expected_status, expected_code));
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn a_failure_of_the_psa_is_told_in_its_own_words_and_not_in_the_operators() {
        use PsaErrorKind as K;
        let cases = [
            (K::InvalidCredentials, 422, "psa_invalid_credentials"),
            (K::MissingPermission, 422, "psa_missing_permission"),
            (K::Rejected { field: Some("sla_id".into()) }, 422, "psa_rejected"),
            (K::RateLimited { after: None }, 503, "psa_rate_limited"),
            (K::Unavailable, 502, "psa_unavailable"),
            (K::OutcomeUnknown, 502, "psa_outcome_unknown"),
            (K::Protocol, 502, "psa_protocol"),
            (K::MissingCapability, 422, "psa_missing_capability"),
        ];
        for (kind, status, code) in cases {
            let error =
                PsaError::new(kind, "create ticket", "for the operator").with_psa_message("SLA is missing");
            let (found_status, found_code, text) = said(error);
            assert_eq!((found_status, found_code.as_str()), (status, code));
            assert!(text.contains("SLA is missing") && !text.contains("for the operator"), "{text}");
        }
    }

    #[test]
    fn each_malformed_credential_is_named() {
        let problem = |field: &str| CredentialProblem {
            field: field.into(),
            code: "required".into(),
            message: "Enter it.".into(),
        };
        let told = Problem::from(OpenError::Credentials(vec![problem("site_url"), problem("client_secret")]));
        let fields: Vec<&str> = told.details().errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["credentials.site_url", "credentials.client_secret"]);
        assert_eq!(told.details().field.as_deref(), Some("credentials.site_url"));
    }

    #[test]
    fn a_conflict_keeps_its_code() {
        let (status, code, _) = said(ChangeError::Conflict(ConnectionConflict::NotProven));
        assert_eq!((status, code.as_str()), (409, "test_ticket_missing"));
        assert_eq!(said(ChangeError::NotFound).0, 404);
        assert_eq!(said(StoreError::Cursor).1, "invalid_cursor");
    }
}
