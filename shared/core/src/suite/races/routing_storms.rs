//! Routing again while events are accepted and mappings, chains and confirmations change: nothing is left out, and nobody
//! works one request beside somebody else.

use super::storms::{handles, patiently};
use crate::{
    connection::ConnectionChange,
    ids::{ConnectionId, EventId},
    ports::{ChangeError, RouteReach, RouteRequest, RouteScope, RouteTurn},
    suite::{
        Case,
        fixture::{Must, World, actor, at, event, mapping_onto, organization, partner, registered},
    },
};
use futures_util::future::join_all;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

macro_rules! storms {
    ($($case:ident,)*) => {
        pub(super) fn cases() -> Vec<Case> {
            vec![$(Case::sequential(concat!("races::", stringify!($case)), |world| Box::pin($case(world)))),*]
        }
    };
}

storms! {
    an_event_never_falls_between_accepting_and_mapping,
    nothing_is_left_out_while_mappings_and_chains_come_and_go,
    a_request_is_worked_by_one_at_a_time_and_newer_wishes_are_worked_too,
}

/// What is to be looked at next.
async fn next_page(w: &World, request: &RouteRequest) -> (Vec<EventId>, Option<String>) {
    let (since, after) = (at(-1000), request.cursor.as_deref());
    let page = match (&request.scope, request.reach) {
        (RouteScope::Organization(id), RouteReach::All) => {
            patiently(|| w.events_of_organization(id, since, after, 5)).await
        }
        (scope, _) => patiently(|| w.events_missing(scope, since, after, 5)).await,
    };
    (page.items, page.next)
}

/// Works a request that is claimed, as the backfill does. Returns whether it came to its end.
async fn work(w: &World, mut request: RouteRequest) -> bool {
    loop {
        let (events, next) = next_page(w, &request).await;
        for each in &events {
            patiently(|| w.route_again(each, at(-1000), at(100))).await;
        }
        request.cursor = next;
        let turn = match request.cursor {
            Some(_) => patiently(|| w.advance_route_request(&request, at(10_000), at(100))).await,
            None => patiently(|| w.finish_route_request(&request, at(100))).await,
        };
        match turn {
            RouteTurn::Made if request.cursor.is_none() => return true,
            RouteTurn::Made => {}
            RouteTurn::AskedAgain(newer) => request = newer,
            RouteTurn::Lost => return false,
        }
    }
}

/// Works every request that is free. Returns how many.
async fn work_all(w: &World) -> usize {
    let mut worked = 0;
    for request in patiently(|| w.route_requests(100)).await {
        let claimed = patiently(|| w.claim_route_request(&request.scope, at(10_000), at(100))).await;
        if let Some(claimed) = claimed {
            assert!(work(w, claimed).await, "a claim that has not run out is kept");
            worked += 1;
        }
    }
    worked
}

async fn map(w: &World, connection: &ConnectionId) {
    let (put, msp, ann) = (mapping_onto("acme", true), partner("msp"), actor("ann"));
    patiently(|| w.put_mapping(&msp, connection, &put, &ann, at(12))).await;
}

async fn register(w: &World, chain: &[&str], second: i64) {
    let (acme, vendor) = (registered("acme", chain, at(second)), actor("vendor"));
    patiently(|| w.put_organization(&acme, &vendor)).await;
}

async fn confirm(w: &World, connection: &ConnectionId) {
    let (msp, ann) = (partner("msp"), actor("ann"));
    patiently(|| async {
        match w.change_connection(&msp, connection, ConnectionChange::Confirmed, &ann, at(13)).await {
            Err(ChangeError::Store(error)) => Err(error),
            other => Ok(other.must("confirm")),
        }
    })
    .await;
}

fn accept_many(handles: &[World], each: i64) -> Vec<tokio::task::JoinHandle<()>> {
    let accepting = handles.iter().cloned().enumerate().map(|(n, handle)| {
        tokio::spawn(async move {
            for m in 0..each {
                let event = event("acme", &format!("{n} {m}"), at(m));
                patiently(|| handle.accept(&event, at(10))).await;
            }
        })
    });
    accepting.collect()
}

async fn an_event_never_falls_between_accepting_and_mapping(w: World) {
    let halo = w.connect("msp", "halo").await;
    w.settle_requests().await;
    let handles = handles(&w, 5).await;
    let accepting = accept_many(&handles[..4], 8);
    let (handle, connection) = (handles[4].clone(), halo.clone());
    let configuring = tokio::spawn(async move {
        register(&handle, &["msp"], 11).await;
        map(&handle, &connection).await;
        confirm(&handle, &connection).await;
    });
    for task in accepting {
        task.await.must("accepting ends");
    }
    configuring.await.must("configuring ends");
    while work_all(&w).await > 0 {}
    let work = w.unfinished(&halo, None, 100).await.must("list unfinished deliveries");
    assert_eq!(work.len(), 32, "every event has its delivery, whenever it was accepted");
    assert!(w.mapping(&halo, &organization("acme")).await.must("read the mapping").is_some());
}

async fn nothing_is_left_out_while_mappings_and_chains_come_and_go(w: World) {
    w.register("acme", &["msp"]).await;
    let (halo, second) = (w.live("msp", "halo").await, w.connect("msp", "second").await);
    let handles = handles(&w, 6).await;
    let accepting = accept_many(&handles[..3], 10);
    let (mapper, first, other) = (handles[3].clone(), halo.clone(), second.clone());
    let mapping = tokio::spawn(async move {
        let (acme, msp, ann) = (organization("acme"), partner("msp"), actor("ann"));
        for _ in 0..6 {
            map(&mapper, &first).await;
            map(&mapper, &other).await;
            patiently(|| mapper.delete_mapping(&msp, &first, &acme, &ann, at(14))).await;
        }
        confirm(&mapper, &other).await;
        map(&mapper, &first).await;
    });
    let registrar = handles[4].clone();
    let registering = tokio::spawn(async move {
        for chain in [&["rival"][..], &["msp"], &["rival", "msp"], &["rival"], &["msp"]] {
            register(&registrar, chain, 15).await;
        }
    });
    let (router, stop) = (handles[5].clone(), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let routing = tokio::spawn(async move {
        while !stopped.load(Ordering::SeqCst) {
            work_all(&router).await;
            tokio::task::yield_now().await;
        }
    });
    for task in accepting.into_iter().chain([mapping, registering]) {
        task.await.must("the task ends");
    }
    // The mapper may have met a moment at which the organisation was the rival's.
    map(&w, &halo).await;
    map(&w, &second).await;
    stop.store(true, Ordering::SeqCst);
    routing.await.must("routing ends");
    while work_all(&w).await > 0 {}
    for connection in [&halo, &second] {
        let work = w.unfinished(connection, None, 100).await.must("list unfinished deliveries");
        assert_eq!(work.len(), 30, "every event has its delivery to {connection}");
    }
    let pending = w.events_pending(at(-1000), at(1000), None, 100).await.must("list pending events").items;
    assert_eq!(pending, [], "and nothing is said to be missing");
}

async fn a_request_is_worked_by_one_at_a_time_and_newer_wishes_are_worked_too(w: World) {
    w.register("acme", &["msp"]).await;
    let halo = w.connect("msp", "halo").await;
    map(&w, &halo).await;
    for n in 0..40 {
        w.take_in(&event("acme", &format!("{n}"), at(n)), at(10)).await;
    }
    w.settle_requests().await;
    let scope = RouteScope::Connection(halo.clone());
    let (at_it, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let workers = handles(&w, 6).await.into_iter().map(|handle| {
        let (scope, at_it, done) = (scope.clone(), Arc::clone(&at_it), Arc::clone(&done));
        tokio::spawn(async move {
            let mut worked = 0;
            while !done.load(Ordering::SeqCst) {
                let claimed = patiently(|| handle.claim_route_request(&scope, at(10_000), at(100))).await;
                let Some(claimed) = claimed else {
                    tokio::task::yield_now().await;
                    continue;
                };
                // Who claimed it counts itself in, and out before the step that may end the claim is seen by others;
                // so a second one shows as more than one.
                let alone = at_it.fetch_add(1, Ordering::SeqCst) == 0;
                assert!(alone, "two work one request");
                let (events, next) = next_page(&handle, &claimed).await;
                for each in &events {
                    patiently(|| handle.route_again(each, at(-1000), at(100))).await;
                }
                let request = RouteRequest { cursor: next, ..claimed };
                at_it.fetch_sub(1, Ordering::SeqCst);
                let turn = if request.cursor.is_none() {
                    patiently(|| handle.finish_route_request(&request, at(100))).await
                } else {
                    patiently(|| handle.advance_route_request(&request, at(100), at(100))).await
                };
                if let RouteTurn::AskedAgain(newer) = turn {
                    patiently(|| handle.advance_route_request(&newer, at(100), at(100))).await;
                }
                worked += 1;
            }
            worked
        })
    });
    let workers: Vec<_> = workers.collect();
    for _ in 0..5 {
        confirm(&w, &halo).await;
        tokio::task::yield_now().await;
    }
    while !patiently(|| w.route_requests(10)).await.is_empty() {
        assert!(workers.iter().all(|worker| !worker.is_finished()), "a worker gave up");
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::SeqCst);
    let worked = join_all(workers).await.into_iter().map(|worker| worker.must("the worker ends"));
    assert!(worked.sum::<usize>() > 0);
    let work = w.unfinished(&halo, None, 100).await.must("list unfinished deliveries");
    assert_eq!(work.len(), 40, "the last wish was worked to its end");
}
