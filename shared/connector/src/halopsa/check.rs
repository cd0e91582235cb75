//! Whether a connection is set up right: one line for each thing that the set-up guide asks for. A line that fails names
//! the screen and the setting, because that is the only help that a partner can act on.

use super::api;
use super::form::closing_statuses;
use super::session::Session;
use super::token::{Token, covers};
use crate::check::{CheckCode, CheckLine, CheckReport, CheckStatus};
use crate::{PsaError, PsaErrorKind};

const ROLE: &str = "In HaloPSA: Configuration › Teams & Agents › Agents › the API agent › Permissions (or the agent's role): set";
const APPLICATION: &str = "In HaloPSA: Configuration › Integrations › Halo API › View Applications › the application › Permissions: tick";
const ADDRESS: &str =
    "Enter the Resource Server as shown in HaloPSA under Configuration › Integrations › Halo API.";
const CREDENTIALS: &str = "In HaloPSA: Configuration › Integrations › Halo API › View Applications › the application: \
     authentication method \"Client ID and Secret (Services)\", login type \"Agent\", and the API agent as the agent to \
     log in as. Copy the client ID after saving, make a new secret, and enter both again; for the tenant, take the value \
     next to the Resource Server.";

/// Asked after the credentials, in the order in which a person would mend them.
const RIGHTS: [CheckCode; 8] = [
    CheckCode::TicketsRead,
    CheckCode::TicketsModify,
    CheckCode::TicketsAdd,
    CheckCode::TicketsOfOthers,
    CheckCode::TicketTypes,
    CheckCode::ClientsRead,
    CheckCode::Suppliers,
    CheckCode::Licenses,
];

pub(super) async fn check(session: &Session) -> CheckReport {
    // A person looks because something was changed: nothing of what is known may stand in the way.
    session.start_over().await;
    let mut lines = Vec::new();
    let token = match session.token().await {
        Ok(token) => {
            lines.push(ok(CheckCode::Reachable, session.site.portal.clone()));
            lines.push(ok(CheckCode::Credentials, "HaloPSA accepts the client ID and the secret".to_owned()));
            token
        }
        Err(error) => {
            lines.extend(no_token(session, &error));
            lines.extend(RIGHTS.map(skipped));
            return CheckReport { lines };
        }
    };
    let tickets = api::any_ticket(session).await.map(|_| "Tickets can be read".to_owned());
    let readable = tickets.is_ok();
    lines.push(answer(CheckCode::TicketsRead, tickets));
    if readable {
        lines.push(writing(&token, CheckCode::TicketsModify));
        lines.push(writing(&token, CheckCode::TicketsAdd));
        lines.push(writing(&token, CheckCode::TicketsOfOthers));
        lines.push(answer(CheckCode::TicketTypes, ticket_types(session).await));
    } else {
        lines.extend(RIGHTS.into_iter().skip(1).take(4).map(skipped));
    }
    lines.push(answer(CheckCode::ClientsRead, clients(session).await));
    let suppliers = api::any_supplier(session).await.map(|_| ());
    lines.push(seats_line(&token, CheckCode::Suppliers, "suppliers", suppliers));
    let licences = api::any_licence(session).await.map(|_| ());
    lines.push(seats_line(&token, CheckCode::Licenses, "softwarelicensing", licences));
    CheckReport { lines }
}

fn no_token(session: &Session, error: &PsaError) -> Vec<CheckLine> {
    let found = found(error);
    match error.kind() {
        PsaErrorKind::InvalidCredentials => vec![
            ok(CheckCode::Reachable, session.site.portal.clone()),
            failed(CheckCode::Credentials, found, CREDENTIALS.to_owned()),
        ],
        PsaErrorKind::MissingPermission => vec![
            ok(CheckCode::Reachable, session.site.portal.clone()),
            failed(
                CheckCode::Credentials,
                found,
                format!("{APPLICATION} all:standard, or at least edit:tickets and read:customers."),
            ),
        ],
        PsaErrorKind::RateLimited { .. } => vec![
            failed(CheckCode::Reachable, found, "Check again in a few minutes.".to_owned()),
            skipped(CheckCode::Credentials),
        ],
        _ => vec![
            failed(
                CheckCode::Reachable,
                found,
                format!("{ADDRESS} If it is right, HaloPSA is down at present."),
            ),
            skipped(CheckCode::Credentials),
        ],
    }
}

/// What changes a ticket cannot be tried without changing one. What the application lacks shows in the token, though.
fn writing(token: &Token, code: CheckCode) -> CheckLine {
    match &token.scopes {
        Some(scopes) if !covers(scopes, "edit:tickets") => {
            let found = "The application may read tickets and not change them".to_owned();
            failed(code, found, format!("{APPLICATION} all:standard or edit:tickets."))
        }
        _ => CheckLine {
            status: CheckStatus::ProvenByTestTicket,
            ..ok(code, "The test ticket shows it".to_owned())
        },
    }
}

async fn ticket_types(session: &Session) -> Result<String, PsaError> {
    let usable = api::ticket_types(session).await?.iter().filter(|row| row.is_usable()).count();
    // Whether tickets can be closed depends on the same permission; a tenant without such a status is broken.
    let closing = closing_statuses(session).await?.len();
    if usable == 0 {
        let detail = "No ticket type can be used to add a ticket";
        return Err(PsaError::new(PsaErrorKind::MissingPermission, "list ticket types", detail));
    }
    Ok(format!("{usable} ticket types can be used, {closing} statuses close a ticket"))
}

async fn clients(session: &Session) -> Result<String, PsaError> {
    let page = api::clients(session, "", 1).await?;
    if page.rows.is_empty() {
        // A guide of HaloPSA says so: an agent who is restricted sees fewer clients, and no error.
        let detail = "No client can be seen: the agent is restricted to no customers, or may not read them";
        return Err(PsaError::new(PsaErrorKind::MissingPermission, "list clients", detail));
    }
    Ok(match page.total {
        Some(total) => format!("{total} active clients can be seen"),
        None => "Clients can be seen".to_owned(),
    })
}

/// Rights that seat counts need and tickets do not.
fn seats_line(token: &Token, code: CheckCode, object: &str, read: Result<(), PsaError>) -> CheckLine {
    let may_edit = token.scopes.as_ref().is_none_or(|scopes| covers(scopes, &format!("edit:{object}")));
    match read {
        Ok(()) if may_edit => ok(code, "Can be read; writing shows when seat counts are sent".to_owned()),
        Ok(()) => {
            let found =
                "The application may read them and not change them; seat counts cannot be sent".to_owned();
            not_granted(code, found, format!("{APPLICATION} all:standard or edit:{object}."))
        }
        Err(error) if *error.kind() == PsaErrorKind::MissingPermission => {
            let scope = if may_edit { String::new() } else { format!(" {APPLICATION} edit:{object}.") };
            not_granted(code, "May not be read; seat counts cannot be sent".to_owned(), fix(code) + &scope)
        }
        Err(error) => answer(code, Err(error)),
    }
}

fn answer(code: CheckCode, result: Result<String, PsaError>) -> CheckLine {
    match result {
        Ok(found) => ok(code, found),
        Err(error) => match error.kind() {
            PsaErrorKind::MissingPermission | PsaErrorKind::NotFound => {
                failed(code, found(&error), fix(code))
            }
            PsaErrorKind::InvalidCredentials => failed(code, found(&error), CREDENTIALS.to_owned()),
            _ => failed(
                code,
                found(&error),
                "HaloPSA did not answer as it should: check again in a few minutes.".to_owned(),
            ),
        },
    }
}

fn found(error: &PsaError) -> String {
    match error.psa_message() {
        Some(message) => format!("{} (HaloPSA says: {message})", error.detail()),
        None => error.detail().to_owned(),
    }
}

/// The names are those of HaloPSA's screens.
fn fix(code: CheckCode) -> String {
    match code {
        CheckCode::Reachable => ADDRESS.to_owned(),
        CheckCode::TicketsRead | CheckCode::TicketsModify => {
            format!(
                "{ROLE} \"Tickets Access Level\" to \"Read and Modify\". {APPLICATION} all:standard or edit:tickets."
            )
        }
        CheckCode::TicketsAdd => format!("{ROLE} \"Can add new Tickets\" to \"Yes\"."),
        CheckCode::TicketsOfOthers => format!("{ROLE} \"Can edit Tickets not assigned to them\" to \"Yes\"."),
        CheckCode::TicketTypes => {
            format!(
                "{ROLE} the ticket types to \"Allow use of all Ticket Types\", and \"Can add new Tickets\" to \"Yes\"."
            )
        }
        CheckCode::ClientsRead => format!(
            "{ROLE} \"Customers Access Level\" to \"Read Only\", and under \"Customers\" allow all, or those that the \
             bridge may see. {APPLICATION} all:standard or read:customers."
        ),
        CheckCode::Suppliers => format!("{ROLE} \"Suppliers Access Level\" to \"Read and Modify\"."),
        CheckCode::Licenses => format!("{ROLE} \"Software Licensing Access Level\" to \"Read and Modify\"."),
        CheckCode::Credentials
        | CheckCode::Integration
        | CheckCode::Notes
        | CheckCode::TicketCategories
        | CheckCode::Contracts => CREDENTIALS.to_owned(),
    }
}

fn label(code: CheckCode) -> &'static str {
    match code {
        CheckCode::Reachable => "HaloPSA can be reached",
        CheckCode::Credentials => "HaloPSA accepts the credentials",
        CheckCode::Integration => "The API user belongs to this integration",
        CheckCode::TicketsRead => "Tickets can be read",
        CheckCode::TicketsModify => "Tickets can be changed",
        CheckCode::TicketsAdd => "New tickets can be added",
        CheckCode::TicketsOfOthers => "Tickets of others can be changed",
        CheckCode::TicketTypes => "Ticket types can be used",
        CheckCode::ClientsRead => "Customers can be read",
        CheckCode::Suppliers => "Suppliers can be read and changed",
        CheckCode::Licenses => "Software licences can be read and changed",
        CheckCode::Notes => "Notes can be added",
        CheckCode::TicketCategories => "Ticket categories can be read",
        CheckCode::Contracts => "Contracts can be read and adjusted",
    }
}

fn line(code: CheckCode, status: CheckStatus, found: String, fix: Option<String>) -> CheckLine {
    CheckLine { code, label: label(code).to_owned(), status, found, fix }
}

fn ok(code: CheckCode, found: String) -> CheckLine {
    line(code, CheckStatus::Ok, found, None)
}

fn failed(code: CheckCode, found: String, fix: String) -> CheckLine {
    line(code, CheckStatus::Failed, found, Some(fix))
}

fn not_granted(code: CheckCode, found: String, fix: String) -> CheckLine {
    line(code, CheckStatus::NotGranted, found, Some(fix))
}

fn skipped(code: CheckCode) -> CheckLine {
    line(code, CheckStatus::Skipped, "Not asked yet: mend the line above first".to_owned(), None)
}
