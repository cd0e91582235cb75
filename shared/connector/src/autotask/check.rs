//! Whether a connection is set up right: one line for each thing that the set-up guide asks for. A line that fails names
//! the screen and the setting, because that is the only help that a partner can act on.

use super::api;
use super::model::{EntityRow, Level};
use super::session::Session;
use crate::check::{CheckCode, CheckLine, CheckReport, CheckStatus};
use crate::{PsaError, PsaErrorKind};
use futures_util::join;

const LEVEL: &str = "In Autotask: Admin › Organization Settings & Users › Resources/Users (HR) › Security › Security Levels › the API user's security level ›";
const CREDENTIALS: &str = "In Autotask: Admin › Organization Settings & Users › Resources/Users (HR) › Resources/Users › \
     the API user › Edit: see that it is active and not locked, generate a new secret, and enter Username (Key) and \
     Password (Secret) again. A new API user can take five minutes to work. If all of that is right, see that its API \
     Tracking Identifier names this product.";
const VENDOR: &str = "In Autotask: Admin › Organization Settings & Users › Resources/Users (HR) › Resources/Users › the \
     API user › Edit › API Tracking Identifier: choose Integration Vendor and this product. If it must be \"Custom \
     (Internal Integration)\", enter the tracking identifier that is shown there.";
const LATER: &str = "Autotask did not answer as it should: check again in a few minutes.";

/// Asked after the credentials, in the order in which a person would mend them.
const RIGHTS: [CheckCode; 7] = [
    CheckCode::TicketsRead,
    CheckCode::TicketsAdd,
    CheckCode::TicketsModify,
    CheckCode::Notes,
    CheckCode::ClientsRead,
    CheckCode::TicketCategories,
    CheckCode::Contracts,
];

pub(super) async fn check(session: &Session) -> CheckReport {
    // A person looks because something was changed: nothing of what is known may stand in the way.
    session.start_over().await;
    let zone = match session.zone().await {
        Ok(zone) => zone,
        Err(error) => return CheckReport { lines: no_zone(&error) },
    };
    let mut lines = vec![ok(CheckCode::Reachable, zone.api.host_str().unwrap_or_default().to_owned())];
    let tickets = match api::information(session, api::TICKETS).await {
        Err(error) if !is_missing_right(&error) => {
            lines.extend(no_access(&error));
            return CheckReport { lines };
        }
        tickets => tickets,
    };
    lines.push(ok(CheckCode::Credentials, "Autotask accepts the user name and the secret".to_owned()));
    lines.push(ok(CheckCode::Integration, "The API user belongs to this integration".to_owned()));
    let (any_ticket, notes, companies, categories, seats) = join!(
        api::any_ticket(session),
        api::information(session, api::NOTES),
        companies(session),
        categories(session),
        seats(session),
    );
    lines.extend(of_tickets(tickets, any_ticket.map(drop)));
    lines.push(answer(CheckCode::Notes, notes.and_then(|row| Ok(creating(&row)?.and(querying(&row)?)))));
    lines.push(answer(CheckCode::ClientsRead, companies));
    lines.push(optional(
        CheckCode::TicketCategories,
        categories,
        "ticket categories cannot be chosen by name",
    ));
    lines.push(optional(CheckCode::Contracts, seats, "seat counts cannot be sent"));
    CheckReport { lines }
}

fn no_zone(error: &PsaError) -> Vec<CheckLine> {
    let mut lines = match error.kind() {
        PsaErrorKind::InvalidCredentials => vec![
            ok(CheckCode::Reachable, "Autotask answers".to_owned()),
            failed(CheckCode::Credentials, found(error), CREDENTIALS.to_owned()),
        ],
        _ => vec![
            failed(CheckCode::Reachable, found(error), LATER.to_owned()),
            skipped(CheckCode::Credentials),
        ],
    };
    lines.push(skipped(CheckCode::Integration));
    lines.extend(RIGHTS.map(skipped));
    lines
}

/// The first call with credentials failed.
fn no_access(error: &PsaError) -> Vec<CheckLine> {
    let mut lines = match error.kind() {
        PsaErrorKind::WrongIntegration => vec![
            ok(CheckCode::Credentials, "Autotask accepts the user name and the secret".to_owned()),
            failed(CheckCode::Integration, found(error), VENDOR.to_owned()),
        ],
        PsaErrorKind::InvalidCredentials => vec![
            failed(CheckCode::Credentials, found(error), CREDENTIALS.to_owned()),
            skipped(CheckCode::Integration),
        ],
        _ => vec![
            failed(CheckCode::Credentials, found(error), LATER.to_owned()),
            skipped(CheckCode::Integration),
        ],
    };
    lines.extend(RIGHTS.map(skipped));
    lines
}

fn of_tickets(information: Result<EntityRow, PsaError>, query: Result<(), PsaError>) -> Vec<CheckLine> {
    let rights = [CheckCode::TicketsRead, CheckCode::TicketsAdd, CheckCode::TicketsModify];
    let row = match information {
        Ok(row) => row,
        Err(error) => {
            let [read, add, modify] = rights;
            return vec![answer(read, Err(error)), skipped(add), skipped(modify)];
        }
    };
    // What the information promises, the query has to keep.
    let read = querying(&row).and_then(|extent| query.map(|()| extent));
    let answers = [read, creating(&row), updating(&row)];
    rights.into_iter().zip(answers).map(|(code, result)| answer(code, result)).collect()
}

/// A security level that shows no company gives an empty list, and no error.
async fn companies(session: &Session) -> Result<Extent, PsaError> {
    let extent = querying(&api::information(session, api::COMPANIES).await?)?;
    let (rows, more) = api::companies(session, "", 0, 1).await?;
    if rows.is_empty() {
        return Err(lacking("list companies", "No active company can be seen"));
    }
    let several = if more { " or more" } else { "" };
    let seen = format!("{}{several} active companies can be seen", rows.len());
    Ok(match extent {
        // Which of them the bridge may see is the partner's to choose.
        Extent::All(_) => Extent::All(seen),
        Extent::Restricted(_) => Extent::All(format!("{seen}; the security level hides the others")),
    })
}

async fn categories(session: &Session) -> Result<Extent, PsaError> {
    let extent = querying(&api::information(session, api::CATEGORIES).await?)?;
    if api::categories(session).await?.is_empty() {
        // Every tenant has the system's own.
        return Err(lacking("list ticket categories", "No ticket category can be seen"));
    }
    Ok(extent)
}

/// Everything that a seat count reads, and the one thing that it writes.
async fn seats(session: &Session) -> Result<Extent, PsaError> {
    let (contracts, services, units, adjustments) = join!(
        api::information(session, api::CONTRACTS),
        api::information(session, api::CONTRACT_SERVICES),
        api::information(session, api::CONTRACT_UNITS),
        api::information(session, api::CONTRACT_ADJUSTMENTS),
    );
    let read = querying(&contracts?)?.and(querying(&services?)?).and(querying(&units?)?);
    Ok(read.and(creating(&adjustments?)?))
}

/// How far a right reaches, in words.
enum Extent {
    All(String),
    Restricted(String),
}

impl Extent {
    /// Both rights, of which the narrower counts.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Restricted(what), _) | (_, Self::Restricted(what)) => Self::Restricted(what),
            (Self::All(_), Self::All(what)) => Self::All(what),
        }
    }
}

fn querying(row: &EntityRow) -> Result<Extent, PsaError> {
    extent("be read", row.can_query, row.user_access_for_query)
}

fn creating(row: &EntityRow) -> Result<Extent, PsaError> {
    extent("be added", row.can_create, row.user_access_for_create)
}

fn updating(row: &EntityRow) -> Result<Extent, PsaError> {
    extent("be changed", row.can_update, row.user_access_for_update)
}

fn extent(what: &str, can: Option<bool>, level: Option<Level>) -> Result<Extent, PsaError> {
    match (can, level) {
        (Some(false), _) | (_, Some(Level::None)) => {
            Err(lacking("read rights", &format!("They may not {what}")))
        }
        (_, Some(Level::Restricted)) => Ok(Extent::Restricted(format!(
            "Some of them can {what}: the security level is restricted. The test ticket shows whether it is enough"
        ))),
        (_, Some(Level::All) | None) => Ok(Extent::All(format!("They can {what}"))),
    }
}

fn lacking(operation: &'static str, what: &str) -> PsaError {
    PsaError::new(PsaErrorKind::MissingPermission, operation, what)
}

fn is_missing_right(error: &PsaError) -> bool {
    matches!(error.kind(), PsaErrorKind::MissingPermission | PsaErrorKind::NotFound)
}

fn answer(code: CheckCode, result: Result<Extent, PsaError>) -> CheckLine {
    match result {
        Ok(Extent::All(found)) => ok(code, found),
        Ok(Extent::Restricted(found)) => line(code, CheckStatus::ProvenByTestTicket, found, None),
        Err(error) if is_missing_right(&error) => failed(code, found(&error), fix(code)),
        Err(error) => match error.kind() {
            PsaErrorKind::InvalidCredentials => failed(code, found(&error), CREDENTIALS.to_owned()),
            PsaErrorKind::WrongIntegration => failed(code, found(&error), VENDOR.to_owned()),
            _ => failed(code, found(&error), LATER.to_owned()),
        },
    }
}

/// A right that tickets do not need.
fn optional(code: CheckCode, result: Result<Extent, PsaError>, without: &str) -> CheckLine {
    match result {
        Ok(Extent::Restricted(_)) => {
            let found = "Some can be used: the security level is restricted".to_owned();
            ok(code, found)
        }
        Err(error) if is_missing_right(&error) => {
            line(code, CheckStatus::NotGranted, format!("{}; {without}", found(&error)), Some(fix(code)))
        }
        result => answer(code, result),
    }
}

fn found(error: &PsaError) -> String {
    match error.psa_message() {
        Some(message) => format!("{} (Autotask says: {message})", error.detail()),
        None => error.detail().to_owned(),
    }
}

/// The names are those of Autotask's screens.
fn fix(code: CheckCode) -> String {
    match code {
        CheckCode::TicketsRead => format!("{LEVEL} Service Desk › Tickets: set View to \"All\"."),
        CheckCode::TicketsAdd => format!("{LEVEL} Service Desk › Tickets: tick Add."),
        CheckCode::TicketsModify => format!("{LEVEL} Service Desk › Tickets: set Edit to \"All\"."),
        CheckCode::Notes => format!("{LEVEL} Service Desk › Ticket Notes: set View to \"All\" and tick Add."),
        CheckCode::ClientsRead => format!(
            "{LEVEL} CRM › Organizations (Companies): set View to \"All\", or see that the API user's lines of business \
             and territories include the companies that the bridge may see."
        ),
        CheckCode::TicketCategories => {
            format!("{LEVEL} Admin › Service Desk (Ticket): allow it, so that categories can be read.")
        }
        CheckCode::Contracts => {
            format!(
                "{LEVEL} Contracts: set View to \"All\", tick Edit, and set Contract Visibility to all contracts."
            )
        }
        CheckCode::Integration => VENDOR.to_owned(),
        _ => CREDENTIALS.to_owned(),
    }
}

fn label(code: CheckCode) -> &'static str {
    match code {
        CheckCode::Reachable => "Autotask can be reached",
        CheckCode::Integration => "The API user belongs to this integration",
        CheckCode::TicketsRead => "Tickets can be read",
        CheckCode::TicketsAdd => "New tickets can be added",
        CheckCode::TicketsModify => "Tickets can be changed",
        CheckCode::Notes => "Notes can be added and read",
        CheckCode::ClientsRead => "Companies can be read",
        CheckCode::TicketCategories => "Ticket categories can be read",
        CheckCode::Contracts => "Contracts can be read and adjusted",
        _ => "Autotask accepts the credentials",
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

fn skipped(code: CheckCode) -> CheckLine {
    line(code, CheckStatus::Skipped, "Not asked yet: mend the line above first".to_owned(), None)
}
