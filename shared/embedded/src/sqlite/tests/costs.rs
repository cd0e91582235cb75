//! What finding work costs: what is pending, not what is stored. Counted in steps of SQLite's machine, which no clock
//! disturbs.

use super::world::{World, at, event, partner};
use crate::sqlite::{cursor, due, event_list, events, expiry, route_requests, rows::text, work};
use psa_bridge_core::{
    ports::{EventFilter, EventStore, WorkStore},
    reason::Reason,
};
use rusqlite::{Connection as Db, Params, StatementStatus};
use std::collections::BTreeMap;

fn steps(db: &Db, sql: &str, parameters: impl Params) -> i32 {
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
        ("open attempts", steps(&db, work::OPEN_ATTEMPTS, ["con_halo"])),
        ("next due", steps(&db, work::NEXT_DUE, ["con_halo"])),
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
        w.finish_route_request(&request).await.unwrap();
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
