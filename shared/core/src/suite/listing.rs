//! A partner's view of its events: filters, and pages that show every event once.

use super::fixture::{Must, World, actor, at, event, organization, partner};
use crate::{
    connection::ConnectionChange,
    delivery::Change,
    event::Event,
    ids::{EventId, OrganizationId},
    ports::{AuditFilter, EventFilter},
    reason::Reason,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

async fn found(w: &World, filter: &EventFilter) -> Vec<String> {
    let page = w.events(&partner("msp"), filter, None, 100).await.must("list events");
    assert_eq!(page.next, None, "one page holds them all");
    page.items.into_iter().map(|view| view.event.source_id).collect()
}

pub(super) async fn events_are_filtered(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    w.register("orphan", &["msp"]).await;
    let names = ["waiting", "attempting", "settling", "done", "ended"];
    let events: Vec<Event> = (0..).zip(names).map(|(n, name)| event("acme", name, at(-n))).collect();
    for (n, each) in (0..).zip(&events) {
        w.take_in(each, at(n)).await;
    }
    w.take_in(&event("orphan", "unrouted", at(0)), at(5)).await;
    let lease = w.take_lease(&halo, at(10)).await;
    w.start(&lease, "msp", &events[1], at(11)).await;
    let settling = w.start(&lease, "msp", &events[2], at(11)).await;
    let unknown = Change::OutcomeUnknown { look_at: at(200), detail: "timeout".to_owned() };
    w.advance_one(&lease, &settling, unknown, at(12)).await;
    w.make_ticket(&lease, "msp", &events[3], at(11)).await;
    w.end(&lease, "msp", &events[4], Reason::PsaRefused, at(11)).await;

    let all = || EventFilter::default();
    let state = |state: &str| EventFilter { state: Some(state.to_owned()), ..all() };
    let reason = |reason| EventFilter { reason: Some(reason), ..all() };
    let of = |id: &str| EventFilter { organization: Some(organization(id)), ..all() };
    let via = |connection: &_| EventFilter { connection: Some(Clone::clone(connection)), ..all() };
    let span = |since: Option<Timestamp>, until: Option<Timestamp>| EventFilter { since, until, ..all() };
    let cases: Vec<(EventFilter, &[&str])> = vec![
        (all(), &["unrouted", "ended", "done", "settling", "attempting", "waiting"]),
        (state("waiting"), &["waiting"]),
        (state("attempting"), &["attempting"]),
        (state("settling"), &["settling"]),
        (state("done"), &["done"]),
        (state("ended"), &["ended"]),
        (state("unrouted"), &["unrouted"]),
        (reason(Reason::PsaRefused), &["ended"]),
        (reason(Reason::Unmapped), &["unrouted"]),
        (reason(Reason::PsaFailed), &[]),
        (of("orphan"), &["unrouted"]),
        (of("acme"), &["ended", "done", "settling", "attempting", "waiting"]),
        (of("nobody"), &[]),
        (via(&halo), &["ended", "done", "settling", "attempting", "waiting"]),
        (via(&second), &[]),
        (span(Some(at(4)), None), &["unrouted", "ended"]),
        (span(None, Some(at(1))), &["waiting"]),
        (span(Some(at(2)), Some(at(4))), &["done", "settling"]),
        (EventFilter { connection: Some(halo.clone()), ..state("done") }, &["done"]),
        (EventFilter { organization: Some(organization("orphan")), ..state("done") }, &[]),
        (EventFilter { since: Some(at(4)), ..reason(Reason::PsaRefused) }, &["ended"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(found(&w, &filter).await, expected, "newest acceptance first with {filter:?}");
    }
}

/// Every way of putting two or more filters together finds what each of them finds alone.
pub(super) async fn filters_combine(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    w.register("other", &["msp"]).await;
    w.map("msp", &second, "other").await;
    w.register("orphan", &["msp"]).await;
    for (n, (of, name)) in (0..).zip([
        ("acme", "refused"),
        ("other", "theirs"),
        ("acme", "failed"),
        ("acme", "waiting"),
        ("orphan", "unrouted"),
        ("other", "theirs too"),
        ("acme", "refused late"),
    ]) {
        w.take_in(&event(of, name, at(-n)), at(n)).await;
    }
    let lease = w.take_lease(&halo, at(10)).await;
    for (name, reason) in
        [("refused", Reason::PsaRefused), ("failed", Reason::PsaFailed), ("refused late", Reason::PsaRefused)]
    {
        w.end(&lease, "msp", &event("acme", name, at(0)), reason, at(11)).await;
    }
    let lease = w.take_lease(&second, at(10)).await;
    w.end(&lease, "msp", &event("other", "theirs", at(0)), Reason::PsaRefused, at(11)).await;

    let organizations = [None, Some("acme"), Some("other"), Some("orphan")];
    let connections = [None, Some(&halo), Some(&second)];
    let states = [None, Some("ended"), Some("waiting"), Some("unrouted")];
    let reasons = [None, Some(Reason::PsaRefused), Some(Reason::Unmapped), Some(Reason::WaitingTurn)];
    let times = [(None, None), (Some(at(2)), None), (None, Some(at(6))), (Some(at(1)), Some(at(3)))];
    let all = || EventFilter::default();
    for organization_id in organizations {
        for connection in connections {
            for state in states {
                for reason in reasons {
                    for (since, until) in times {
                        let parts = [
                            EventFilter { organization: organization_id.map(organization), ..all() },
                            EventFilter { connection: connection.cloned(), ..all() },
                            EventFilter { state: state.map(str::to_owned), ..all() },
                            EventFilter { reason, ..all() },
                            EventFilter { since, until, ..all() },
                        ];
                        let mut expected = found(&w, &all()).await;
                        for part in &parts {
                            let alone = found(&w, part).await;
                            expected.retain(|name| alone.contains(name));
                        }
                        let [of, via, stands, why, when] = parts;
                        let filter = EventFilter {
                            organization: of.organization,
                            connection: via.connection,
                            state: stands.state,
                            reason: why.reason,
                            ..when
                        };
                        assert_eq!(found(&w, &filter).await, expected, "{filter:?}");
                    }
                }
            }
        }
    }
}

pub(super) async fn what_waits_is_found_by_the_reason_that_it_shows(w: World) {
    let halo = w.simple().await;
    let events: Vec<Event> =
        (0..).zip(["a", "b", "c"]).map(|(n, name)| event("acme", name, at(-n))).collect();
    for (n, each) in (0..).zip(&events) {
        w.take_in(each, at(n)).await;
    }
    let lease = w.take_lease(&halo, at(10)).await;
    w.start(&lease, "msp", &events[1], at(11)).await;
    let settling = w.start(&lease, "msp", &events[2], at(11)).await;
    let unknown = Change::OutcomeUnknown { look_at: at(200), detail: "timeout".to_owned() };
    w.advance_one(&lease, &settling, unknown, at(12)).await;
    let reason = |reason| EventFilter { reason: Some(reason), ..EventFilter::default() };
    assert_eq!(found(&w, &reason(Reason::WaitingTurn)).await, ["b", "a"]);
    assert_eq!(found(&w, &reason(Reason::OutcomeUnknown)).await, ["c"]);
    assert_eq!(found(&w, &reason(Reason::Paused)).await, [""; 0]);
    for (change, hold) in [
        (ConnectionChange::SettingsReset, Reason::SettingsMissing),
        (ConnectionChange::Paused { by: "ann".to_owned() }, Reason::Paused),
        (ConnectionChange::Revoked, Reason::ConnectionRevoked),
    ] {
        w.change("msp", &halo, change, at(13)).await;
        assert_eq!(found(&w, &reason(hold)).await, ["c", "b", "a"], "{hold:?} holds all three");
        let state = Some("settling".to_owned());
        assert_eq!(found(&w, &EventFilter { state, ..reason(hold) }).await, ["c"]);
        assert_eq!(found(&w, &EventFilter { until: Some(at(1)), ..reason(hold) }).await, ["a"]);
        assert_eq!(found(&w, &reason(Reason::WaitingTurn)).await, [""; 0]);
        assert_eq!(found(&w, &reason(Reason::OutcomeUnknown)).await, [""; 0]);
    }
}

pub(super) async fn filtered_pages_show_every_event_once_while_others_come_in(w: World) {
    let halo = w.simple().await;
    w.register("orphan", &["msp"]).await;
    let all = || EventFilter::default();
    let filters = [
        (EventFilter { state: Some("waiting".to_owned()), ..all() }, "acme"),
        (EventFilter { reason: Some(Reason::WaitingTurn), connection: Some(halo), ..all() }, "acme"),
        (EventFilter { organization: Some(organization("acme")), until: Some(at(90)), ..all() }, "acme"),
        (EventFilter { reason: Some(Reason::Unmapped), since: Some(at(0)), ..all() }, "orphan"),
    ];
    for of in ["acme", "orphan"] {
        for n in 0..11 {
            w.take_in(&event(of, &format!("{of} old {n}"), at(-n)), at(n / 3)).await;
        }
    }
    for (run, (filter, of)) in filters.into_iter().enumerate() {
        let (mut seen, mut after) = (Vec::new(), None);
        for round in 0.. {
            let page = w.events(&partner("msp"), &filter, after.as_deref(), 3).await.must("list a page");
            seen.extend(page.items.into_iter().map(|view| view.event.source_id));
            for (name, second) in [("new", 80), ("amid", 2)] {
                w.take_in(&event(of, &format!("{name} {run} {round}"), at(0)), at(second)).await;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let old: BTreeSet<&String> = seen.iter().filter(|name| name.contains("old")).collect();
        assert_eq!(old.len(), 11, "each of the old ones: {filter:?} {seen:?}");
        assert!(old.iter().all(|name| name.starts_with(of)), "{filter:?} {seen:?}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "none twice: {filter:?} {seen:?}");
    }
}

pub(super) async fn a_filter_over_two_connections_means_one_delivery(w: World) {
    let halo = w.simple().await;
    let second = w.live("msp", "second").await;
    w.map("msp", &second, "acme").await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let lease = w.take_lease(&halo, at(1)).await;
    w.make_ticket(&lease, "msp", &event, at(2)).await;
    let cases = [(&halo, "done", 1), (&second, "done", 0), (&halo, "waiting", 0), (&second, "waiting", 1)];
    for (connection, state, expected) in cases {
        let filter = EventFilter {
            connection: Some(connection.clone()),
            state: Some(state.to_owned()),
            ..EventFilter::default()
        };
        assert_eq!(found(&w, &filter).await.len(), expected, "a delivery to {connection} that is {state}");
    }
    for state in ["done", "waiting"] {
        let filter = EventFilter { state: Some(state.to_owned()), ..EventFilter::default() };
        assert_eq!(found(&w, &filter).await, ["1"], "an event is listed once");
    }
}

pub(super) async fn a_listed_event_is_the_event_as_read_by_its_id(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    w.take_in(&event, at(0)).await;
    let listed = w.events(&partner("msp"), &EventFilter::default(), None, 10).await.must("list").items;
    assert_eq!(listed, [w.seen("msp", &event).await]);
    assert_eq!(listed[0].deliveries[0].hold, None);
    let cases = [
        (ConnectionChange::SettingsReset, Reason::SettingsMissing),
        (ConnectionChange::Paused { by: "ann".to_owned() }, Reason::Paused),
        (ConnectionChange::Revoked, Reason::ConnectionRevoked),
    ];
    for (change, reason) in cases {
        w.change("msp", &halo, change, at(1)).await;
        assert_eq!(w.seen("msp", &event).await.deliveries[0].hold, Some(reason), "what holds its connection");
        let listed = w.events(&partner("msp"), &EventFilter::default(), None, 10).await.must("list").items;
        assert_eq!(listed[0].deliveries[0].hold, Some(reason));
    }
}

pub(super) async fn pages_show_every_event_once_while_others_come_in(w: World) {
    w.simple().await;
    let mut expected = BTreeSet::new();
    for n in 0..17 {
        // Three at a time are accepted at the same moment.
        let event = event("acme", &format!("old {n}"), at(-n));
        w.take_in(&event, at(n / 3)).await;
        expected.insert(event.source_id);
    }
    let (mut seen, mut last) = (Vec::new(), None);
    let mut after: Option<String> = None;
    for round in 0.. {
        let page = w.events(&partner("msp"), &EventFilter::default(), after.as_deref(), 4).await;
        let page = page.must("list a page");
        assert!(page.items.len() <= 4, "at most as many as the limit");
        for view in page.items {
            assert!(last.is_none_or(|last| view.accepted_at <= last), "newest acceptance first");
            last = Some(view.accepted_at);
            seen.push(view.event.source_id);
        }
        // One newer than all, and one at the same moment as many.
        w.take_in(&event("acme", &format!("new {round}"), at(0)), at(100 + round)).await;
        w.take_in(&event("acme", &format!("amid {round}"), at(0)), at(3)).await;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let old: Vec<String> = seen.iter().filter(|name| name.starts_with("old")).cloned().collect();
    assert_eq!(old.len(), expected.len(), "each once: {old:?}");
    assert_eq!(old.into_iter().collect::<BTreeSet<_>>(), expected);
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "nothing twice: {seen:?}");
}

async fn of_organization(w: &World, id: &OrganizationId, since: Timestamp) -> Vec<EventId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = w.events_of_organization(id, since, after.as_deref(), 2).await.must("list a page");
        assert!(page.items.len() <= 2, "at most as many as the limit");
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

pub(super) async fn an_organisations_events_come_oldest_event_time_first(w: World) {
    w.register("acme", &["msp"]).await;
    w.register("other", &["msp"]).await;
    let mut kept = Vec::new();
    for (n, time) in (0..).zip([5, 3, 3, 3, 9, 1, 3]) {
        let event = event("acme", &format!("{n}"), at(time));
        w.take_in(&event, at(n)).await;
        kept.push((event.time, at(n), event.id));
    }
    w.take_in(&event("other", "x", at(2)), at(2)).await;
    for since in [at(0), at(2), at(6), at(7)] {
        let mut expected: Vec<_> = kept.iter().filter(|(_, accepted, _)| *accepted >= since).collect();
        expected.sort_by_key(|(time, _, _)| *time);
        let found = of_organization(&w, &organization("acme"), since).await;
        assert_eq!(found.len(), expected.len(), "accepted then or later");
        let time_of = |id: &EventId| kept.iter().find(|(_, _, kept)| kept == id).map(|(time, _, _)| *time);
        assert!(found.iter().map(time_of).is_sorted(), "in order of event time");
        let distinct: BTreeSet<&EventId> = found.iter().collect();
        assert_eq!(distinct, expected.iter().map(|(_, _, id)| id).collect(), "each once");
    }
}

pub(super) async fn accepted_events_come_in_order_of_acceptance(w: World) {
    w.register("acme", &["msp"]).await;
    let mut kept = Vec::new();
    for n in 0..9 {
        let id = if n % 2 == 0 { "acme" } else { "nobody" };
        let event = event(id, &format!("{n}"), at(-n));
        w.take_in(&event, at(n / 2)).await;
        kept.push((at(n / 2), event.id));
    }
    for (since, until) in [(0, 100), (1, 3), (2, 2), (4, 5)].map(|(since, until)| (at(since), at(until))) {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = w.events_accepted(since, until, after.as_deref(), 2).await.must("list a page");
            assert!(page.items.len() <= 2, "at most as many as the limit");
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let time_of = |id: &EventId| kept.iter().find(|(_, kept)| kept == id).map(|(time, _)| *time);
        assert!(found.iter().map(time_of).is_sorted(), "in order of acceptance");
        let mut expected: Vec<&EventId> =
            kept.iter().filter(|(time, _)| *time >= since && *time < until).map(|(_, id)| id).collect();
        expected.sort();
        found.sort();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "from {since} to before {until}, each once");
    }
}

pub(super) async fn a_foreign_cursor_is_refused_not_misread(w: World) {
    w.simple().await;
    for n in 0..3 {
        w.take_in(&event("acme", &format!("{n}"), at(n)), at(n)).await;
    }
    let page = w.events(&partner("msp"), &EventFilter::default(), Some("no cursor of ours"), 10).await;
    assert!(matches!(page, Err(crate::ports::StoreError::Cursor)), "not {page:?}");
    let page = w.audit(&partner("msp"), &AuditFilter::default(), Some("no cursor of ours"), 10).await;
    assert!(matches!(page, Err(crate::ports::StoreError::Cursor)), "not {page:?}");
    w.delete_organization(&organization("acme"), &actor("vendor"), at(5)).await.must("delete it");
}
