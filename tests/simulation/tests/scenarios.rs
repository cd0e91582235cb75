//! Named histories: what partners fear most, at full size, in virtual time.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

use jiff::SignedDuration;
use psa_bridge_core::{
    budget::{BudgetPlan, BudgetPlans},
    delivery::{Delivery, DeliveryState},
    life_cycle::LifeCycle,
    notice::{Cause, News, Standing},
    ports::{Mail, RegistryStore},
    reason::Reason,
};
use psa_bridge_simulation::{
    executor::{Simulation, Unkindness, run},
    promises::{Home, check_end, unfinished},
    psa::{create::BREAKS_CODE, tenant::Mood},
    random::Chance,
    world::{World, cast::Cast, people::Technician},
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What a HaloPSA tenant bears (500 requests in five minutes), with a reserve for persons.
const PLAN: BudgetPlan = BudgetPlan { requests: 500, window: SignedDuration::from_secs(300), reserve: 100 };
const PLANS: BudgetPlans = BudgetPlans { halopsa: PLAN, autotask: PLAN };

/// A kind world of that many partners, each with one connection that is live, and one mapped organisation.
fn world(seed: u64, partners: usize, workers: usize) -> (Simulation, World) {
    let simulation = Simulation::new(Chance::of(seed), false);
    simulation.set_unkindness(Unkindness { interleaving: 30, ..Unkindness::default() });
    let mut world = World::new(&simulation, Cast::apart(partners, PLANS), Home::OneMachine, PLANS);
    world.workers = workers;
    world.ledger.ignore_order();
    (simulation, world)
}

async fn set_up(world: &World) {
    world.keep_running();
    // Each ticket by itself, so that there is as much to do as there are events.
    let life_cycle = LifeCycle { storm_cap_per_hour: None, ..LifeCycle::default() };
    for (organization, chain) in world.cast.organizations.clone() {
        let registered = Cast::registered(&organization, &chain, world.simulation.now());
        let actor = psa_bridge_core::ports::Actor("vendor".to_owned());
        world.store.put_organization(&registered, &actor).await.unwrap();
        for partner in &chain {
            let technician = Technician { life_cycle, ..Technician::new(world, partner) };
            let tenant = format!("halo-of-{partner}");
            technician.set_up(&tenant).await;
            let connection = technician.connection_to(&tenant).await.unwrap();
            assert!(connection.is_live(), "a kind world lets one get there");
            technician.map(&connection.id, organization.clone(), true).await;
        }
    }
    world.simulation.sleep(SignedDuration::from_mins(2)).await;
}

/// So many failures of accounts of their own.
fn failures(world: &World, organization: usize, first: usize, count: usize) -> Vec<u8> {
    let accounts = (first..first + count).map(|n| (n, format!("account-{n}")));
    failures_of(world, organization, accounts)
}

/// A failure of each of these accounts, by the event's id.
fn failures_of(
    world: &World,
    organization: usize,
    accounts: impl IntoIterator<Item = (usize, String)>,
) -> Vec<u8> {
    let time = world.simulation.now().to_string();
    let failure = |(n, account): (usize, String)| {
        json!({ "specversion": "1.0", "source": format!("/org-{organization}"), "id": format!("{n}"), "time": time,
            "type": "backup.email.failed",
            "data": { "organization_id": format!("org-{organization}"), "account": account } })
    };
    Value::Array(accounts.into_iter().map(failure).collect()).to_string().into_bytes()
}

async fn post(world: &World, body: Vec<u8>) {
    let taken = world.ask(|bridge| async move { bridge.ingest.message(&body).await.is_ok() }).await;
    assert_eq!(taken, Some(true), "a kind world takes every message");
}

#[test]
fn an_outage_of_three_days_loses_nothing_and_recovers_within_the_budget() {
    const EVENTS: usize = 50_000;
    let (simulation, world) = world(1, 1, 2);
    let took = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&took);
    run(&simulation, async move {
        set_up(&world).await;
        let tenant = "halo-of-partner-1";
        let before = world.psas.tenant(tenant, |tenant| tenant.tickets.len());
        world.psas.tenant(tenant, |tenant| tenant.mood = Mood::Down);
        let calls_before = world.ledger.served_count();
        for batch in 0..EVENTS / 1_000 {
            post(&world, failures(&world, 1, batch * 1_000, 1_000)).await;
            world
                .simulation
                .sleep(SignedDuration::from_hours(72) / i32::try_from(EVENTS / 1_000).unwrap())
                .await;
        }
        let calls = world.ledger.served_count() - calls_before;
        assert!(calls < 72 * 8, "an outage is looked at now and then, not {calls} times");
        assert_eq!(world.psas.tenant(tenant, |tenant| tenant.tickets.len()), before);
        assert_eq!(told(&world), ["it is down"], "the contact is told so once, not for three days");
        let back = world.simulation.now();
        world.psas.tenant(tenant, |tenant| tenant.mood = Mood::Fine);
        while !unfinished(&world.ledger).is_empty() || world.store.inspect(is_suspended) {
            world.simulation.sleep(SignedDuration::from_mins(10)).await;
            assert!(
                world.simulation.now().duration_since(back) < SignedDuration::from_hours(48),
                "it recovers"
            );
        }
        let made = world.store.inspect(|state| {
            state.deliveries().filter(|each| matches!(each.state, DeliveryState::Done { .. })).count()
        });
        let tickets = world.psas.tenant(tenant, |tenant| tenant.tickets.len()) - before;
        let ended = EVENTS - made;
        assert!(ended <= EVENTS / 1_000, "{ended} were refused, though a PSA that is fine refuses few");
        assert!(tickets >= made, "{made} tickets are there");
        // What came up last is told at the next look at the outbox.
        world.simulation.sleep(SignedDuration::from_mins(2)).await;
        let all = ["it is down", "it is up again", "the budget is short", "the budget suffices"];
        assert_eq!(told(&world), all, "each beginning and each end, once");
        check_end(&world.ledger, &world.psas, &world.cast.partners);
        *slot.lock().unwrap() = Some((world.simulation.now().duration_since(back), made, tickets));
    });
    assert_eq!(simulation.first_breach(), None);
    println!("recovered in {:?}", took.lock().unwrap().unwrap());
}

/// What the mails say that left, in order; each is of a notice that the store knows to be sent.
fn told(world: &World) -> Vec<&'static str> {
    let says = |mail: &Mail| {
        let notice = world.store.inspect(|state| state.notices().find(|each| each.id == mail.id).cloned());
        let notice = notice.unwrap();
        assert_eq!(notice.standing, Standing::Sent, "{notice:?}");
        match notice.news {
            News::Stopped { cause: Cause::Unavailable, .. } => "it is down",
            News::Recovered { cause: Cause::Unavailable, .. } => "it is up again",
            News::Stopped { cause: Cause::Budget, .. } => "the budget is short",
            News::Recovered { cause: Cause::Budget, .. } => "the budget suffices",
            other => panic!("{other:?} is of no outage"),
        }
    };
    world.post.sent().iter().map(says).collect()
}

fn is_suspended(state: &psa_bridge_simulation::store::State) -> bool {
    state.connections().any(|connection| connection.suspended.is_some())
}

#[test]
fn a_burst_of_one_partner_keeps_no_other_waiting() {
    for workers in [1, 4] {
        let (simulation, world) = world(2, 2, workers);
        let most = Arc::new(Mutex::new(Vec::new()));
        let slot = Arc::clone(&most);
        run(&simulation, async move {
            set_up(&world).await;
            for key in world.psas.keys() {
                // A retry of the quiet partner's own would count as a wait.
                world.psas.tenant(&key, |tenant| tenant.mood = Mood::Flawless);
            }
            for batch in 0..100 {
                let (busy, body) = (world.clone(), failures(&world, 1, batch * 1_000, 1_000));
                simulation_spawn(&world, async move { post(&busy, body).await });
            }
            let (loud, quiet) = (&world.cast.partners[0], &world.cast.partners[1]);
            for n in 0..10 {
                world.simulation.sleep(world.simulation.span(0, 20_000)).await;
                // Before it is posted: its ticket may be made before the answer is there.
                let posted = world.ledger.served_count();
                post(&world, failures(&world, 2, n, 1)).await;
                let until = world.simulation.now().checked_add(SignedDuration::from_mins(5)).unwrap();
                loop {
                    let served = world.ledger.served();
                    let own = served[posted..]
                        .iter()
                        .position(|(partner, call)| partner == quiet && *call == "create_ticket");
                    if let Some(own) = own {
                        let before =
                            served[posted..posted + own].iter().filter(|(partner, _)| partner == loud);
                        slot.lock().unwrap().push(before.count());
                        break;
                    }
                    assert!(world.simulation.now() < until, "the quiet partner's ticket is made");
                    world.simulation.sleep(SignedDuration::from_millis(10)).await;
                }
            }
            let waits =
                world.store.inspect(|state| state.deliveries().filter(|each| each.is_unfinished()).count());
            assert!(waits > 50_000, "the burst is still being worked: {waits} wait");
        });
        assert_eq!(simulation.first_breach(), None);
        let most = most.lock().unwrap().clone();
        println!(
            "{workers} workers: calls of the loud partner before each ticket of the quiet one: {most:?}"
        );
        assert_eq!(most.len(), 10);
        assert!(most.iter().all(|calls| *calls <= 2), "{workers} workers: {most:?}");
    }
}

fn simulation_spawn(world: &World, does: impl Future<Output = ()> + Send + 'static) {
    world.simulation.spawn(psa_bridge_simulation::executor::WORLD, does);
}

#[test]
fn what_waits_behind_another_does_not_keep_a_worker_busy() {
    let (simulation, world) = world(3, 1, 1);
    run(&simulation, async move {
        set_up(&world).await;
        world.psas.tenant("halo-of-partner-1", |tenant| tenant.mood = Mood::Down);
        let twice = [(1, "same".to_owned()), (2, "same".to_owned())];
        post(&world, failures_of(&world, 1, twice)).await;
        // The first has failed by then and waits for its next attempt; the second is due, and waits behind it.
        world.simulation.sleep(SignedDuration::from_secs(4)).await;
        let before = world.simulation.points();
        world.simulation.sleep(SignedDuration::from_secs(5)).await;
        let points = world.simulation.points() - before;
        assert!(points < 500, "{points} steps in five seconds in which nothing can be done");
    });
    assert_eq!(simulation.first_breach(), None);
}

#[test]
fn a_record_that_breaks_the_code_fails_alone() {
    let (simulation, world) = world(4, 1, 1);
    run(&simulation, async move {
        set_up(&world).await;
        let accounts =
            (0..50).map(|n| (n, if n == 0 { BREAKS_CODE.to_owned() } else { format!("account-{n}") }));
        post(&world, failures_of(&world, 1, accounts)).await;
        world.simulation.sleep(SignedDuration::from_hours(2)).await;
        let ends = world.store.inspect(|state| {
            let ended = |each: &Delivery| each.state == DeliveryState::Ended { reason: Reason::PsaFailed };
            let done = |each: &&Delivery| matches!(each.state, DeliveryState::Done { .. });
            (state.deliveries().filter(done).count(), state.deliveries().filter(|each| ended(each)).count())
        });
        assert_eq!(ends, (49, 1), "all others have their tickets, and one its reason");
        check_end(&world.ledger, &world.psas, &world.cast.partners);
    });
    assert_eq!(simulation.first_breach(), None);
}

#[test]
fn no_call_begins_once_revoke_has_returned() {
    for seed in 0..60 {
        let (simulation, world) = world(seed, 1, 2);
        run(&simulation, async move {
            set_up(&world).await;
            let technician = Technician::new(&world, &world.cast.partners[0]);
            let connection = technician.connection_to("halo-of-partner-1").await.unwrap();
            post(&world, failures(&world, 1, 0, 40)).await;
            // Every step takes its time now, so that revoking falls between any two of them.
            world.simulation.set_unkindness(Unkindness {
                interleaving: 30,
                slow: 500,
                ..Unkindness::default()
            });
            world.simulation.sleep(world.simulation.span(0, 15_000)).await;
            technician.revoke(&connection).await;
            let before = world.ledger.served_count();
            world.simulation.sleep(SignedDuration::from_mins(10)).await;
            assert_eq!(world.ledger.served_count(), before, "seed {seed}: no call begins");
            assert_eq!(unfinished(&world.ledger), Vec::<String>::new(), "what waited has ended");
        });
        assert_eq!(simulation.first_breach(), None, "seed {seed}");
    }
}
