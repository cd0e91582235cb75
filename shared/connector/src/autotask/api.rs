//! One function a call that Autotask offers and the bridge makes. The reference is
//! <https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/REST/REST_API_Home.htm>; each entity has a page of its name
//! below it. What it leaves open is told where it matters.

use super::model::{
    CategoryDefaultsRow, CategoryRow, CompanyRow, ContractRow, ContractServiceRow, EntityRow, FieldRow,
    NamedRow, NoteRow, TicketRow, UnitsRow,
};
use super::session::{Call, Entity, Method, Query, Session};
use crate::lenient::as_int;
use crate::{PsaError, PsaErrorKind};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) const TICKETS: Entity = "Tickets";
pub(super) const NOTES: Entity = "TicketNotes";
pub(super) const COMPANIES: Entity = "Companies";
pub(super) const CATEGORIES: Entity = "TicketCategories";
pub(super) const CONTRACTS: Entity = "Contracts";
pub(super) const CONTRACT_SERVICES: Entity = "ContractServices";
pub(super) const CONTRACT_UNITS: Entity = "ContractServiceUnits";
pub(super) const CONTRACT_ADJUSTMENTS: Entity = "ContractServiceAdjustments";
const SERVICES: Entity = "Services";
const CATEGORY_DEFAULTS: Entity = "TicketCategoryFieldDefaults";
const BILLING_CODES: Entity = "BillingCodes";

/// The type of contracts that bill services period by period, the same in every tenant.
pub(super) const RECURRING_SERVICE: i64 = 7;

/// Notes hold up to 32,000 characters each, and an answer must stay readable.
const NOTES_A_PAGE: u32 = 50;

/// The filter that every row passes; without one Autotask refuses. The MSP's own company has the id 0.
fn everything() -> Value {
    json!([{ "op": "gte", "field": "id", "value": 0 }])
}

/// `POST /Tickets`. Not idempotent.
pub(super) async fn create_ticket(session: &Session, ticket: &Value) -> Result<Option<i64>, PsaError> {
    let method = Method::Create(ticket);
    let call = Call { operation: "create ticket", entity: TICKETS, method, path: "Tickets".to_owned() };
    Ok(new_id(&session.call(call).await?))
}

/// `PATCH /Tickets`, which has the id in the body. Idempotent: it sets a value.
pub(super) async fn set_status(session: &Session, id: i64, status: i64) -> Result<(), PsaError> {
    let body = json!({ "id": id, "status": status });
    let method = Method::Patch(&body);
    let call = Call { operation: "set ticket status", entity: TICKETS, method, path: "Tickets".to_owned() };
    // What is stored is read back, so the answer is of no interest.
    session.call(call).await.map(drop)
}

/// `GET /Tickets/{id}`; none where it is gone or hidden.
pub(super) async fn ticket(session: &Session, id: i64) -> Result<Option<TicketRow>, PsaError> {
    let row = item::<TicketRow>(session, "read ticket", TICKETS, id).await?;
    Ok(row.filter(|row| row.id == Some(id)))
}

/// `POST /Tickets/query`: keys of one company's tickets that were made since then.
pub(super) async fn tickets_of_company(
    session: &Session,
    company: i64,
    since: Timestamp,
) -> Result<Vec<TicketRow>, PsaError> {
    let query = Query {
        filter: json!([
            { "op": "eq", "field": "companyID", "value": company },
            { "op": "gte", "field": "createDate", "value": seconds(since) },
        ]),
        fields: &["id", "externalID", "createDate", "companyID"],
        page_size: None,
    };
    session.all("list tickets", TICKETS, &query).await
}

/// The first ticket of all, if there is one: the cheapest thing that needs the right to read tickets.
pub(super) async fn any_ticket(session: &Session) -> Result<Vec<TicketRow>, PsaError> {
    let query = Query { filter: everything(), fields: &["id"], page_size: Some(1) };
    Ok(session.pages("list tickets", TICKETS, &query, 1).await?.0)
}

/// `POST /Tickets/{id}/Notes`; there is no creating under `/TicketNotes`. Not idempotent.
pub(super) async fn create_note(
    session: &Session,
    ticket: i64,
    note: &Value,
) -> Result<Option<i64>, PsaError> {
    let method = Method::Create(note);
    let path = format!("Tickets/{ticket}/Notes");
    Ok(new_id(&session.call(Call { operation: "add note", entity: NOTES, method, path }).await?))
}

/// `POST /TicketNotes/query`: all of one ticket.
pub(super) async fn notes(session: &Session, ticket: i64) -> Result<Vec<NoteRow>, PsaError> {
    let filter = json!([{ "op": "eq", "field": "ticketID", "value": ticket }]);
    let query = Query { filter, fields: &[], page_size: Some(NOTES_A_PAGE) };
    let rows: Vec<NoteRow> = session.all("list notes", NOTES, &query).await?;
    Ok(rows.into_iter().filter(|row| row.ticket.is_none_or(|id| id == ticket)).collect())
}

/// `GET /Companies/{id}`; none where there is none, or it is hidden.
pub(super) async fn company(session: &Session, id: i64) -> Result<Option<CompanyRow>, PsaError> {
    let row = item::<CompanyRow>(session, "read company", COMPANIES, id).await?;
    Ok(row.filter(|row| row.id == Some(id)))
}

/// `POST /Companies/query`: active ones whose name contains `search`, from the id `from` on, at most `pages` pages; and
/// whether there are more. Autotask sorts by id, whatever one would like.
pub(super) async fn companies(
    session: &Session,
    search: &str,
    from: i64,
    pages: u32,
) -> Result<(Vec<CompanyRow>, bool), PsaError> {
    let mut filter = vec![
        json!({ "op": "eq", "field": "isActive", "value": true }),
        json!({ "op": "gte", "field": "id", "value": from }),
    ];
    if !search.is_empty() {
        filter.push(json!({ "op": "contains", "field": "companyName", "value": search }));
    }
    let fields = &["id", "companyName", "isActive"];
    let query = Query { filter: Value::Array(filter), fields, page_size: None };
    session.pages("list companies", COMPANIES, &query, pages).await
}

/// `POST /TicketCategories/query`.
pub(super) async fn categories(session: &Session) -> Result<Vec<CategoryRow>, PsaError> {
    let query = Query { filter: everything(), fields: &[], page_size: None };
    session.all("list ticket categories", CATEGORIES, &query).await
}

/// `POST /TicketCategoryFieldDefaults/query`: what each category fills in.
pub(super) async fn category_defaults(session: &Session) -> Result<Vec<CategoryDefaultsRow>, PsaError> {
    let query = Query { filter: everything(), fields: &[], page_size: None };
    session.all("list defaults of ticket categories", CATEGORY_DEFAULTS, &query).await
}

/// `POST /BillingCodes/query`: work types, which are those billing codes that labour is booked on.
pub(super) async fn work_types(session: &Session) -> Result<Vec<NamedRow>, PsaError> {
    let filter = json!([
        { "op": "eq", "field": "useType", "value": 1 },
        { "op": "eq", "field": "isActive", "value": true },
    ]);
    let query = Query { filter, fields: &["id", "name"], page_size: None };
    session.all("list work types", BILLING_CODES, &query).await
}

/// `GET /Contracts/{id}`; none where there is none, or it is hidden.
pub(super) async fn contract(session: &Session, id: i64) -> Result<Option<ContractRow>, PsaError> {
    let row = item::<ContractRow>(session, "read contract", CONTRACTS, id).await?;
    Ok(row.filter(|row| row.id == Some(id)))
}

/// `POST /Contracts/query`: the recurring-service contracts of a company, ended ones too.
pub(super) async fn contracts(session: &Session, company: i64) -> Result<Vec<ContractRow>, PsaError> {
    let filter = json!([
        { "op": "eq", "field": "companyID", "value": company },
        { "op": "eq", "field": "contractType", "value": RECURRING_SERVICE },
    ]);
    let fields = &["id", "companyID", "contractName", "contractType", "status", "startDate", "endDate"];
    session.all("list contracts", CONTRACTS, &Query { filter, fields, page_size: None }).await
}

/// `POST /ContractServices/query`: the services of one contract.
pub(super) async fn contract_services(
    session: &Session,
    contract: i64,
) -> Result<Vec<ContractServiceRow>, PsaError> {
    let filter = json!([{ "op": "eq", "field": "contractID", "value": contract }]);
    let query = Query { filter, fields: &["id", "contractID", "serviceID"], page_size: None };
    let rows: Vec<ContractServiceRow> =
        session.all("list contract services", CONTRACT_SERVICES, &query).await?;
    Ok(rows.into_iter().filter(|row| row.contract == Some(contract)).collect())
}

/// `POST /ContractServiceUnits/query`: the rows of one contract whose periods hold that day.
pub(super) async fn units(session: &Session, contract: i64, day: Date) -> Result<Vec<UnitsRow>, PsaError> {
    let filter = json!([
        { "op": "eq", "field": "contractID", "value": contract },
        { "op": "lte", "field": "startDate", "value": midnight(day) },
        { "op": "gte", "field": "endDate", "value": midnight(day) },
    ]);
    let fields = &["id", "contractID", "contractServiceID", "units", "startDate", "endDate"];
    let query = Query { filter, fields, page_size: None };
    let rows: Vec<UnitsRow> = session.all("read units", CONTRACT_UNITS, &query).await?;
    Ok(rows.into_iter().filter(|row| row.contract == Some(contract) && row.holds(day)).collect())
}

/// `GET /Services/{id}`, for its name.
pub(super) async fn service(session: &Session, id: i64) -> Result<Option<NamedRow>, PsaError> {
    item::<NamedRow>(session, "read service", SERVICES, id).await
}

/// `POST /ContractServiceAdjustments`: changes the units of a service from a day on, by so many. It can neither be seen
/// nor taken back, and sent twice it counts twice, so it does not leave after `leave_by`. Its price is left to Autotask.
pub(super) async fn adjust(
    session: &Session,
    contract_service: i64,
    change: i64,
    day: Date,
    leave_by: Timestamp,
) -> Result<Option<i64>, PsaError> {
    let body = json!({ "contractServiceID": contract_service, "unitChange": change, "effectiveDate": midnight(day) });
    let method = Method::Create(&body);
    let path = CONTRACT_ADJUSTMENTS.to_owned();
    let call = Call { operation: "set seat count", entity: CONTRACT_ADJUSTMENTS, method, path };
    Ok(new_id(&session.call_by(call, leave_by).await?))
}

/// `GET /{entity}/entityInformation`: what the API user may do with it.
pub(super) async fn information(session: &Session, entity: Entity) -> Result<EntityRow, PsaError> {
    const OPERATION: &str = "read rights";
    let path = format!("{entity}/entityInformation");
    let answer = session.call(Call { operation: OPERATION, entity, method: Method::Get, path }).await?;
    member(OPERATION, answer, "info")
}

/// `GET /{entity}/entityInformation/fields`.
pub(super) async fn fields(session: &Session, entity: Entity) -> Result<Vec<FieldRow>, PsaError> {
    const OPERATION: &str = "list fields";
    let path = format!("{entity}/entityInformation/fields");
    let answer = session.call(Call { operation: OPERATION, entity, method: Method::Get, path }).await?;
    member(OPERATION, answer, "fields")
}

/// `GET /Tickets/entityInformation/userDefinedFields`.
pub(super) async fn user_defined_fields(session: &Session) -> Result<Vec<FieldRow>, PsaError> {
    const OPERATION: &str = "list user-defined fields";
    let path = "Tickets/entityInformation/userDefinedFields".to_owned();
    let answer =
        session.call(Call { operation: OPERATION, entity: TICKETS, method: Method::Get, path }).await?;
    member(OPERATION, answer, "fields")
}

/// `GET /{entity}/{id}`. One that is not there is `{"item": null}`, or a 404.
async fn item<T: DeserializeOwned>(
    session: &Session,
    operation: &'static str,
    entity: Entity,
    id: i64,
) -> Result<Option<T>, PsaError> {
    let call = Call { operation, entity, method: Method::Get, path: format!("{entity}/{id}") };
    match session.call(call).await {
        Ok(mut answer) => match answer.get_mut("item").map(Value::take) {
            Some(Value::Null) => Ok(None),
            Some(item) => serde_json::from_value(item).map(Some).map_err(|error| {
                let what = "The answer is no such record";
                PsaError::new(PsaErrorKind::Protocol, operation, what).with_source(error)
            }),
            None => Err(PsaError::new(PsaErrorKind::Protocol, operation, "The answer holds no record")),
        },
        Err(error) if *error.kind() == PsaErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn member<T: DeserializeOwned>(
    operation: &'static str,
    mut answer: Value,
    name: &str,
) -> Result<T, PsaError> {
    let found = answer.get_mut(name).map(Value::take).unwrap_or_default();
    // An empty list is null in some answers.
    let found = if found.is_null() && name == "fields" { json!([]) } else { found };
    serde_json::from_value(found).map_err(|error| {
        let what = format!("The answer holds no {name}");
        PsaError::new(PsaErrorKind::Protocol, operation, what).with_source(error)
    })
}

/// `{"itemId": 7}`, a number or a text.
fn new_id(answer: &Value) -> Option<i64> {
    answer.get("itemId").and_then(as_int).filter(|id| *id > 0)
}

/// A time as Autotask writes it: UTC, without fractions.
pub(super) fn seconds(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A day as Autotask writes it: the midnight, in UTC, that it begins with.
fn midnight(day: Date) -> String {
    format!("{day}T00:00:00Z")
}
