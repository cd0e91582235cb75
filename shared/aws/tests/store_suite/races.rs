//! Steps that race each other, on several emulators side by side.
//!
//! What comes out is compared with what the model of the store gives one after the other: so the races also show that
//! both homes do the same. `RACES_SEED` chooses the sample, as a failure prints it; `RACES_ONLY` runs the pairs alone whose
//! names hold that text, and `RACES_DONE` passes over so many, to go on where a run was ended.

use crate::{fresh::Factory, support::Emulator};
use async_trait::async_trait;
use psa_bridge_core::{
    ports::Store,
    suite::{self, Pair, Races, StoreFactory, StoreUnderTest},
};
use psa_bridge_simulation::store::{MemoryStore, OpenStoreGate};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::{
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
    time::Instant,
};
use tokio::task::JoinSet;

/// Pairs that a test run takes, of all.
const SAMPLE: usize = 200;
/// Pairs that race at once in one emulator, which takes one core.
const AT_ONCE: usize = 3;
/// How often progress is told: each time that so many pairs were run.
const TOLD: usize = 50;

/// The model of the store.
struct Model;

#[async_trait]
impl StoreFactory for Model {
    async fn fresh(&self) -> Arc<dyn StoreUnderTest> {
        Arc::new(Modelled(MemoryStore::telling(Arc::new(OpenStoreGate), suite::NOTICES)))
    }
}

struct Modelled(MemoryStore);

#[async_trait]
impl StoreUnderTest for Modelled {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }

    async fn reopen(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }
}

/// Pairs that are run, and what became of them.
struct Running {
    pairs: Vec<(u32, Pair)>,
    next: AtomicUsize,
    done: AtomicUsize,
    failed: Mutex<Vec<String>>,
    began: Instant,
}

impl Running {
    fn new(pairs: Vec<Pair>) -> Arc<Self> {
        Arc::new(Self {
            pairs: (0..).zip(pairs).collect(),
            next: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            failed: Mutex::default(),
            began: Instant::now(),
        })
    }

    /// Runs one pair after the other, until none is left.
    async fn work(self: Arc<Self>, races: Arc<Races>, model: Arc<Races>) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((_, pair)) = self.pairs.get(index) else { return };
            let (running, on, as_in) = (Arc::clone(&self), Arc::clone(&races), Arc::clone(&model));
            let ended = tokio::spawn(async move {
                let (round, pair) = &running.pairs[index];
                pair.race(&on, &as_in, *round).await;
            });
            if ended.await.is_err() {
                self.failed.lock().unwrap().push(pair.name.clone());
            }
            self.tell();
        }
    }

    fn tell(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(TOLD) || done == self.pairs.len() {
            let (of, failed) = (self.pairs.len(), self.failed.lock().unwrap().len());
            println!("{done} of {of} pairs, {failed} failed, {} s", self.began.elapsed().as_secs());
        }
    }
}

async fn run(pairs: Vec<Pair>) {
    assert!(!pairs.is_empty(), "there are such pairs");
    let running = Running::new(pairs);
    let mut workers = JoinSet::new();
    for _ in 0..available_parallelism().map_or(1, usize::from) {
        let emulator: &'static Emulator = Box::leak(Box::new(Emulator::start()));
        let races = Arc::new(Races::on(Arc::new(Factory::on(emulator))));
        let model = Arc::new(Races::on(Arc::new(Model)));
        for _ in 0..AT_ONCE {
            workers.spawn(Arc::clone(&running).work(Arc::clone(&races), Arc::clone(&model)));
        }
    }
    workers.join_all().await;
    let failed = running.failed.lock().unwrap();
    let of = running.pairs.len();
    assert!(failed.is_empty(), "{} of {of} pairs failed:\n{}", failed.len(), failed.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_that_race_on_dynamodb_come_out_in_one_of_their_orders() {
    let seed = env::var("RACES_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    let mut pairs = suite::pairs();
    println!("{SAMPLE} of {} pairs of steps race, chosen by RACES_SEED={seed}", pairs.len());
    pairs.shuffle(&mut StdRng::seed_from_u64(seed));
    pairs.truncate(SAMPLE);
    run(pairs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "all pairs take long on the emulator: for a change of the unit of work or of the schema"]
async fn every_race_on_dynamodb_comes_out_in_one_of_its_orders() {
    let only = env::var("RACES_ONLY").unwrap_or_default();
    let done = env::var("RACES_DONE").ok().and_then(|done| done.parse().ok()).unwrap_or(0);
    run(suite::pairs().into_iter().filter(|pair| pair.name.contains(&only)).skip(done).collect()).await;
}
