//! Seat counts on software licences.
//!
//! Whether HaloPSA keeps the members that a change does not name is told of tickets and of nothing else, and partners edit
//! their licences by hand. So the count is sent alone, the licence is read back, and what the write took with it is put
//! back; only where that happened is a licence written whole. Nothing here calls anything that makes an invoice.

mod history;
mod record;

use super::api;
use super::session::Session;
use super::write::number;
use crate::{
    ClientId, License, LicenseDraft, LicenseId, LicenseRef, PsaError, PsaErrorKind, SeatBasis, SeatChange,
    SeatCount, SeatWrite, WriteStyle,
};
use history::{History, Mark};
use jiff::Timestamp;
use record::Record;
use serde_json::{Map, Value, json};

const READ: &str = "read licence";
const SET: &str = "set seat count";
const CREATE: &str = "create licence";

/// A subscription; HaloPSA's other types stand for software that is bought once.
const SUBSCRIPTION: i64 = 1;

/// A licence and the client that it must belong to.
#[derive(Clone, Copy)]
struct Place {
    client: i64,
    licence: i64,
}

impl Place {
    fn parse(operation: &'static str, license: &LicenseRef) -> Result<Self, PsaError> {
        Ok(Self {
            client: number(operation, "client_id", license.client.as_str())?,
            licence: number(operation, "licence", license.license.as_str())?,
        })
    }

    async fn read(self, session: &Session) -> Result<Record, PsaError> {
        let record = Record::new(api::licence(session, self.licence).await?);
        let is_it = record.int("id") == Some(self.licence) && record.int("client_id") == Some(self.client);
        if is_it && !record.is_deleted() {
            return Ok(record);
        }
        Err(PsaError::new(PsaErrorKind::NotFound, READ, "The licence is deleted, or another client's"))
    }
}

pub(super) async fn count(session: &Session, license: &LicenseRef) -> Result<SeatCount, PsaError> {
    let record = Place::parse(READ, license)?.read(session).await?;
    Ok(SeatCount { count: record.count(), basis: SeatBasis::License { record: record.keep() } })
}

pub(super) async fn set(session: &Session, change: &SeatChange) -> Result<SeatWrite, PsaError> {
    let leave_by = session.leave_by();
    let place = Place::parse(SET, &change.license)?;
    bounded(SET, change.target)?;
    let mark = match change.style {
        WriteStyle::CountOnly => Mark::default(),
        WriteStyle::Full => {
            History::read(session, place.licence).await?.map(|history| history.mark()).unwrap_or_default()
        }
    };
    let before = place.read(session).await?;
    let found = before.count();
    if found == change.target {
        let Some(earlier) = &change.before else {
            return Ok(SeatWrite::Written { from: found, to: found, restored: Vec::new() });
        };
        let counts = (change.expected, change.target);
        return mended(session, place, &Record::parse(earlier)?, before, counts).await;
    }
    if found != change.expected {
        return Ok(SeatWrite::Moved { found });
    }
    let counts = (found, change.target);
    let after = write(session, place, &before, change, leave_by).await?;
    match change.style {
        WriteStyle::CountOnly => mended(session, place, &before, after, counts).await,
        WriteStyle::Full => {
            let history = History::read(session, place.licence).await.map_err(unclear)?;
            let edits = history.map(|history| history.overwritten(counts, mark, &after)).unwrap_or_default();
            put_back(session, place, &after, counts, edits).await
        }
    }
}

/// Writes the count, and reads the licence back.
async fn write(
    session: &Session,
    place: Place,
    before: &Record,
    change: &SeatChange,
    leave_by: Timestamp,
) -> Result<Record, PsaError> {
    let body = match change.style {
        WriteStyle::CountOnly => Map::from_iter([
            ("id".to_owned(), place.licence.into()),
            ("count".to_owned(), change.target.into()),
        ]),
        WriteStyle::Full => before.with(change.target, &Map::new()),
    };
    let lost = match api::post_licence(session, SET, body, leave_by).await {
        Ok(_) => None,
        Err(error) if *error.kind() == PsaErrorKind::OutcomeUnknown => Some(error),
        Err(error) => return Err(error),
    };
    let after = place.read(session).await.map_err(unclear)?;
    match (after.count(), lost) {
        (count, _) if count == change.target => Ok(after),
        (_, Some(lost)) => Err(lost),
        (count, None) if count == before.count() => {
            let kind = PsaErrorKind::Rejected { field: Some("count".to_owned()) };
            Err(PsaError::new(
                kind,
                SET,
                format!("HaloPSA answered with success and left the count at {count}"),
            ))
        }
        (count, None) => {
            let detail = format!("The count was changed by somebody else at the same time; it is {count}");
            Err(PsaError::new(PsaErrorKind::OutcomeUnknown, SET, detail))
        }
    }
}

/// Puts back what writing the count alone took with it. An operator may have emptied a field in the same moment: where
/// HaloPSA's history says so, the field stays empty.
async fn mended(
    session: &Session,
    place: Place,
    before: &Record,
    after: Record,
    counts: (i64, i64),
) -> Result<SeatWrite, PsaError> {
    let blanked = before.blanked_in(&after);
    if blanked.is_empty() {
        return put_back(session, place, &after, counts, blanked).await;
    }
    let history = History::read(session, place.licence).await.map_err(unclear)?;
    let lost = history.and_then(|history| history.lost(counts, before, &after)).unwrap_or(blanked);
    put_back(session, place, &after, counts, lost).await
}

async fn put_back(
    session: &Session,
    place: Place,
    after: &Record,
    (from, to): (i64, i64),
    lost: Map<String, Value>,
) -> Result<SeatWrite, PsaError> {
    let mut restored: Vec<String> = lost.keys().cloned().collect();
    restored.sort();
    if !restored.is_empty() {
        tracing::warn!(licence = place.licence, fields = ?restored, "A change of the count took fields with it");
        if let Err(error) = api::post_licence(session, SET, after.with(to, &lost), session.leave_by()).await
            && *error.kind() != PsaErrorKind::OutcomeUnknown
        {
            return Err(unclear(error));
        }
        let now = place.read(session).await.map_err(unclear)?;
        let still_lost: Vec<_> = lost.keys().filter(|name| now.get(name) != lost.get(*name)).collect();
        if now.count() != to || !still_lost.is_empty() {
            let detail = format!(
                "The count is {}, and these fields are not what they were: {still_lost:?}",
                now.count()
            );
            return Err(PsaError::new(PsaErrorKind::OutcomeUnknown, SET, detail));
        }
    }
    Ok(SeatWrite::Written { from, to, restored })
}

/// What fails after the write leaves open how it ended.
fn unclear(error: PsaError) -> PsaError {
    let detail = format!("Written, and not read back: {}", error.detail());
    PsaError::new(PsaErrorKind::OutcomeUnknown, SET, detail).with_source(error)
}

/// One licence of a name for each client: what is there already is taken, so that asking again makes no second.
pub(super) async fn create(
    session: &Session,
    client: &ClientId,
    draft: &LicenseDraft,
) -> Result<License, PsaError> {
    let id = number(CREATE, "client_id", client.as_str())?;
    bounded(CREATE, draft.count)?;
    let name = draft.name.trim();
    if name.is_empty() {
        return Err(rejected(CREATE, "name", "Not sent: a licence needs a name"));
    }
    let of_name = of_client(session, id).await?.into_iter();
    let of_name: Vec<_> =
        of_name.filter(|license| license.active && license.name.trim().eq_ignore_ascii_case(name)).collect();
    match of_name.as_slice() {
        [] => {}
        [license] => return Ok(license.clone()),
        _ => {
            return Err(rejected(
                CREATE,
                "name",
                "Not sent: the client has several active licences of that name",
            ));
        }
    }
    let body = json!({
        "type": SUBSCRIPTION, "client_id": id, "name": name, "count": draft.count,
        "third_party_productid": draft.product, "is_active": true
    });
    let Value::Object(body) = body else { return Err(rejected(CREATE, "name", "Not sent")) };
    let made = api::post_licence(session, CREATE, body, session.leave_by()).await?.map(Record::new);
    let made = made.and_then(|record| record.int("id")).filter(|id| *id > 0).ok_or_else(|| {
        PsaError::new(PsaErrorKind::OutcomeUnknown, CREATE, "The answer holds no licence with an id")
    })?;
    let record = Place { client: id, licence: made }.read(session).await.map_err(unclear)?;
    let stored = record.get("name").and_then(Value::as_str).unwrap_or_default();
    Ok(License {
        id: LicenseId::new(made.to_string()),
        name: stored.to_owned(),
        count: record.count(),
        active: true,
    })
}

pub(super) async fn of_client(session: &Session, client: i64) -> Result<Vec<License>, PsaError> {
    let rows = api::licences(session, client).await?;
    let of_client = rows.into_iter().filter(|row| row.client_id.is_none_or(|id| id == client));
    let license = |row: super::model::LicenceRow| {
        Some(License {
            id: LicenseId::new(row.id?.to_string()),
            name: row.name.unwrap_or_default(),
            count: row.count.unwrap_or(0),
            active: row.is_active != Some(false) && row.deleted != Some(true),
        })
    };
    Ok(of_client.filter_map(license).collect())
}

/// HaloPSA holds counts in 32 bits.
fn bounded(operation: &'static str, count: i64) -> Result<(), PsaError> {
    if (0..=i64::from(i32::MAX)).contains(&count) {
        return Ok(());
    }
    Err(rejected(operation, "count", "Not sent: no count of seats"))
}

fn rejected(operation: &'static str, field: &str, detail: &str) -> PsaError {
    PsaError::new(PsaErrorKind::Rejected { field: Some(field.to_owned()) }, operation, detail)
}
