//! What the bridge says has become of each event, at each desk.

use crate::{
    api::{Api, Call, Caller},
    error::WorkloadError,
    expectation::Expected,
    submissions::Plan,
    world::{DeskIndex, PartnerIndex, World},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// Requests that are under way at the same time.
const SIDE_BY_SIDE: usize = 8;

/// What the bridge says has become of an event at one desk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// There is this ticket.
    Ticket(String),
    /// There is none, for this reason.
    NoTicket(String),
    /// It went to other desks of the partner alone.
    Elsewhere,
    /// The partner does not see the event.
    NotVisible,
    /// It is not finished, or says nothing that can be understood.
    Other(String),
}

impl Outcome {
    /// Whether it is what has to be.
    pub fn is(&self, expected: Expected) -> bool {
        match (self, expected) {
            (Self::Ticket(_), Expected::Ticket)
            | (Self::Elsewhere, Expected::Elsewhere)
            | (Self::NotVisible, Expected::NotVisible) => true,
            (Self::NoTicket(reason), Expected::NoTicket(wanted)) => reason == wanted,
            _ => false,
        }
    }

    /// What it is, without particulars.
    pub fn kind(&self) -> String {
        match self {
            Self::Ticket(_) => "ticket".to_owned(),
            Self::NoTicket(reason) => format!("no ticket: {reason}"),
            Self::Elsewhere => Expected::Elsewhere.to_string(),
            Self::NotVisible => Expected::NotVisible.to_string(),
            Self::Other(what) => what.clone(),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket(ticket) => write!(f, "ticket {ticket}"),
            other => f.write_str(&other.kind()),
        }
    }
}

/// An event as it is read at one desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What has become of it.
    pub outcome: Outcome,
    /// Whether the bridge says that event and registry disagree.
    pub disagrees: bool,
}

/// The events that are seen at a desk, by source and id.
pub type SeenEvents = BTreeMap<(String, String), Seen>;

/// Reads all that is seen at a desk.
pub async fn seen_at(
    api: &Api,
    world: &World,
    desk: DeskIndex,
    connection: Option<&str>,
) -> Result<SeenEvents, WorkloadError> {
    let caller = Caller::Partner(&world.partner_at(desk).id);
    let mut seen = SeenEvents::new();
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let reply = api.send(Call::get(caller, format!("/v1/events?limit=100{after}"))).await?;
        let body = reply.success()?;
        for item in body.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
            let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let disagrees = item.pointer("/notice/code").and_then(Value::as_str) == Some("chain_disagrees");
            let view = Seen { outcome: outcome(item, connection), disagrees };
            seen.insert((text("source"), text("source_id")), view);
        }
        cursor = body.get("next").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok(seen);
        }
    }
}

fn outcome(event: &Value, connection: Option<&str>) -> Outcome {
    let deliveries = event.get("deliveries").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let own: Vec<&Value> =
        deliveries.iter().filter(|it| it.get("connection").and_then(Value::as_str) == connection).collect();
    let [delivery] = own.as_slice() else {
        return match (own.len(), event.pointer("/unrouted/code").and_then(Value::as_str)) {
            (0, _) if !deliveries.is_empty() => Outcome::Elsewhere,
            (0, Some(reason)) => Outcome::NoTicket(reason.to_owned()),
            (0, None) => Outcome::Other("neither a delivery nor a reason".to_owned()),
            (many, _) => Outcome::Other(format!("{many} deliveries to one connection")),
        };
    };
    let text =
        |pointer: &str| delivery.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    match text("/state").as_str() {
        "done" => Outcome::Ticket(text("/ticket/id")),
        "ended" => Outcome::NoTicket(text("/reason/code")),
        state => Outcome::Other(format!("unfinished: {state}, {}", text("/reason/code"))),
    }
}

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
    let asked = stream::iter(hidden).map(|(place, partner, id)| async move {
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
        let delivery = |state: &str| {
            json!({
                "connection": "con_a", "state": state, "reason": { "code": "psa_refused" }, "ticket": { "id": "7" },
            })
        };
        for (event, expected) in [
            (json!({ "deliveries": [delivery("done")] }), Outcome::Ticket("7".to_owned())),
            (json!({ "deliveries": [delivery("ended")] }), Outcome::NoTicket("psa_refused".to_owned())),
            (
                json!({ "deliveries": [delivery("waiting")] }),
                Outcome::Other("unfinished: waiting, psa_refused".to_owned()),
            ),
            (
                json!({ "deliveries": [delivery("done"), delivery("done")] }),
                Outcome::Other("2 deliveries to one connection".to_owned()),
            ),
            (
                json!({ "deliveries": [], "unrouted": { "code": "unmapped" } }),
                Outcome::NoTicket("unmapped".to_owned()),
            ),
            (json!({ "deliveries": [{ "connection": "con_b", "state": "done" }] }), Outcome::Elsewhere),
            (json!({ "deliveries": [] }), Outcome::Other("neither a delivery nor a reason".to_owned())),
        ] {
            assert_eq!(outcome(&event, Some("con_a")), expected, "{event}");
        }
    }

    #[test]
    fn another_reason_than_the_expected_one_is_a_difference() {
        let ended = Outcome::NoTicket("psa_refused".to_owned());
        assert!(ended.is(Expected::NoTicket("psa_refused")));
        for expected in [Expected::NoTicket("client_missing"), Expected::Ticket, Expected::NotVisible] {
            assert!(!ended.is(expected), "{expected}");
        }
    }
}
