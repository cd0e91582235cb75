//! Reading an event's tickets from their PSAs.

use crate::bridge::Bridge;
use jiff::SignedDuration;
use psa_bridge_core::{
    budget::Purpose,
    catalogue::Language,
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    delivery::Change,
    ids::{ConnectionId, EventId},
};
use psa_bridge_rig::{ACME, GLOBEX};
use psa_connector::{PsaErrorKind, Ticket, TicketId, TicketState};
use serde_json::{Value, json};

fn ticket(id: &str, state: TicketState) -> Ticket {
    Ticket {
        number: Some(format!("T20260604.{id}")),
        title: format!("Ticket {id}"),
        state,
        status: Some(8),
        ..Ticket::deleted(TicketId::new(id))
    }
}

/// An event of ACME, and of GLOBEX above it, with a ticket in each of these connections of ACME, numbered from 1 on.
async fn with_tickets(names: &[&str]) -> (Bridge, EventId, Vec<ConnectionId>) {
    let bridge = Bridge::new();
    bridge.psa.with(|books| books.is_closed = false);
    bridge.register("org-1", "Bakery", &[GLOBEX, ACME]).await;
    let mut connections = Vec::new();
    for name in names {
        let connection = bridge.live(ACME, name, Language::En).await;
        bridge.map(ACME, &connection, "org-1", true).await;
        connections.push(connection);
    }
    let event = bridge.accept("e1", "org-1").await;
    for (number, connection) in (1..).zip(&connections) {
        let id = number.to_string();
        bridge.work(connection, Change::TicketCreated(TicketId::new(id.as_str()))).await;
        bridge.psa.with(|books| books.tickets.push(ticket(&id, TicketState::Open)));
    }
    (bridge, event, connections)
}

async fn tickets(bridge: &Bridge, event: &EventId) -> Vec<Value> {
    let answer = bridge.get(ACME, &format!("/v1/events/{event}/tickets")).await.ok();
    answer["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_ticket_is_shown_with_its_number_and_where_it_stands() {
    let (bridge, event, _) = with_tickets(&["one"]).await;
    let expected = json!({
        "connection": "con_one",
        "id": "1",
        "url": "https://psa.example/ticket?id=1",
        "current": {
            "number": "T20260604.1", "title": "Ticket 1", "state": "open", "merged_into": null, "status": 8
        },
        "problem": null,
    });
    assert_eq!(tickets(&bridge, &event).await, [expected]);
    assert_eq!(bridge.psa.calls(), ["ticket 1"], "one request a ticket");
    bridge.psa.with(|books| assert_eq!(books.opened_for, Some(Purpose::Person)));
}

#[tokio::test]
async fn what_became_of_a_ticket_is_told() {
    let (bridge, event, _) = with_tickets(&["one"]).await;
    for (state, told, into) in [
        (TicketState::Closed, "closed", json!(null)),
        (TicketState::Merged(TicketId::new("7")), "merged", json!("7")),
    ] {
        bridge.psa.with(|books| books.tickets = vec![ticket("1", state)]);
        let current = tickets(&bridge, &event).await[0]["current"].clone();
        assert_eq!((&current["state"], &current["merged_into"]), (&json!(told), &into));
    }
    bridge.psa.with(|books| books.tickets.clear());
    let gone =
        json!({ "number": null, "title": null, "state": "deleted", "merged_into": null, "status": null });
    assert_eq!(tickets(&bridge, &event).await[0]["current"], gone);
}

#[tokio::test]
async fn nothing_is_asked_of_the_psa_by_lists_and_by_the_event_itself() {
    let (bridge, event, _) = with_tickets(&["one"]).await;
    for path in ["/v1/events".to_owned(), format!("/v1/events/{event}")] {
        bridge.get(ACME, &path).await.ok();
    }
    assert_eq!(bridge.psa.calls(), [""; 0]);
}

#[tokio::test]
async fn a_psa_that_fails_spoils_no_other_ticket() {
    let (bridge, event, _) = with_tickets(&["one", "three", "two"]).await;
    bridge.psa.with(|books| {
        books.unreadable = vec![
            (TicketId::new("1"), PsaErrorKind::MissingPermission),
            (TicketId::new("3"), PsaErrorKind::Unavailable),
        ];
    });
    let shown = tickets(&bridge, &event).await;
    let told: Vec<_> =
        shown.iter().map(|it| (&it["id"], &it["problem"]["code"], &it["current"]["number"])).collect();
    let null = &json!(null);
    assert_eq!(
        told,
        [
            (&json!("1"), &json!("psa_missing_permission"), null),
            (&json!("2"), null, &json!("T20260604.2")),
            (&json!("3"), &json!("psa_unavailable"), null),
        ]
    );
    assert!(shown.iter().all(|it| it["url"].is_string()), "an address takes no request");
}

#[tokio::test]
async fn who_waits_is_answered_in_time_however_many_psas_hang() {
    let names: Vec<String> = (10..30).map(|number| format!("c{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (bridge, event, _) = with_tickets(&names).await;
    bridge.psa.with(|books| books.unanswered = (1..=20).map(|id| TicketId::new(id.to_string())).collect());
    let before = bridge.now();
    let shown = tickets(&bridge, &event).await;
    assert_eq!(shown.len(), 20);
    assert!(shown.iter().all(|it| it["problem"]["code"] == "psa_unavailable"), "{shown:?}");
    let asked = bridge.psa.calls().len();
    assert!(asked < 20, "{asked} were asked, the last of them after time was up");
    assert!(bridge.now().duration_since(before) <= SignedDuration::from_secs(15));
}

#[tokio::test]
async fn one_tickets_reader_costs_one_request() {
    let (bridge, event, _) = with_tickets(&["one", "two"]).await;
    let path = format!("/v1/events/{event}/tickets");
    let answer = bridge.get(ACME, &format!("{path}?connection=con_two")).await.ok();
    assert_eq!((answer["items"].as_array().unwrap().len(), &answer["items"][0]["id"]), (1, &json!("2")));
    assert_eq!(bridge.psa.calls(), ["ticket 2"]);
    let other = bridge.get(ACME, &format!("{path}?connection=con_other")).await.ok();
    assert_eq!(other["items"], json!([]));
    let wrong = bridge.get(ACME, &format!("{path}?conection=con_two")).await;
    assert_eq!(wrong.problem(), (400, "invalid_parameter"));
}

#[tokio::test]
async fn an_event_without_a_ticket_has_none_to_read() {
    let (bridge, _) = Bridge::mapped().await;
    let event = bridge.accept("e1", "org-1").await;
    assert_eq!(tickets(&bridge, &event).await, [json!(null); 0]);
}

#[tokio::test]
async fn a_psa_is_not_asked_with_credentials_that_it_refused_or_that_are_gone() {
    let (bridge, event, connections) = with_tickets(&["one"]).await;
    let connection = &connections[0];
    let plan = CanaryPlan { first: SignedDuration::from_mins(1), longest: SignedDuration::from_mins(2) };
    let suspended = |cause| ConnectionChange::Suspended { cause, detail: "401".into(), plan };
    bridge.change(ACME, connection, suspended(SuspensionCause::Unavailable)).await;
    assert_eq!(tickets(&bridge, &event).await[0]["problem"], json!(null), "an outage may be over");
    assert_eq!(bridge.psa.calls().len(), 1);
    bridge.change(ACME, connection, suspended(SuspensionCause::Credentials)).await;
    let shown = tickets(&bridge, &event).await;
    assert_eq!(
        (&shown[0]["problem"]["code"], &shown[0]["current"]),
        (&json!("connection_suspended"), &json!(null))
    );
    assert!(shown[0]["url"].is_string());
    bridge.psa.with(|books| books.has_no_credentials = true);
    bridge.change(ACME, connection, ConnectionChange::Recovered).await;
    let shown = tickets(&bridge, &event).await;
    assert_eq!(
        (&shown[0]["problem"]["code"], &shown[0]["url"]),
        (&json!("credentials_missing"), &json!(null))
    );
    bridge.change(ACME, connection, ConnectionChange::Revoked).await;
    let shown = tickets(&bridge, &event).await;
    assert_eq!((&shown[0]["problem"]["code"], &shown[0]["id"]), (&json!("connection_revoked"), &json!("1")));
    assert_eq!(bridge.psa.calls(), [""; 0]);
}

#[tokio::test]
async fn partners_read_their_own_tickets_alone() {
    let (bridge, event, _) = with_tickets(&["one"]).await;
    let path = format!("/v1/events/{event}/tickets");
    let stranger = bridge.get("initech", &path).await;
    assert_eq!(stranger.problem(), (404, "not_found"));
    assert_eq!(stranger.body, bridge.get("initech", "/v1/events/evt_unknown/tickets").await.body);
    bridge.live(GLOBEX, "two", Language::En).await;
    for path in [path.clone(), format!("{path}?connection=con_one")] {
        assert_eq!(bridge.get(GLOBEX, &path).await.ok(), json!({ "items": [] }), "{path}");
    }
    assert_eq!(bridge.psa.calls(), [""; 0]);
    assert_eq!(tickets(&bridge, &event).await.len(), 1, "while the other partner sees it");
}
