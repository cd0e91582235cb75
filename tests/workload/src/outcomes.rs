//! What the bridge says has become of each event, at each desk.

use crate::{
    allowed::Kind,
    api::{Api, Call, Caller},
    error::WorkloadError,
    expectation::Expected,
    submissions::Plan,
    told::Index,
    world::{DeskIndex, PartnerIndex, World},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use std::collections::BTreeMap;

/// Requests that are under way at the same time.
const SIDE_BY_SIDE: usize = 8;

/// An event as it is read at one desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What has become of it.
    pub kind: Kind,
    /// The ticket that tells of it.
    pub ticket: Option<i64>,
    /// Whether the bridge says that event and registry disagree.
    pub disagrees: bool,
}

impl Seen {
    /// The partner does not see it.
    pub fn hidden() -> Self {
        Self { kind: Kind::NotVisible, ticket: None, disagrees: false }
    }
}

/// What a partner sees.
#[derive(Clone, Debug, Default)]
pub struct SeenEvents {
    /// At each of its desks, what became of each event, by the events' places.
    pub desks: BTreeMap<DeskIndex, Vec<Seen>>,
    /// Events that nobody sent.
    pub strangers: Vec<String>,
}

/// Reads all that a partner sees, at each of its desks with their connections.
pub async fn seen_by(
    api: &Api,
    partner: &str,
    desks: &[(DeskIndex, Option<&str>)],
    index: &Index<'_>,
    events: usize,
) -> Result<SeenEvents, WorkloadError> {
    let caller = Caller::Partner(partner);
    let hidden = || vec![Seen::hidden(); events];
    let mut seen = SeenEvents {
        desks: desks.iter().map(|(desk, _)| (*desk, hidden())).collect(),
        strangers: Vec::new(),
    };
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let reply = api.send(Call::get(caller, format!("/v1/events?limit=100{after}"))).await?;
        let body = reply.success()?;
        for item in body.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
            let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
            let Some(place) = index.place(text("source"), text("source_id")) else {
                seen.strangers.push(format!("{} {}", text("source"), text("source_id")));
                continue;
            };
            for (desk, connection) in desks {
                if let Some(slot) = seen.desks.get_mut(desk).and_then(|all| all.get_mut(place)) {
                    *slot = seen_in(item, *connection);
                }
            }
        }
        cursor = body.get("next").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok(seen);
        }
    }
}

fn seen_in(event: &Value, connection: Option<&str>) -> Seen {
    let disagrees = event.pointer("/notice/code").and_then(Value::as_str) == Some("chain_disagrees");
    let (kind, ticket) = outcome(event, connection);
    Seen { kind, ticket, disagrees }
}

fn outcome(event: &Value, connection: Option<&str>) -> (Kind, Option<i64>) {
    let deliveries = event.get("deliveries").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let own: Vec<&Value> =
        deliveries.iter().filter(|it| it.get("connection").and_then(Value::as_str) == connection).collect();
    let [delivery] = own.as_slice() else {
        let kind = match (own.len(), event.pointer("/unrouted/code").and_then(Value::as_str)) {
            (0, _) if !deliveries.is_empty() => Kind::Elsewhere,
            (0, Some(reason)) => Kind::none(reason),
            (0, None) => Kind::Other("neither a delivery nor a reason".to_owned()),
            (many, _) => Kind::Other(format!("{many} deliveries to one connection")),
        };
        return (kind, None);
    };
    let text = |pointer: &str| delivery.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let reason = text("/reason/code");
    let kind = match (text("/state"), reason) {
        ("done", "ticket_created" | "ticket_found") => Kind::Ticket,
        ("done", "note_added") => Kind::Repeat,
        ("done", "ticket_resolved") => Kind::Closed,
        ("done", "resolve_noted") => Kind::LeftOpen,
        ("done", "ticket_reopened") => Kind::Reopened,
        ("done", "rolled_up") => Kind::RolledUp,
        ("ended", reason) => Kind::none(reason),
        (state, reason) => Kind::Other(format!("unfinished: {state}, {reason}")),
    };
    (kind, text("/ticket/id").parse().ok())
}

/// At most so many are asked for one by one.
const ASKED: usize = 3_000;

/// Events, by place, that partners can read though they must not: asked for one by one, by the bridge's own ids.
pub async fn seen_though_not_theirs(
    api: &Api,
    world: &World,
    plan: &Plan,
    ids: &BTreeMap<usize, String>,
) -> Result<Vec<(usize, PartnerIndex, u16)>, WorkloadError> {
    let hidden = plan.events.iter().enumerate().flat_map(|(place, event)| {
        (0..world.partners.len())
            .filter(|partner| {
                world.desks_of(*partner).all(|desk| event.expected(desk) == Expected::NotVisible)
            })
            .filter_map(move |partner| Some((place, partner, ids.get(&place)?)))
    });
    let all: Vec<_> = hidden.collect();
    // Some of each part of a long run.
    let step = all.len().div_ceil(ASKED).max(1);
    let asked = stream::iter(all.into_iter().step_by(step)).map(|(place, partner, id)| async move {
        let caller = Caller::Partner(&world.partners[partner].id);
        let reply = api.send(Call::get(caller, format!("/v1/events/{id}"))).await?;
        Ok::<_, WorkloadError>((place, partner, reply.status))
    });
    let answers: Vec<_> = asked.buffer_unordered(SIDE_BY_SIDE).try_collect().await?;
    Ok(answers.into_iter().filter(|(.., status)| *status != 404).collect())
}

/// What the bridge tells a partner of an event, for whoever looks into a difference.
pub async fn timeline(api: &Api, partner: &str, id: &str) -> Result<String, WorkloadError> {
    let reply = api.send(Call::get(Caller::Partner(partner), format!("/v1/events/{id}"))).await?;
    let deliveries = reply.body.get("deliveries").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let lines = deliveries.iter().filter_map(|it| it.get("timeline")?.as_array()).flatten().map(|line| {
        let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        format!("    {} {} {} {}", text("/at"), text("/what"), text("/reason/code"), text("/detail"))
    });
    Ok(lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_bridge_says_is_understood() {
        let delivery = |state: &str, reason: &str| json!({ "connection": "con_a", "state": state, "reason": { "code": reason }, "ticket": { "id": "7" } });
        let one = |state: &str, reason: &str| json!({ "deliveries": [delivery(state, reason)] });
        for (event, expected) in [
            (one("done", "ticket_created"), Kind::Ticket),
            (one("done", "ticket_found"), Kind::Ticket),
            (one("done", "note_added"), Kind::Repeat),
            (one("done", "ticket_resolved"), Kind::Closed),
            (one("done", "resolve_noted"), Kind::LeftOpen),
            (one("done", "ticket_reopened"), Kind::Reopened),
            (one("done", "rolled_up"), Kind::RolledUp),
            (one("ended", "psa_refused"), Kind::none("psa_refused")),
            (one("waiting", "paused"), Kind::Other("unfinished: waiting, paused".to_owned())),
            (
                json!({ "deliveries": [delivery("done", "x"), delivery("done", "x")] }),
                Kind::Other("2 deliveries to one connection".to_owned()),
            ),
            (json!({ "deliveries": [], "unrouted": { "code": "unmapped" } }), Kind::none("unmapped")),
            (json!({ "deliveries": [{ "connection": "con_b", "state": "done" }] }), Kind::Elsewhere),
            (json!({ "deliveries": [] }), Kind::Other("neither a delivery nor a reason".to_owned())),
        ] {
            let (kind, ticket) = outcome(&event, Some("con_a"));
            assert_eq!(kind, expected, "{event}");
            assert_eq!(
                ticket.is_some(),
                event["deliveries"]
                    .as_array()
                    .is_some_and(|all| { all.len() == 1 && all[0]["connection"] == "con_a" })
            );
        }
    }
}
