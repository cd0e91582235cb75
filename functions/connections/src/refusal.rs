//! Why a wish was not done, as a problem of the API.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use psa_bridge_core::{connection::ConnectionConflict, usecases::connections::ConnectionsError};
use psa_bridge_http::{FieldError, Problem, ProblemDetails};
use psa_connector::{CheckReport, CheckStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A problem that carries the whole check where the PSA did not pass it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotConnectedProblem {
    /// The problem. `errors` names the lines that failed.
    #[serde(flatten)]
    pub problem: ProblemDetails,
    /// Every line of the check, with `not_connected`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<CheckReport>,
}

/// Why a wish was not done.
#[derive(Debug)]
pub(crate) enum Refusal {
    Problem(Problem),
    NotConnected(Box<NotConnectedProblem>),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ConnectionsError> for Refusal {
    fn from(error: ConnectionsError) -> Self {
        use ConnectionsError as E;
        let problem = match error {
            E::NotConnected { report } => return Self::NotConnected(Box::new(not_connected(report))),
            E::NotFound => Problem::not_found("connection"),
            E::Conflict(conflict) => conflict.into(),
            E::AlreadyConnected { tenant } => {
                Problem::conflict("already_connected", "This PSA is connected already")
                    .with_detail(format!("There is a connection to {tenant}."))
                    .with_fix("Replace the credentials of that connection, or revoke it first.")
            }
            E::DifferentTenant { bound, found } => {
                Problem::conflict("different_tenant", "These credentials belong to another PSA")
                    .with_detail(format!("They lead to {found}; the connection is bound to {bound}."))
                    .with_field("credentials")
                    .with_fix("Enter credentials of the same PSA, or make a new connection.")
            }
            E::InvalidSettings(problems) => {
                let errors = problems.into_iter().map(|problem| FieldError {
                    field: problem.field,
                    code: problem.code,
                    message: problem.message,
                });
                unprocessable("invalid_settings", "The settings do not fit this PSA")
                    .with_fix("Correct the fields that are named and save again: nothing was saved.")
                    .with_errors(errors.collect())
            }
            E::NotReady(steps) => {
                let errors = steps.into_iter().map(|step| FieldError {
                    field: place_of(&step.code).to_owned(),
                    code: step.code,
                    message: step.text,
                });
                Problem::conflict("setup_incomplete", "The set-up is not complete")
                    .with_fix("Do what is named, in this order, and confirm again.")
                    .with_errors(errors.collect())
            }
            E::ClientNotFound => {
                unprocessable("client_not_found", "The PSA has no such client").with_field("client").with_fix(
                    "Choose a client that the PSA offers. The API user may be limited to some clients.",
                )
            }
            E::ClientInactive => unprocessable("client_inactive", "The client is inactive in the PSA")
                .with_field("client")
                .with_fix("Choose another client, or activate this one in the PSA."),
            E::Open(error) => error.into(),
            E::Vault(error) => error.into(),
            E::Psa(error) => error.into(),
            E::Store(error) => error.into(),
        };
        Self::Problem(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::NotConnected(problem) => {
                let headers = [(header::CONTENT_TYPE, "application/problem+json")];
                // Strings, numbers and enums of them alone: this cannot fail, and an empty problem has its status.
                let body = serde_json::to_vec(&problem).unwrap_or_default();
                (StatusCode::UNPROCESSABLE_ENTITY, headers, body).into_response()
            }
        }
    }
}

fn unprocessable(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
}

fn not_connected(report: CheckReport) -> NotConnectedProblem {
    let failed = report.lines.iter().enumerate().filter(|(_, line)| line.status == CheckStatus::Failed);
    let errors = failed.map(|(index, line)| FieldError {
        field: format!("report.lines[{index}]"),
        code: code(&line.code),
        message: line.fix.clone().unwrap_or_else(|| line.found.clone()),
    });
    let problem = unprocessable("not_connected", "The PSA did not pass the check")
        .with_detail("Nothing was stored.")
        .with_fix("Mend the lines that failed, from the first on, and try again.")
        .with_errors(errors.collect());
    NotConnectedProblem { problem: problem.into_details(), report: Some(report) }
}

/// The code of a value that JSON writes as a text.
fn code(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => code,
        Ok(_) | Err(_) => String::new(),
    }
}

/// Where a person does what is left.
fn place_of(step: &str) -> &'static str {
    let places = [
        (ConnectionConflict::SettingsMissing, "settings"),
        (ConnectionConflict::ContactMissing, "settings.emergency_contact"),
        (ConnectionConflict::NotProven, "test-ticket"),
        (ConnectionConflict::Suspended, "check"),
    ];
    places.iter().find(|(conflict, _)| conflict.code() == step).map_or("", |(_, place)| place)
}
