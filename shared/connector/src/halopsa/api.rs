//! One function a call that HaloPSA offers and the bridge makes. The reference is <https://halopsa.com/apidocs>; what
//! it leaves open is told where it matters.

use super::lenient::{Rows, one};
use super::model::{
    ActionRow, ClientRow, FieldRow, LicenceRow, Me, NamedRow, PriorityRow, SlaRow, TicketRow, TicketTypeRow,
};
use super::session::{Query, Repeat, Session};
use crate::{PsaError, PsaErrorKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// Rows of a list of actions that are asked for; the call has no pages.
const ACTIONS: usize = 1000;

/// Changes of a licence that are asked for: what one write changes, and what people did at the same time.
const CHANGES: usize = 250;

/// <https://halopsa.com/apidocs/resources/tickets>: `POST /Tickets`, a list of one. Not idempotent.
pub(super) async fn create_ticket(session: &Session, ticket: Value) -> Result<Option<TicketRow>, PsaError> {
    let value = session.post("create ticket", "Tickets", &json!([ticket]), Repeat::Never).await?;
    Ok(one(value, "tickets"))
}

/// <https://halopsa.com/apidocs/resources/tickets>: `POST /Tickets` with an `id`, which changes that ticket.
pub(super) async fn set_status(session: &Session, id: i64, status: i64) -> Result<(), PsaError> {
    // No rule of the ticket type may keep a ticket open that is over: see `NewTicket` about `_novalidate`.
    let body = json!([{ "id": id, "status_id": status, "_novalidate": true, "_forcereassign": true }]);
    // What is stored is read back, so the answer is of no interest.
    session.post("set ticket status", "Tickets", &body, Repeat::Freely).await.map(drop)
}

/// <https://halopsa.com/apidocs/resources/tickets>: `GET /Tickets/{id}`.
pub(super) async fn ticket(session: &Session, id: i64) -> Result<TicketRow, PsaError> {
    let query = vec![("includedetails", "true".into()), ("includelastaction", "false".into())];
    let value = session.get("read ticket", &format!("Tickets/{id}"), &query).await?;
    one(value, "tickets")
        .ok_or_else(|| PsaError::new(PsaErrorKind::Protocol, "read ticket", "The answer is no ticket"))
}

/// <https://halopsa.com/apidocs/resources/tickets>: `GET /Tickets`, everything of one client that occurred in a time.
/// Without `includedetails` rows lack what references are kept in.
pub(super) async fn tickets_of_client(
    session: &Session,
    client: i64,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<TicketRow>, PsaError> {
    let query = vec![
        ("client_id", client.to_string().into()),
        ("includedetails", "true".into()),
        // The field's name is misspelt in HaloPSA.
        ("datesearch", "dateoccured".into()),
        ("startdate", local(from).into()),
        ("enddate", local(until).into()),
        ("order", "id".into()),
        ("orderdesc", "false".into()),
    ];
    session.all("list tickets", "Tickets", "tickets", &query).await
}

/// The first ticket of all, if there is one: the cheapest thing that needs the right to read tickets.
pub(super) async fn any_ticket(session: &Session) -> Result<Rows<TicketRow>, PsaError> {
    session.page("list tickets", "Tickets", "tickets", &Vec::new(), (1, 1)).await
}

/// <https://halopsa.com/apidocs/resources/actions>: `POST /Actions`, a list of one. Not idempotent.
pub(super) async fn create_action(session: &Session, action: Value) -> Result<Option<ActionRow>, PsaError> {
    let value = session.post("add note", "Actions", &json!([action]), Repeat::Never).await?;
    Ok(one(value, "actions"))
}

/// <https://halopsa.com/apidocs/resources/actions>: `GET /Actions`, all of one ticket, the system's as well.
pub(super) async fn actions(session: &Session, ticket: i64) -> Result<Vec<ActionRow>, PsaError> {
    let ask = |count: usize| {
        let query: Query<'_> = vec![
            ("ticket_id", ticket.to_string().into()),
            ("excludesys", "false".into()),
            ("includehtmlnote", "true".into()),
            ("includeagentdetails", "true".into()),
            ("count", count.to_string().into()),
        ];
        async move { session.list::<ActionRow>("list actions", "Actions", "actions", &query).await }
    };
    let mut rows = ask(ACTIONS).await?;
    if let Some(total) = rows.total.filter(|total| *total > rows.rows.len()) {
        rows = ask(total + ACTIONS).await?;
        if rows.rows.len() < total {
            let detail = format!("Only {} of {total} actions were shown", rows.rows.len());
            return Err(PsaError::new(PsaErrorKind::Unavailable, "list actions", detail));
        }
    }
    rows.rows.retain(|action| action.ticket_id.is_none_or(|id| id == ticket));
    Ok(rows.rows)
}

/// <https://halopsa.com/apidocs/resources/clients>: one page of `GET /Client`, active ones alone, in order of name.
pub(super) async fn clients(
    session: &Session,
    search: &str,
    page_no: u32,
) -> Result<Rows<ClientRow>, PsaError> {
    let mut query: Query<'_> = vec![
        ("includeactive", "true".into()),
        ("includeinactive", "false".into()),
        ("order", "name".into()),
        ("orderdesc", "false".into()),
    ];
    if !search.is_empty() {
        query.push(("search", search.into()));
    }
    session.page("list clients", "Client", "clients", &query, (page_no, session.page_size())).await
}

/// <https://halopsa.com/apidocs/resources/clients>: every client, inactive ones too.
pub(super) async fn all_clients(session: &Session) -> Result<Vec<ClientRow>, PsaError> {
    let query =
        vec![("includeactive", "true".into()), ("includeinactive", "true".into()), ("order", "id".into())];
    session.all("list clients", "Client", "clients", &query).await
}

/// <https://halopsa.com/apidocs/resources/clients>: `GET /Client/{id}`.
pub(super) async fn client(session: &Session, id: i64) -> Result<Option<ClientRow>, PsaError> {
    let query = vec![("includedetails", "true".into())];
    let value = session.get("read client", &format!("Client/{id}"), &query).await?;
    Ok(one::<ClientRow>(value, "clients").filter(|client| client.id == Some(id)))
}

/// <https://halopsa.com/apidocs>: every licence of a client.
pub(super) async fn licences(session: &Session, client: i64) -> Result<Vec<LicenceRow>, PsaError> {
    let query = vec![("client_id", client.to_string().into()), ("includeinactive", "true".into())];
    session.all("list licences", "SoftwareLicence", "licences", &query).await
}

/// <https://halopsa.com/apidocs>: `GET /SoftwareLicence/{id}`, every member of it.
pub(super) async fn licence(session: &Session, id: i64) -> Result<Map<String, Value>, PsaError> {
    const OPERATION: &str = "read licence";
    let query = vec![("includedetails", "true".into())];
    let value = session.get(OPERATION, &format!("SoftwareLicence/{id}"), &query).await?;
    one(value, "licences")
        .ok_or_else(|| PsaError::new(PsaErrorKind::Protocol, OPERATION, "The answer is no licence"))
}

/// <https://halopsa.com/apidocs>: `POST /SoftwareLicence`, a list of one: with an `id` it changes that licence, without
/// one it makes another. Sent once, since a change that comes late again could undo somebody else's.
pub(super) async fn post_licence(
    session: &Session,
    operation: &'static str,
    licence: Map<String, Value>,
    leave_by: Timestamp,
) -> Result<Option<Map<String, Value>>, PsaError> {
    let body = json!([licence]);
    let value = session.post_by(operation, "SoftwareLicence", &body, Repeat::Never, leave_by).await?;
    Ok(one(value, "licences"))
}

/// `GET /LicenceChange` of one licence: who changed what, when. The names of its members are nowhere told.
pub(super) async fn licence_changes(
    session: &Session,
    licence: i64,
) -> Result<Vec<Map<String, Value>>, PsaError> {
    let query = vec![
        ("licence_id", licence.to_string().into()),
        ("order", "id".into()),
        ("orderdesc", "true".into()),
        ("count", CHANGES.to_string().into()),
    ];
    Ok(session.list("list licence changes", "LicenceChange", "changes", &query).await?.rows)
}

/// `GET /SoftwareLicence`, to see whether it may be read.
pub(super) async fn any_licence(session: &Session) -> Result<Rows<LicenceRow>, PsaError> {
    session.page("list licences", "SoftwareLicence", "licences", &Vec::new(), (1, 1)).await
}

/// <https://halopsa.com/apidocs/resources/suppliers>: `GET /Supplier`, to see whether it may be read.
pub(super) async fn any_supplier(session: &Session) -> Result<Rows<NamedRow>, PsaError> {
    session.page("list suppliers", "Supplier", "suppliers", &Vec::new(), (1, 1)).await
}

/// <https://halopsa.com/apidocs>: `GET /TicketType`, those that show when a ticket is made.
pub(super) async fn ticket_types(session: &Session) -> Result<Vec<TicketTypeRow>, PsaError> {
    let query = vec![("domain", "reqs".into()), ("can_create_only", "true".into())];
    Ok(session.list("list ticket types", "TicketType", "tickettypes", &query).await?.rows)
}

/// <https://halopsa.com/apidocs>: `GET /SLA` with the priorities of each.
pub(super) async fn slas(session: &Session) -> Result<Vec<SlaRow>, PsaError> {
    let query = vec![("showpriorities", "true".into())];
    Ok(session.list("list SLAs", "SLA", "slas", &query).await?.rows)
}

/// <https://halopsa.com/apidocs>: `GET /Priority` of one SLA.
pub(super) async fn priorities(session: &Session, sla: i64) -> Result<Vec<PriorityRow>, PsaError> {
    let query = vec![("slaid", sla.to_string().into())];
    let rows = session.list::<PriorityRow>("list priorities", "Priority", "priorities", &query).await?.rows;
    Ok(rows.into_iter().filter(|row| row.slaid.is_none_or(|id| id == sla)).collect())
}

/// <https://halopsa.com/apidocs>: `GET /Status`, all or those that leave a ticket open.
pub(super) async fn statuses(session: &Session, exclude_closed: bool) -> Result<Vec<NamedRow>, PsaError> {
    let mut query: Query<'_> = vec![("domain", "reqs".into())];
    if exclude_closed {
        query.push(("excludeclosed", "true".into()));
    }
    Ok(session.list("list statuses", "Status", "statuses", &query).await?.rows)
}

/// <https://halopsa.com/apidocs/resources/teams>: `GET /Team`.
pub(super) async fn teams(session: &Session) -> Result<Vec<NamedRow>, PsaError> {
    let query = vec![("domain", "reqs".into())];
    Ok(session.list("list teams", "Team", "teams", &query).await?.rows)
}

/// <https://halopsa.com/apidocs>: `GET /Category`, the first of the four lists.
pub(super) async fn categories(session: &Session) -> Result<Vec<NamedRow>, PsaError> {
    let query = vec![("type_id", "1".into())];
    Ok(session.list("list categories", "Category", "categories", &query).await?.rows)
}

/// <https://halopsa.com/apidocs>: `GET /Lookup`, one list.
pub(super) async fn lookup(session: &Session, list: i64) -> Result<Vec<NamedRow>, PsaError> {
    let query = vec![("lookupid", list.to_string().into())];
    Ok(session.list("list look-up values", "Lookup", "lookups", &query).await?.rows)
}

/// <https://halopsa.com/apidocs>: `GET /Outcome`.
pub(super) async fn outcomes(session: &Session) -> Result<Vec<NamedRow>, PsaError> {
    Ok(session.list("list outcomes", "Outcome", "outcomes", &Vec::new()).await?.rows)
}

/// <https://halopsa.com/apidocs>: `GET /FieldInfo`, the custom fields of tickets with their values.
pub(super) async fn custom_fields(session: &Session) -> Result<Vec<FieldRow>, PsaError> {
    let query = vec![("typeid", "1".into()), ("includevalues", "true".into())];
    Ok(session.list("list custom fields", "FieldInfo", "fields", &query).await?.rows)
}

/// <https://halopsa.com/apidocs/resources/agents>: `GET /Agent/me`.
pub(super) async fn me(session: &Session) -> Result<Option<Me>, PsaError> {
    Ok(one(session.get("read own agent", "Agent/me", &Vec::new()).await?, "agents"))
}

/// A time as HaloPSA takes it, without a zone.
fn local(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}
