//! Finding things: clients by name, tickets by reference, and people's work among ours. HaloPSA's filters narrow what
//! is read; what counts is compared here.

use super::model::{ActionRow, ClientRow, TicketRow};
use super::render::mentions;
use super::session::Session;
use super::{api, client};
use crate::{Client, Page, PsaError, PsaErrorKind, Reference, TicketId, Touched};
use jiff::{Timestamp, ToSpan};

/// HaloPSA's dates have no zone, so a day and a bit either way covers every zone.
const SLACK_HOURS: i64 = 26;

/// The agent that stands for nobody in many tenants.
const UNASSIGNED: i64 = 1;

/// Where a search for clients goes on.
struct Position {
    page_no: u32,
    /// Rows on the pages before.
    seen: usize,
    /// The first row of the page before, by which a server shows that knows no pages.
    first: Option<i64>,
}

impl Position {
    fn parse(after: Option<&str>) -> Option<Self> {
        let Some(after) = after else { return Some(Self { page_no: 1, seen: 0, first: None }) };
        let mut parts = after.split(':');
        let position = Self {
            page_no: parts.next()?.parse().ok()?,
            seen: parts.next()?.parse().ok()?,
            first: parts.next()?.parse().ok(),
        };
        (parts.next().is_none() && position.page_no > 0).then_some(position)
    }

    fn after(&self, rows: &[ClientRow]) -> Self {
        let first = rows.first().and_then(|row| row.id);
        Self { page_no: self.page_no.saturating_add(1), seen: self.seen + rows.len(), first }
    }

    fn write(&self) -> String {
        format!("{}:{}:{}", self.page_no, self.seen, self.first.map(|id| id.to_string()).unwrap_or_default())
    }
}

/// Active clients whose name contains `search`. Pages without a match are passed over.
pub(super) async fn clients(
    session: &Session,
    search: &str,
    after: Option<&str>,
) -> Result<Page<Client>, PsaError> {
    let wanted = search.trim().to_lowercase();
    let mut position = Position::parse(after).ok_or_else(|| {
        let kind = PsaErrorKind::Rejected { field: Some("after".to_owned()) };
        PsaError::new(kind, "list clients", "This is no position of a list of clients")
    })?;
    loop {
        let page = api::clients(session, search.trim(), position.page_no).await?;
        let repeated = position.first.is_some() && page.rows.first().and_then(|row| row.id) == position.first;
        if page.rows.is_empty() || repeated {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let next = position.after(&page.rows);
        let more = page.total.is_none_or(|total| next.seen < total);
        let mut items: Vec<_> = page
            .rows
            .into_iter()
            .filter_map(client)
            .filter(|client| client.active && client.name.to_lowercase().contains(&wanted))
            .collect();
        items.sort_by_key(|client| client.name.to_lowercase());
        if !items.is_empty() || !more {
            return Ok(Page { items, next: more.then(|| next.write()) });
        }
        position = next;
    }
}

/// The ticket with that reference.
pub(super) async fn ticket(
    session: &Session,
    client: i64,
    reference: &Reference,
    since: Timestamp,
) -> Result<Option<TicketId>, PsaError> {
    let from = since.saturating_sub(SLACK_HOURS.hours()).unwrap_or(Timestamp::MIN);
    let now = session.transport.clock().now().max(since);
    let until = now.saturating_add((2 * SLACK_HOURS).hours()).unwrap_or(Timestamp::MAX);
    let rows = api::tickets_of_client(session, client, (from, until)).await?;
    let in_time: Vec<_> =
        rows.into_iter().filter(|row| row.dateoccurred.is_none_or(|at| at >= from)).collect();
    // A reply to our ticket can quote its text and become a ticket of its own, so the field goes before the text, and
    // the older ticket before the younger.
    let by_field = in_time.iter().find(|row| row.third_party() == Some(reference.as_str()));
    let by_text = || in_time.iter().filter(|row| carries(row, reference)).min_by_key(|row| row.id);
    if let Some(row) = by_field.or_else(by_text) {
        return Ok(id_of(row));
    }
    // Rows that show nothing a reference could stand in are opened one by one, the newest first.
    let mute = in_time.iter().filter(|row| row.third_party().is_none() && row.texts().next().is_none());
    let mut ids: Vec<_> = mute.filter_map(TicketRow::real_id).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    for id in ids {
        match api::ticket(session, id).await {
            Ok(row) if carries(&row, reference) => return Ok(id_of(&row)),
            Ok(_) => {}
            // Deleted since the list was read.
            Err(error) if *error.kind() == PsaErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn id_of(row: &TicketRow) -> Option<TicketId> {
    row.real_id().map(|id| TicketId::new(id.to_string()))
}

fn carries(row: &TicketRow, reference: &Reference) -> bool {
    row.third_party() == Some(reference.as_str()) || row.texts().any(|text| mentions(text, reference))
}

/// Whether a person is behind any of the actions. `own_agent` is the agent that we act as, `application` our client ID.
pub(super) fn touched(actions: &[ActionRow], own_agent: Option<i64>, application: &str) -> Touched {
    let opening = actions.iter().filter_map(|action| action.id).min();
    actions
        .iter()
        .map(|action| by_whom(action, action.id == opening, own_agent, application))
        .reduce(|one, other| match (one, other) {
            (Touched::Person, _) | (_, Touched::Person) => Touched::Person,
            (Touched::Unknown, _) | (_, Touched::Unknown) => Touched::Unknown,
            (Touched::Nobody, Touched::Nobody) => Touched::Nobody,
        })
        // Even an untouched ticket has its opening action, so an empty list is one that may not be seen.
        .unwrap_or(Touched::Unknown)
}

fn by_whom(action: &ActionRow, opening: bool, own_agent: Option<i64>, application: &str) -> Touched {
    const USER: i64 = 2;
    if action.actionby_application_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(application)) {
        return Touched::Nobody;
    }
    let agent = action.who_agentid.filter(|id| *id > 0);
    match (agent, own_agent) {
        (Some(agent), Some(own)) if agent == own => Touched::Nobody,
        // We open tickets in the name of the client's general user.
        _ if opening && (action.who_type == Some(USER) || agent.is_none()) => Touched::Nobody,
        _ if action.who_type == Some(USER) => Touched::Person,
        (Some(UNASSIGNED) | None, _) if is_nobody(action.who.as_deref()) => Touched::Nobody,
        (Some(_), Some(_)) => Touched::Person,
        (Some(_) | None, _) => Touched::Unknown,
    }
}

fn is_nobody(who: Option<&str>) -> bool {
    let who = who.unwrap_or_default().trim().to_lowercase();
    ["", "unassigned", "system"].contains(&who.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const APPLICATION: &str = "app";

    fn actions(rows: serde_json::Value) -> Vec<ActionRow> {
        serde_json::from_value(rows).unwrap()
    }

    #[test]
    fn a_person_is_told_from_the_bridge_and_from_nobody() {
        let opening = json!({ "id": 1, "who": "General User", "who_type": 2 });
        for (what, row, expected) in [
            (
                "our own note",
                json!({ "id": 2, "who": "API", "who_type": 1, "who_agentid": 30 }),
                Touched::Nobody,
            ),
            (
                "our own, by application",
                json!({ "id": 2, "actionby_application_id": "APP" }),
                Touched::Nobody,
            ),
            (
                "a technician",
                json!({ "id": 2, "who": "Dana", "who_type": 1, "who_agentid": 50 }),
                Touched::Person,
            ),
            ("the client's user", json!({ "id": 2, "who": "Robin", "who_type": 2 }), Touched::Person),
            ("a rule", json!({ "id": 2, "who": "System", "who_agentid": 0 }), Touched::Nobody),
            (
                "the unassigned agent",
                json!({ "id": 2, "who": "Unassigned", "who_agentid": 1 }),
                Touched::Nobody,
            ),
            ("somebody without a number", json!({ "id": 2, "who": "Dana" }), Touched::Unknown),
        ] {
            let rows = actions(json!([opening, row]));
            assert_eq!(touched(&rows, Some(30), APPLICATION), expected, "{what}");
        }
    }

    #[test]
    fn without_knowing_ourselves_nothing_is_certain() {
        let rows = actions(json!([{ "id": 1, "who": "API", "who_type": 1, "who_agentid": 30 }]));
        assert_eq!(touched(&rows, None, APPLICATION), Touched::Unknown);
        assert_eq!(touched(&[], Some(30), APPLICATION), Touched::Unknown);
    }

    #[test]
    fn a_ticket_made_by_a_person_is_touched() {
        let rows = actions(json!([{ "id": 1, "who": "Dana", "who_type": 1, "who_agentid": 50 }]));
        assert_eq!(touched(&rows, Some(30), APPLICATION), Touched::Person);
    }

    #[test]
    fn positions_are_read_as_they_were_written() {
        let position = Position { page_no: 3, seen: 200, first: Some(17) };
        let read = Position::parse(Some(&position.write())).unwrap();
        assert_eq!((read.page_no, read.seen, read.first), (3, 200, Some(17)));
        for broken in ["", "x", "0:0:", "1", "1:2:3:4", "-1:0:"] {
            assert!(Position::parse(Some(broken)).is_none(), "{broken}");
        }
    }
}
