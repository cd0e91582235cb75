//! Finding things: companies by name, tickets by reference, and people's work among ours. Autotask's filters narrow what
//! is read; what counts is compared here.

use super::model::{CompanyRow, NoteRow, TicketRow};
use super::session::Session;
use super::{api, client};
use crate::{Client, Page, PsaError, PsaErrorKind, Reference, TicketId, Touched};
use jiff::{Timestamp, ToSpan};

/// Autotask's clock and ours differ, and rows are cheap: a day more is read than was asked for.
const SLACK_HOURS: i64 = 24;

/// So many pages of companies are put in order of name at once: 5,000, more than all but a few MSPs have.
const PAGES_AT_ONCE: u32 = 10;

/// Notes that Autotask itself writes: by a workflow rule, on duplicates, on forwarding and merging.
const OF_AUTOTASK: [i64; 7] = [13, 15, 91, 92, 93, 94, 95];

/// Active companies whose name contains `search`, in order of name.
pub(super) async fn companies(
    session: &Session,
    search: &str,
    after: Option<&str>,
) -> Result<Page<Client>, PsaError> {
    let from = match after.map(str::parse::<i64>) {
        None => 0,
        Some(Ok(last)) if (0..i64::MAX).contains(&last) => last + 1,
        Some(_) => {
            let kind = PsaErrorKind::Rejected { field: Some("after".to_owned()) };
            return Err(PsaError::new(kind, "list companies", "This is no position of a list of companies"));
        }
    };
    let search = search.trim();
    let (rows, more) = api::companies(session, search, from, PAGES_AT_ONCE).await?;
    let last = rows.iter().filter_map(|row| row.id).max();
    let next = last.filter(|_| more).map(|last| last.to_string());
    let wanted = search.to_lowercase();
    let mut items: Vec<_> = rows
        .into_iter()
        .filter_map(|row: CompanyRow| client(row))
        .filter(|client| client.active && client.name.to_lowercase().contains(&wanted))
        .collect();
    items.sort_by_cached_key(|client| client.name.to_lowercase());
    Ok(Page { items, next })
}

/// The ticket with that reference; the oldest, should a person have copied it.
pub(super) async fn ticket(
    session: &Session,
    company: i64,
    reference: &Reference,
    since: Timestamp,
) -> Result<Option<TicketId>, PsaError> {
    let from = since.saturating_sub(SLACK_HOURS.hours()).unwrap_or(Timestamp::MIN);
    let rows = api::tickets_of_company(session, company, from).await?;
    let ours = rows.iter().filter(|row| row.external_id() == Some(reference.as_str()));
    Ok(ours.filter_map(|row| row.id).min().map(|id| TicketId::new(id.to_string())))
}

/// Whether a person is behind anything on the ticket. Its creator is the API user, since the ticket carries our key.
pub(super) fn touched(ticket: &TicketRow, notes: &[NoteRow]) -> Touched {
    let Some(own) =
        ticket.creator.filter(|_| ticket.external_id().is_some() && ticket.impersonator.is_none())
    else {
        return Touched::Unknown;
    };
    let completed = ticket.completed_by.map_or(Touched::Nobody, |by| who(Some(by), own));
    // By a person, a rule or our own settings: nothing says.
    let assigned = ticket.assigned.map_or(Touched::Nobody, |_| Touched::Unknown);
    notes
        .iter()
        .map(|note| by_whom(note, own))
        .chain([last_activity(ticket, own), completed, assigned])
        .reduce(|one, other| match (one, other) {
            (Touched::Person, _) | (_, Touched::Person) => Touched::Person,
            (Touched::Unknown, _) | (_, Touched::Unknown) => Touched::Unknown,
            (Touched::Nobody, Touched::Nobody) => Touched::Nobody,
        })
        .unwrap_or(Touched::Unknown)
}

/// The last change of any kind, of which nothing else may be left to see. Numbers of contacts and of resources overlap,
/// so the kind of person counts too.
fn last_activity(ticket: &TicketRow, own: i64) -> Touched {
    match (ticket.last_activity_person_type, ticket.creator_type) {
        (Some(last), Some(creator)) if last != creator => Touched::Person,
        _ => who(ticket.last_activity_by, own),
    }
}

fn by_whom(note: &NoteRow, own: i64) -> Touched {
    if note.contact.is_some_and(|contact| contact > 0) {
        return Touched::Person;
    }
    if note.note_type.is_some_and(|kind| OF_AUTOTASK.contains(&kind)) {
        return Touched::Nobody;
    }
    who(note.creator, own)
}

fn who(resource: Option<i64>, own: i64) -> Touched {
    match resource {
        Some(id) if id == own => Touched::Nobody,
        Some(id) if id > 0 => Touched::Person,
        Some(_) | None => Touched::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn judge(ticket: &Value, notes: Value) -> Touched {
        let mut whole = json!({
            "id": 1, "externalID": "PB-1", "creatorResourceID": 30, "creatorType": 1,
            "lastActivityResourceID": 30, "lastActivityPersonType": 1
        });
        for (key, value) in ticket.as_object().unwrap() {
            whole[key] = value.clone();
        }
        touched(&serde_json::from_value(whole).unwrap(), &serde_json::from_value::<Vec<_>>(notes).unwrap())
    }

    #[test]
    fn a_person_is_told_from_the_bridge_and_from_nobody() {
        let quiet = json!({});
        for (what, ticket, notes, expected) in [
            ("nothing since", quiet.clone(), json!([]), Touched::Nobody),
            ("our own note", quiet.clone(), json!([{ "creatorResourceID": 30 }]), Touched::Nobody),
            ("a person last", json!({ "lastActivityResourceID": 50 }), json!([]), Touched::Person),
            ("a contact last", json!({ "lastActivityPersonType": 2 }), json!([]), Touched::Person),
            ("closed by a person", json!({ "completedByResourceID": 50 }), json!([]), Touched::Person),
            ("closed by us", json!({ "completedByResourceID": 30 }), json!([]), Touched::Nobody),
            (
                "a person's note before ours",
                quiet.clone(),
                json!([{ "creatorResourceID": 50 }, { "creatorResourceID": 30 }]),
                Touched::Person,
            ),
            (
                "a contact's note",
                quiet.clone(),
                json!([{ "creatorResourceID": 30, "createdByContactID": 9 }]),
                Touched::Person,
            ),
            (
                "a rule's note",
                quiet.clone(),
                json!([{ "noteType": 13, "creatorResourceID": 4 }]),
                Touched::Nobody,
            ),
            ("a note of nobody", quiet.clone(), json!([{ "id": 1 }]), Touched::Unknown),
            ("nothing told", json!({ "lastActivityResourceID": null }), json!([]), Touched::Unknown),
            ("somebody has it", json!({ "assignedResourceID": 50 }), json!([]), Touched::Unknown),
            ("no creator", json!({ "creatorResourceID": null }), json!([]), Touched::Unknown),
            ("not our key", json!({ "externalID": "" }), json!([]), Touched::Unknown),
            (
                "in another's name",
                json!({ "impersonatorCreatorResourceID": 30 }),
                json!([]),
                Touched::Unknown,
            ),
        ] {
            assert_eq!(judge(&ticket, notes), expected, "{what}");
        }
    }
}
