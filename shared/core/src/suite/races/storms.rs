//! Many at once: promises that no pair of steps shows.

use crate::{
    budget::{BudgetGrant, BudgetPlan, Purpose},
    connection::ConnectionChange,
    delivery::{Change, DeliveryState, Happened},
    ids::ConnectionId,
    ports::{AdvanceError, EventFilter, IdempotencyOutcome, LeaseOutcome, Release, StoreError, WorkItem},
    suite::{
        Case,
        fixture::{Must, World, actor, at, attempt, event, partner, step},
    },
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use psa_connector::TicketId;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

macro_rules! storms {
    ($($case:ident,)*) => {
        pub(super) fn cases() -> Vec<Case> {
            vec![$(Case::sequential(concat!("races::", stringify!($case)), |world| Box::pin($case(world)))),*]
        }
    };
}

storms! {
    workers_that_ring_each_other_leave_no_work_and_make_no_ticket_twice,
    one_of_many_gets_the_lease,
    the_same_event_from_many_makes_one_delivery,
    no_attempt_starts_after_revoke_returned,
    a_budget_is_never_overdrawn,
    one_of_many_gets_an_idempotency_key,
    pages_show_every_event_once_while_others_are_accepted,
}

/// Handles on the same data: every other one is a process of its own.
pub(super) async fn handles(w: &World, count: usize) -> Vec<World> {
    let mut handles = Vec::new();
    for n in 0..count {
        handles.push(if n % 2 == 0 { w.clone() } else { w.reopened().await });
    }
    handles
}

/// Makes it again while the store is too busy.
pub(super) async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(
    mut make: impl FnMut() -> F,
) -> T {
    for _ in 0..200 {
        match make().await {
            Err(StoreError::Unavailable { .. }) => tokio::time::sleep(Duration::from_millis(2)).await,
            other => return other.must("the store works"),
        }
    }
    panic!("the store is too busy for too long")
}

/// A worker as the domain's: it takes the lease, works what it finds, and leaves only when no bell rang. Returns how
/// many tickets it made.
async fn ring(w: &World, connection: &ConnectionId) -> usize {
    let wish = patiently(|| w.lease(connection, at(10_000), at(100))).await;
    let LeaseOutcome::Taken(work) = wish else { return 0 };
    let mut lease = work.lease;
    let mut made = 0;
    loop {
        for item in patiently(|| w.unfinished(connection, None, 100)).await {
            make_ticket(w, &lease, &item).await;
            made += 1;
        }
        match patiently(|| w.release(&lease)).await {
            Release::BellRang(kept) => lease = kept,
            Release::Released => return made,
            Release::Lost => panic!("a lease that has not expired is lost"),
        }
    }
}

async fn make_ticket(w: &World, lease: &crate::ports::Lease, item: &WorkItem) {
    let start = step(&item.delivery, Change::AttemptStarted(attempt(lease, &item.event, at(100))));
    let started = advance(w, lease, start).await.must("nobody else works this connection");
    let finish = step(&started[0], Change::TicketCreated(TicketId::new(item.event.source_id.clone())));
    advance(w, lease, finish).await.must("nobody else works this connection");
}

async fn advance(
    w: &World,
    lease: &crate::ports::Lease,
    step: crate::ports::Step,
) -> Result<Vec<crate::delivery::Delivery>, AdvanceError> {
    patiently(|| async {
        match w.advance(lease, vec![step.clone()], at(100)).await {
            Err(AdvanceError::Store(error)) => Err(error),
            other => Ok(other),
        }
    })
    .await
}

async fn workers_that_ring_each_other_leave_no_work_and_make_no_ticket_twice(w: World) {
    let halo = w.simple().await;
    let handles = handles(&w, 4).await;
    let mut made = 0;
    // Few at a time and often: a lost bell shows only where no later one makes up for it.
    for round in 0..24 {
        let tasks = handles.iter().cloned().enumerate().map(|(n, handle)| {
            tokio::spawn(async move {
                let event = event("acme", &format!("{n} {round}"), at(round));
                let mut made = 0;
                for rung in patiently(|| handle.accept(&event, at(50))).await.ring {
                    made += ring(&handle, &rung).await;
                }
                made
            })
        });
        let tasks: Vec<_> = tasks.collect();
        made += join_all(tasks).await.into_iter().map(|made| made.must("the worker ends")).sum::<usize>();
        assert_eq!(
            w.unfinished(&halo, None, 10).await.must("list"),
            [],
            "no bell was lost, so nothing is left"
        );
    }
    assert_eq!(made, 96, "as many tickets as events");
    let all = w.events(&partner("msp"), &EventFilter::default(), None, 100).await.must("list events").items;
    assert_eq!(all.len(), 96);
    for view in all {
        let timeline = &view.deliveries[0].delivery.timeline;
        let attempts = timeline.iter().filter(|entry| entry.what == Happened::AttemptStarted).count();
        assert_eq!(attempts, 1, "one attempt an event: {timeline:?}");
    }
}

async fn one_of_many_gets_the_lease(w: World) {
    let halo = w.simple().await;
    let mut fences = BTreeSet::new();
    for round in 0..5 {
        let now = at(round * 100);
        let until = at(round * 100 + 50);
        let wishes = handles(&w, 8).await.into_iter().map(|handle| {
            let halo = halo.clone();
            tokio::spawn(async move { patiently(|| handle.lease(&halo, until, now)).await })
        });
        let mut taken = Vec::new();
        for wish in join_all(wishes).await {
            match wish.must("the wish is answered") {
                LeaseOutcome::Taken(work) => taken.push(work.lease),
                LeaseOutcome::Held => {}
                LeaseOutcome::Unknown => panic!("the connection is there"),
            }
        }
        let [lease] = taken.as_slice() else { panic!("one holder, not {}", taken.len()) };
        assert!(fences.iter().all(|fence| *fence < lease.fence), "fences grow");
        fences.insert(lease.fence);
        let heard = w.release(lease).await.must("release");
        assert!(matches!(heard, Release::BellRang(_)), "seven bells rang, not {heard:?}");
    }
}

async fn the_same_event_from_many_makes_one_delivery(w: World) {
    let halo = w.simple().await;
    let event = event("acme", "1", at(-5));
    let tasks = handles(&w, 8).await.into_iter().map(|handle| {
        let event = event.clone();
        tokio::spawn(async move { patiently(|| handle.accept(&event, at(0))).await.duplicate })
    });
    let duplicates = join_all(tasks).await.into_iter().filter(|each| matches!(each, Ok(true))).count();
    assert_eq!(duplicates, 7, "one was the first");
    assert_eq!(w.seen("msp", &event).await.deliveries.len(), 1);
    assert_eq!(w.unfinished(&halo, None, 10).await.must("list").len(), 1);
}

async fn no_attempt_starts_after_revoke_returned(w: World) {
    let halo = w.simple().await;
    for n in 0..40 {
        w.take_in(&event("acme", &format!("{n}"), at(n)), at(50)).await;
    }
    let lease = w.take_lease(&halo, at(60)).await;
    let returned = Arc::new(AtomicBool::new(false));
    let (worker, flag, leased) = (w.reopened().await, Arc::clone(&returned), lease.clone());
    let working = tokio::spawn(async move {
        let mut started = 0;
        for item in patiently(|| worker.unfinished(&leased.connection, None, 100)).await {
            let revoked_before = flag.load(Ordering::SeqCst);
            let start = step(&item.delivery, Change::AttemptStarted(attempt(&leased, &item.event, at(70))));
            match advance(&worker, &leased, start).await {
                Ok(_) => {
                    assert!(!revoked_before, "an attempt began after revoke had returned");
                    started += 1;
                }
                Err(AdvanceError::LeaseLost | AdvanceError::Connection(_)) => break,
                Err(other) => panic!("the start is refused for the revoke alone, not {other:?}"),
            }
        }
        started
    });
    while w.counters(&halo).await.must("count").unfinished == 40 && !working.is_finished() {
        let first = w.unfinished(&halo, None, 3).await.must("list unfinished deliveries");
        if first.iter().all(|item| matches!(item.delivery.state, DeliveryState::Attempting(_))) {
            break;
        }
        tokio::task::yield_now().await;
    }
    let revoked = patiently(|| async {
        match w
            .change_connection(&partner("msp"), &halo, ConnectionChange::Revoked, &actor("ann"), at(71))
            .await
        {
            Err(crate::ports::ChangeError::Store(error)) => Err(error),
            other => Ok(other.must("revoke")),
        }
    })
    .await;
    returned.store(true, Ordering::SeqCst);
    assert_eq!(revoked.generation, 2, "revoking raises the generation");
    let started: usize = working.await.must("the worker ends");
    let work = w.unfinished(&halo, None, 100).await.must("list unfinished deliveries");
    let open = work.iter().filter(|item| item.delivery.open_attempt().is_some()).count();
    assert_eq!(open, started, "what was refused left no trace");
}

async fn a_budget_is_never_overdrawn(w: World) {
    let plan = BudgetPlan { requests: 40, window: SignedDuration::from_secs(300), reserve: 10 };
    let tasks = handles(&w, 8).await.into_iter().enumerate().map(|(n, handle)| {
        tokio::spawn(async move {
            let mut granted = [0, 0];
            for _ in 0..6 {
                let purpose = if n % 2 == 0 { Purpose::Worker } else { Purpose::Person };
                if let BudgetGrant::Granted(count) =
                    patiently(|| handle.take_budget("tenant", &plan, purpose, 3, at(0))).await
                {
                    granted[n % 2] += count;
                }
            }
            granted
        })
    });
    let (mut workers, mut persons) = (0, 0);
    for granted in join_all(tasks).await {
        let granted = granted.must("taking ends");
        workers += granted[0];
        persons += granted[1];
    }
    assert_eq!(workers + persons, 40, "all of it, and no more");
    assert!(workers <= 30, "the reserve is for persons, yet workers took {workers}");
}

async fn one_of_many_gets_an_idempotency_key(w: World) {
    let tasks = handles(&w, 8).await.into_iter().map(|handle| {
        tokio::spawn(async move {
            patiently(|| handle.begin_idempotent("msp POST", "k", "h", at(-9), at(-9), at(0))).await
        })
    });
    let outcomes = join_all(tasks).await.into_iter().map(|outcome| outcome.must("beginning ends"));
    let fresh = outcomes.filter(|outcome| *outcome == IdempotencyOutcome::Fresh).count();
    assert_eq!(fresh, 1, "one request is made, the others wait for its answer");
}

async fn pages_show_every_event_once_while_others_are_accepted(w: World) {
    w.simple().await;
    let msp = partner("msp");
    for n in 0..30 {
        w.take_in(&event("acme", &format!("old {n}"), at(n)), at(n / 4)).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (handle, stopped) = (w.reopened().await, Arc::clone(&stop));
    let accepting = tokio::spawn(async move {
        for n in 0..500 {
            if stopped.load(Ordering::SeqCst) {
                break;
            }
            // At the same moments as the old ones, and later.
            let event = event("acme", &format!("new {n}"), at(n));
            patiently(|| handle.accept(&event, at(n % 20))).await;
        }
    });
    for _ in 0..3 {
        let (mut old, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let filter = EventFilter::default();
            let page = patiently(|| w.events(&msp, &filter, after.as_deref(), 7)).await;
            let names = page.items.into_iter().map(|view| view.event.source_id);
            old.extend(names.filter(|name| name.starts_with("old")));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let distinct: BTreeSet<&String> = old.iter().collect();
        assert_eq!((old.len(), distinct.len()), (30, 30), "each once, whatever comes meanwhile");
    }
    stop.store(true, Ordering::SeqCst);
    accepting.await.must("accepting ends");
}
