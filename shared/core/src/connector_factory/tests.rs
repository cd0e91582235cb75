//! The factory and its gate under a clock that stands still until somebody waits.

use super::{cache, gate::ConnectionGate, generations::Generations, lane::Lanes, *};
use crate::{
    budget::{BudgetAccount, BudgetGrant, BudgetPlan},
    catalogue::Language,
    connection::{CheckResult, ConnectionChange},
    ids::PartnerId,
    ports::StoreError,
};
use futures_util::poll;
use jiff::{SignedDuration, Timestamp};
use psa_connector::{
    CheckReport, EgressPolicy, GateClosed, RequestGate, RequestKind, SystemRandom, TenantIdentity,
    TransportOptions,
};
use std::{collections::HashMap, pin::pin, sync::Mutex, time::Duration};

/// Time passes when somebody sleeps, and at once.
#[derive(Debug)]
struct PatientClock(Mutex<Timestamp>);

impl PatientClock {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2025-03-01T12:00:00Z".parse().unwrap())))
    }
    fn pass(&self, time: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }
}

#[async_trait]
impl Clock for PatientClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        self.pass(SignedDuration::try_from(duration).unwrap());
    }
}

#[derive(Default)]
struct Budgets {
    accounts: Mutex<HashMap<String, BudgetAccount>>,
    asked: Mutex<u32>,
    broken: Mutex<bool>,
}

#[async_trait]
impl BudgetStore for Budgets {
    async fn take_budget(
        &self,
        tenant: &str,
        plan: &BudgetPlan,
        purpose: Purpose,
        wish: u32,
        now: Timestamp,
    ) -> Result<BudgetGrant, StoreError> {
        if *self.broken.lock().unwrap() {
            return Err(StoreError::Unavailable { detail: "broken".into(), source: None });
        }
        *self.asked.lock().unwrap() += 1;
        let mut accounts = self.accounts.lock().unwrap();
        Ok(accounts.entry(tenant.to_owned()).or_default().take(plan, purpose, wish, now))
    }
}

#[derive(Default)]
struct OneSecret {
    reads: Mutex<u32>,
}

#[async_trait]
impl Vault for OneSecret {
    async fn put(&self, _: &ConnectionId, _: u32, _: &Credentials) -> Result<(), VaultError> {
        Ok(())
    }
    async fn get(&self, _: &ConnectionId, _: u32) -> Result<Credentials, VaultError> {
        *self.reads.lock().unwrap() += 1;
        Ok(halo_credentials())
    }
    async fn delete_below(&self, _: &ConnectionId, _: u32) -> Result<(), VaultError> {
        Ok(())
    }
}

fn halo_credentials() -> Credentials {
    Credentials::new()
        .with("site_url", "https://acme.halopsa.com")
        .with("client_id", "an-id")
        .with("client_secret", "a-secret")
}

struct World {
    clock: Arc<PatientClock>,
    budgets: Arc<Budgets>,
    vault: Arc<OneSecret>,
    lanes: Lanes,
    generations: Generations,
}

impl World {
    fn with(plan: BudgetPlan) -> Self {
        let (clock, budgets) = (PatientClock::new(), Arc::new(Budgets::default()));
        let lanes = Lanes::new(budgets.clone(), clock.clone(), plans(plan));
        Self { clock, budgets, vault: Arc::default(), lanes, generations: Generations::default() }
    }

    fn gate(&self, tenant: &str, purpose: Purpose) -> ConnectionGate {
        let watch = self.generations.watch(&connection_id(), 1, self.clock.now());
        ConnectionGate::new(self.lanes.of(tenant, PsaKind::HaloPsa), purpose, watch)
    }

    fn retire_first(&self) {
        self.generations.retire(&connection_id(), 2, self.clock.now());
    }

    fn factory(&self) -> TenantConnectors {
        let policy = EgressPolicy::public_only();
        let clock: Arc<dyn Clock> = self.clock.clone();
        let transport =
            Transport::new(policy, TransportOptions::default(), Arc::clone(&clock), Arc::new(SystemRandom))
                .unwrap();
        let (vault, budgets) = (self.vault.clone(), self.budgets.clone());
        TenantConnectors::new(vault, budgets, transport, clock, ConnectorOptions::default(), plans(large()))
    }
}

fn large() -> BudgetPlan {
    BudgetPlan { requests: 700, window: SignedDuration::from_mins(5), reserve: 100 }
}

/// So much for HaloPSA, and ten times as much for Autotask.
fn plans(halopsa: BudgetPlan) -> BudgetPlans {
    BudgetPlans { halopsa, autotask: BudgetPlan { requests: halopsa.requests * 10, ..halopsa } }
}

fn connection_id() -> ConnectionId {
    "con_aaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

fn connection() -> Connection {
    let tenant =
        TenantIdentity { psa: PsaKind::HaloPsa, key: "acme".into(), name: "acme.halopsa.com".into() };
    let check = CheckResult { at: Timestamp::UNIX_EPOCH, report: CheckReport::default() };
    let partner: PartnerId = "partner-1".parse().unwrap();
    Connection::new(connection_id(), partner, tenant, Language::En, check)
}

async fn enter(gate: &ConnectionGate, times: u32) -> Result<(), GateClosed> {
    for _ in 0..times {
        drop(gate.enter(RequestKind::Read).await?);
    }
    Ok(())
}

#[tokio::test]
async fn no_call_begins_after_retire_returned() {
    let world = World::with(large());
    let gate = world.gate("acme", Purpose::Worker);
    enter(&gate, 1).await.unwrap();
    world.retire_first();
    for kind in [RequestKind::Token, RequestKind::Read, RequestKind::Write] {
        assert!(gate.enter(kind).await.is_err(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_call_that_waited_for_its_turn_does_not_begin_after_retire() {
    let world = World::with(large());
    let gate = world.gate("acme", Purpose::Worker);
    let on_the_wire = gate.enter(RequestKind::Write).await.unwrap();
    let mut waiting = pin!(gate.enter(RequestKind::Write));
    assert!(poll!(&mut waiting).is_pending());
    world.retire_first();
    drop(on_the_wire);
    assert!(waiting.await.is_err());
}

#[tokio::test]
async fn newer_credentials_pass_while_older_are_retired() {
    let world = World::with(large());
    world.retire_first();
    let watch = world.generations.watch(&connection_id(), 2, world.clock.now());
    let lane = world.lanes.of("acme", PsaKind::HaloPsa);
    enter(&ConnectionGate::new(lane, Purpose::Worker, watch), 1).await.unwrap();
}

#[tokio::test]
async fn writes_to_a_tenant_go_one_at_a_time_across_its_connections() {
    let world = World::with(large());
    let (one, other) = (world.gate("acme", Purpose::Worker), world.gate("acme", Purpose::Person));
    let elsewhere = world.gate("umbrella", Purpose::Worker);
    let held = one.enter(RequestKind::Write).await.unwrap();
    let mut waiting = pin!(other.enter(RequestKind::Write));
    assert!(poll!(&mut waiting).is_pending(), "the tenant bears one write");
    enter(&other, 1).await.unwrap();
    drop(elsewhere.enter(RequestKind::Write).await.unwrap());
    drop(held);
    drop(waiting.await.unwrap());
}

#[tokio::test]
async fn no_more_requests_run_at_once_than_the_psa_bears() {
    let world = World::with(large());
    let gate = world.gate("acme", Purpose::Worker);
    let bears = integrations()[0].capabilities.concurrency;
    let mut running = Vec::new();
    for _ in 0..bears {
        running.push(gate.enter(RequestKind::Read).await.unwrap());
    }
    let mut sign_in = pin!(gate.enter(RequestKind::Token));
    let mut read = pin!(gate.enter(RequestKind::Read));
    assert!(poll!(&mut sign_in).is_pending(), "signing in counts too");
    assert!(poll!(&mut read).is_pending());
    running.pop();
    assert!(poll!(&mut read).is_pending(), "who came first goes first");
    drop(sign_in.await.unwrap());
    drop(read.await.unwrap());
}

#[tokio::test]
async fn requests_are_leased_in_blocks() {
    let world = World::with(large());
    let gate = world.gate("acme", Purpose::Worker);
    enter(&gate, 10).await.unwrap();
    assert_eq!(*world.budgets.asked.lock().unwrap(), 1);
    enter(&gate, 1).await.unwrap();
    assert_eq!(*world.budgets.asked.lock().unwrap(), 2);
}

#[tokio::test]
async fn an_unspent_block_expires() {
    let world = World::with(large());
    let gate = world.gate("acme", Purpose::Worker);
    enter(&gate, 1).await.unwrap();
    world.clock.pass(SignedDuration::from_secs(5));
    enter(&gate, 1).await.unwrap();
    assert_eq!(*world.budgets.asked.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_block_is_not_spent_past_the_slice_that_it_was_counted_in() {
    let world = World::with(large());
    let gate = world.gate("acme", Purpose::Worker);
    world.clock.pass(SignedDuration::from_millis(9_900));
    enter(&gate, 1).await.unwrap();
    assert_eq!(large().slice_end(world.clock.now()), "2025-03-01T12:00:10Z".parse().unwrap());
    world.clock.pass(SignedDuration::from_millis(100));
    enter(&gate, 1).await.unwrap();
    assert_eq!(*world.budgets.asked.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_worker_that_finds_the_budget_spent_is_told_how_long() {
    let plan = BudgetPlan { requests: 30, window: SignedDuration::from_mins(5), reserve: 10 };
    let world = World::with(plan);
    let gate = world.gate("acme", Purpose::Worker);
    enter(&gate, 20).await.unwrap();
    let closed = enter(&gate, 1).await.unwrap_err();
    assert!(closed.retry_after > Duration::from_secs(290), "{closed:?}");
    world.clock.pass(SignedDuration::try_from(closed.retry_after).unwrap());
    enter(&gate, 20).await.unwrap();
}

#[tokio::test]
async fn the_reserve_is_for_persons() {
    let plan = BudgetPlan { requests: 30, window: SignedDuration::from_mins(5), reserve: 10 };
    let world = World::with(plan);
    enter(&world.gate("acme", Purpose::Worker), 21).await.unwrap_err();
    enter(&world.gate("acme", Purpose::Person), 10).await.unwrap();
    let closed = enter(&world.gate("acme", Purpose::Person), 1).await.unwrap_err();
    assert!(closed.retry_after > Duration::from_secs(290), "no person waits that long: {closed:?}");
}

#[tokio::test]
async fn a_person_waits_a_moment_where_a_worker_is_sent_away() {
    let plan = BudgetPlan { requests: 60, window: SignedDuration::from_secs(3), reserve: 0 };
    let world = World::with(plan);
    let (worker, person) = (world.gate("acme", Purpose::Worker), world.gate("acme", Purpose::Person));
    enter(&worker, 60).await.unwrap();
    enter(&worker, 1).await.unwrap_err();
    let before = world.clock.now();
    enter(&person, 1).await.unwrap();
    assert!(world.clock.now() >= before.checked_add(SignedDuration::from_secs(3)).unwrap());
}

#[tokio::test]
async fn never_more_requests_in_any_window_than_the_plan_has() {
    let plan = BudgetPlan { requests: 120, window: SignedDuration::from_secs(60), reserve: 0 };
    let world = World::with(plan);
    let gates = [world.gate("acme", Purpose::Worker), world.gate("acme", Purpose::Person)];
    let mut made: Vec<Timestamp> = Vec::new();
    for step in 0..4_000 {
        if enter(&gates[step % 2], 1).await.is_ok() {
            made.push(world.clock.now());
        }
        world.clock.pass(SignedDuration::from_millis(i64::try_from(step % 7).unwrap() * 20));
    }
    let most = made.iter().enumerate().map(|(first, start)| {
        made[first..].iter().take_while(|at| at.duration_since(*start) < plan.window).count()
    });
    assert!(most.clone().max().unwrap() <= 120, "at most the plan, but {:?}", most.max());
    assert!(made.len() > 400, "and most of it is used: {}", made.len());
}

#[tokio::test]
async fn nothing_is_sent_while_the_budget_cannot_be_read() {
    let world = World::with(large());
    let gate = world.gate("acme", Purpose::Person);
    *world.budgets.broken.lock().unwrap() = true;
    enter(&gate, 1).await.unwrap_err();
    *world.budgets.broken.lock().unwrap() = false;
    enter(&gate, 1).await.unwrap();
}

#[tokio::test]
async fn a_connector_stays_open_for_its_generation_and_purpose() {
    let world = World::with(large());
    let factory = world.factory();
    let mut connection = connection();
    let first = factory.open(&connection, Purpose::Worker).await.unwrap();
    let again = factory.open(&connection, Purpose::Worker).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let for_person = factory.open(&connection, Purpose::Person).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &for_person), "a person may use the reserve");
    connection.generation = 2;
    let renewed = factory.open(&connection, Purpose::Worker).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &renewed));
    assert_eq!(*world.vault.reads.lock().unwrap(), 3);
}

#[tokio::test]
async fn an_unused_connector_is_let_go() {
    let world = World::with(large());
    let factory = world.factory();
    let mut connection = connection();
    factory.open(&connection, Purpose::Worker).await.unwrap();
    world.clock.pass(cache::IDLE);
    connection.generation = 2;
    factory.open(&connection, Purpose::Worker).await.unwrap();
    assert_eq!(factory.cache.len(), 1);
}

#[tokio::test]
async fn no_more_connectors_are_kept_than_fit() {
    let world = World::with(large());
    let factory = world.factory();
    let mut connection = connection();
    for generation in 1..=u32::try_from(cache::MOST).unwrap() + 5 {
        connection.generation = generation;
        factory.open(&connection, Purpose::Worker).await.unwrap();
    }
    assert_eq!(factory.cache.len(), cache::MOST);
}

#[tokio::test]
async fn retired_and_revoked_credentials_open_nothing() {
    let world = World::with(large());
    let factory = world.factory();
    let mut connection = connection();
    factory.open(&connection, Purpose::Worker).await.unwrap();
    factory.retire(&connection.id, 2);
    assert_eq!(factory.cache.len(), 0);
    let outcome = factory.open(&connection, Purpose::Worker).await;
    assert!(matches!(outcome, Err(OpenError::Vault(VaultError::NotFound))), "a stale record: {outcome:?}");
    connection.apply(ConnectionChange::Revoked, world.clock.now()).unwrap();
    let outcome = factory.open(&connection, Purpose::Worker).await;
    assert!(matches!(outcome, Err(OpenError::Vault(VaultError::NotFound))), "a fresh record: {outcome:?}");
}

#[tokio::test]
async fn a_connector_held_across_retire_makes_no_call() {
    let world = World::with(large());
    let factory = world.factory();
    let held = factory.open(&connection(), Purpose::Worker).await.unwrap();
    factory.retire(&connection_id(), 2);
    let error = held.tenant().await;
    assert!(error.is_err());
    assert_eq!(*world.budgets.asked.lock().unwrap(), 0, "nothing was even budgeted");
}

#[test]
fn credentials_that_are_wrong_on_their_face_are_told_field_by_field() {
    let world = World::with(large());
    let outcome = world.factory().try_out(PsaKind::HaloPsa, &Credentials::new());
    let Err(OpenError::Credentials(problems)) = outcome else { panic!("{outcome:?}") };
    assert!(problems.iter().any(|problem| problem.field == "site_url"), "{problems:?}");
}

#[test]
fn trials_of_the_same_application_share_an_account_and_never_show_what_was_entered() {
    let account = |id: &str, secret: &str| {
        let credentials = halo_credentials().with("client_id", id).with("client_secret", secret);
        trial_account(PsaKind::HaloPsa, &credentials)
    };
    assert_eq!(account("a", "x"), account("a", "y"));
    assert_ne!(account("a", "x"), account("b", "x"));
    assert!(!account("visible", "x").contains("visible"));
}

#[tokio::test]
async fn each_psa_has_a_plan_of_its_own() {
    let plan = BudgetPlan { requests: 20, window: SignedDuration::from_mins(5), reserve: 0 };
    let world = World::with(plan);
    let allowed = async |psa: PsaKind| {
        let watch = world.generations.watch(&connection_id(), 1, world.clock.now());
        let gate = ConnectionGate::new(world.lanes.of(&format!("{psa:?}"), psa), Purpose::Worker, watch);
        let mut entered = 0;
        while entered < 1_000 && gate.enter(RequestKind::Read).await.is_ok() {
            entered += 1;
        }
        entered
    };
    assert_eq!(allowed(PsaKind::HaloPsa).await, 20);
    assert_eq!(allowed(PsaKind::Autotask).await, 200);
}
