//! What finding work costs: what is pending, not what is stored. Counted in steps of SQLite's machine, which no clock
//! disturbs.

use super::world::{World, actor, at, event, partner};
use crate::sqlite::{
    cursor, deliveries, due, event_list, events, expiry, notices, rejected, retry, route_requests,
    rows::text, work,
};
use psa_bridge_core::{
    ports::{EventFilter, EventStore, RejectedFilter, RouteStore, WorkStore},
    reason::Reason,
};
use rusqlite::{Connection as Db, Params, StatementStatus};
use std::collections::BTreeMap;

pub(super) fn steps(db: &Db, sql: &str, parameters: impl Params) -> i32 {
    let mut statement = db.prepare(sql).unwrap();
    let mut rows = statement.query(parameters).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

/// What each search costs now.
fn costs(w: &World) -> BTreeMap<&'static str, i32> {
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    let now = text(at(10_000));
    BTreeMap::from([
        ("due connections", steps(&db, due::DUE, (&now, 100))),
        ("unfinished", steps(&db, work::UNFINISHED, ("con_halo", "", "", 100))),
        ("counters", steps(&db, deliveries::COUNT, ["con_halo"])),
        ("open attempts", steps(&db, work::OPEN_ATTEMPTS, ["con_halo"])),
        ("next due", steps(&db, work::NEXT_DUE, ["con_halo"])),
        ("mails", steps(&db, notices::DUE, ("mail", &now, 100))),
        ("events for the vendor", steps(&db, notices::DUE, ("webhook", &now, 100))),
        ("route requests", steps(&db, route_requests::OLDEST, [100])),
        ("windows to close", steps(&db, events::TO_CLOSE, (&now, 100))),
        ("deliveries at retention", steps(&db, expiry::OVERAGE, (text(at(-10_000)), 100))),
        ("events at retention", steps(&db, expiry::EVENTS_TO_DELETE, (text(at(-10_000)), 100))),
    ])
}

#[tokio::test]
async fn finding_work_costs_what_is_pending_not_what_is_stored() {
    let (w, halo) = World::mapped().await;
    let idle = w.connect("idle").await;
    for number in 0..3 {
        w.accept(&event(number), at(0)).await.unwrap();
    }
    w.keep_finished(&halo, 10..20).await;
    for request in w.route_requests(10).await.unwrap() {
        w.finish_route_request(&request, at(0)).await.unwrap();
    }
    let few = costs(&w);
    w.keep_finished(&halo, 20..400).await;
    // The second connection got a delivery of each; they are held, and are not looked at one by one.
    let many = costs(&w);
    for (search, few) in few {
        let many = many[search];
        let allowed = few + few / 4 + 50;
        assert!(many <= allowed, "{search} takes {many} steps among 400 events and {few} among 20");
    }
    let ring = w.due_connections(at(1), 10).await.unwrap();
    assert_eq!(ring, [halo, idle]);
}

#[tokio::test]
async fn connections_without_work_cost_the_sweep_nothing() {
    let (w, halo) = World::mapped().await;
    let before = costs(&w)["due connections"];
    let mut others = vec![halo];
    for number in 0..30 {
        others.push(w.connect(&format!("{number}")).await);
    }
    w.accept(&event(0), at(0)).await.unwrap();
    let working = costs(&w)["due connections"];
    for connection in &others {
        w.end(connection, &event(0)).await;
    }
    let after = costs(&w)["due connections"];
    assert!(
        after <= before + 20,
        "{after} steps once 31 connections are done, {before} before they were there"
    );
    assert!(working > after + 31, "the count can tell: {working} steps while each had work");
}

/// The plan of a query, one line a step.
fn plan(db: &Db, sql: &str, parameters: impl Params) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines = statement.query_map(parameters, |row| row.get(3)).unwrap();
    lines.collect::<Result<_, _>>().unwrap()
}

#[test]
fn lists_of_events_run_along_an_index_whatever_the_filter() {
    let w = World::empty();
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    let filters = [
        EventFilter::default(),
        EventFilter { organization: Some("acme".parse().unwrap()), ..EventFilter::default() },
        EventFilter { connection: Some("con_halo".parse().unwrap()), ..EventFilter::default() },
        EventFilter { state: Some("waiting".to_owned()), ..EventFilter::default() },
        EventFilter { reason: Some(Reason::PsaRefused), ..EventFilter::default() },
        EventFilter { reason: Some(Reason::Paused), ..EventFilter::default() },
        EventFilter { reason: Some(Reason::WaitingTurn), ..EventFilter::default() },
        EventFilter { since: Some(at(0)), until: Some(at(1)), ..EventFilter::default() },
    ];
    for filter in filters {
        for query in event_list::queries(&partner(), &filter, cursor::END, cursor::END, 50) {
            let plan = plan(&db, &query.sql, rusqlite::params_from_iter(query.parameters));
            assert!(
                plan.iter().all(|line| line.starts_with("SEARCH")),
                "no table is read from end to end, and nothing is sorted: {filter:?} {plan:#?}"
            );
        }
    }
}

#[test]
fn what_is_done_to_many_runs_along_an_index() {
    let w = World::empty();
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    let runs_along = |plan: &[String], index: &str| {
        assert!(plan[0].contains(index), "{plan:#?}");
        assert!(plan.iter().all(|line| line.starts_with("SEARCH")), "{plan:#?}");
    };
    runs_along(&plan(&db, retry::OF_REASON, [""; 9]), "deliveries_ended");
    let filters = [
        (RejectedFilter::default(), "rejected_newest"),
        (RejectedFilter { code: Some("missing".to_owned()), ..Default::default() }, "rejected_of_code"),
    ];
    for (filter, index) in filters {
        let (sql, parameters) = rejected::query(&filter, cursor::END.to_owned(), i64::MAX, 50);
        runs_along(&plan(&db, &sql, rusqlite::params_from_iter(parameters)), index);
    }
}

#[tokio::test]
async fn counters_are_what_counting_gives_whatever_becomes_of_deliveries() {
    let (w, halo) = World::mapped().await;
    let db = Db::open(w.folder.path().join("bridge.db")).unwrap();
    let check = async |expected: [u64; 3]| {
        let counted = w.counters(&halo).await.unwrap();
        assert_eq!([counted.unfinished, counted.done, counted.ended], expected);
        let sql = "SELECT count(*) FILTER (WHERE unfinished = 1), count(*) FILTER (WHERE state = 'done'),
                          count(*) FILTER (WHERE state = 'ended') FROM deliveries WHERE connection = 'con_halo'";
        let stored: [u32; 3] =
            db.query_row(sql, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).unwrap();
        assert_eq!(stored.map(u64::from), expected);
    };
    check([0, 0, 0]).await;
    for number in 0..4 {
        w.accept(&event(number), at(0)).await.unwrap();
        w.accept(&event(number), at(0)).await.unwrap();
    }
    check([4, 0, 0]).await;
    w.end(&halo, &event(0)).await;
    w.end(&halo, &event(1)).await;
    check([2, 0, 2]).await;
    w.retry(&partner(), &event(0).id, &actor(), at(2)).await.unwrap();
    check([3, 0, 1]).await;
    let lease = w.take_lease(&halo, at(3)).await;
    w.make_ticket(&lease, &event(2), at(4)).await;
    check([2, 1, 1]).await;
    w.expire(at(1), 100, at(5)).await.unwrap();
    check([0, 1, 3]).await;
    w.expire(at(4_500), 100, at(5_000)).await.unwrap();
    check([0, 0, 0]).await;
}

#[tokio::test]
async fn a_thousand_held_deliveries_are_one_jump() {
    let (w, halo) = World::mapped().await;
    for number in 0..20 {
        w.accept(&event(number), at(0)).await.unwrap();
    }
    let few = costs(&w)["due connections"];
    for number in 20..300 {
        w.accept(&event(number), at(0)).await.unwrap();
    }
    let many = costs(&w)["due connections"];
    assert!(many <= few + 20, "{many} steps for 300 deliveries of one connection, {few} for 20");
    w.end(&halo, &event(0)).await;
    assert_eq!(w.unfinished(&halo, None, 1000).await.unwrap().len(), 299);
}
