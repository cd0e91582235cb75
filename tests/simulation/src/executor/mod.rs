//! One thread, virtual time, and a scheduler that draws lots: who goes next, how long a step takes, what fails, and who
//! dies where. The same seed gives the same history.
//!
//! A *task* is a future; a *process* is a set of tasks that die together. Every port of a simulated process calls
//! [`Simulation::point`] before and after what it does. When nothing can go on, time jumps to the next wake-up.

mod clock;
mod point;
mod run;

pub use clock::{SeededRandom, VirtualClock};
pub use point::{Fate, Point};
pub use run::{BreaksCode, run};

use crate::{promises::Breach, random::Chance};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

/// Names a task.
pub type TaskId = u64;
/// Names a process.
pub type ProcessId = u64;

/// The process that nothing kills: partners, pipelines, the PSAs, and whoever starts processes again.
pub const WORLD: ProcessId = 0;

/// When every history begins.
const START: Timestamp = Timestamp::constant(1_772_352_000, 123_456_789);

/// How unkind the world is, at the moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unkindness {
    /// Steps of ports that fail, of 10,000.
    pub failing: u64,
    /// Points at which the process dies, of 100,000.
    pub deadly: u64,
    /// Points at which others go on meanwhile, of 100.
    pub interleaving: u64,
    /// Points that take a while, of 1,000.
    pub slow: u64,
}

/// The handle that everything in a simulation shares.
#[derive(Clone)]
pub struct Simulation {
    shared: Arc<Mutex<Shared>>,
    ready: Arc<Mutex<Vec<TaskId>>>,
}

struct Shared {
    now: Timestamp,
    chance: Chance,
    unkindness: Unkindness,
    timers: BTreeMap<(Timestamp, u64), Waker>,
    numbers: u64,
    spawned: Vec<Spawned>,
    killed: BTreeSet<ProcessId>,
    current: Option<(TaskId, ProcessId)>,
    points: u64,
    /// How many had been passed when time last went on.
    points_before: u64,
    breach: Option<Breach>,
    lines: Option<Vec<String>>,
}

struct Spawned {
    id: TaskId,
    process: ProcessId,
    future: BoxFuture<'static, ()>,
}

impl std::fmt::Debug for Simulation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulation").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Simulation {
    /// A kind world at the start of time; with `telling`, it keeps a line of each thing that happens.
    pub fn new(chance: Chance, telling: bool) -> Self {
        let shared = Shared {
            now: START,
            chance,
            unkindness: Unkindness::default(),
            timers: BTreeMap::new(),
            numbers: 0,
            spawned: Vec::new(),
            killed: BTreeSet::new(),
            current: None,
            points: 0,
            points_before: 0,
            breach: None,
            lines: telling.then(Vec::new),
        };
        Self { shared: Arc::new(Mutex::new(shared)), ready: Arc::default() }
    }

    /// Virtual time.
    pub fn now(&self) -> Timestamp {
        self.lock().now
    }

    /// Makes the world as unkind as that from now on.
    pub fn set_unkindness(&self, unkindness: Unkindness) {
        self.lock().unkindness = unkindness;
    }

    /// Draws from the history's chance.
    pub fn draw<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        draw(&mut self.lock().chance)
    }

    /// Whether something happens that happens `times` out of `of`.
    pub fn happens(&self, times: u64, of: u64) -> bool {
        self.draw(|chance| chance.happens(times, of))
    }

    /// A span between both numbers of milliseconds.
    pub fn span(&self, low: u64, high: u64) -> SignedDuration {
        let millis = self.draw(|chance| chance.between(low, high));
        SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    /// A process that has no tasks yet.
    pub fn new_process(&self) -> ProcessId {
        self.lock().number()
    }

    /// Starts a task of a process.
    pub fn spawn(&self, process: ProcessId, future: impl Future<Output = ()> + Send + 'static) {
        let mut shared = self.lock();
        let id = shared.number();
        shared.spawned.push(Spawned { id, process, future: Box::pin(future) });
    }

    /// Ends all tasks of a process where they stand, as `kill -9` does.
    pub fn kill(&self, process: ProcessId) {
        self.lock().killed.insert(process);
    }

    /// The task that runs now.
    pub fn current_task(&self) -> Option<TaskId> {
        self.lock().current.map(|(task, _)| task)
    }

    /// Returns when that time has come.
    pub async fn sleep_until(&self, until: Timestamp) {
        Point::sleep(self, until).await;
    }

    /// Returns when that much time has passed.
    pub async fn sleep(&self, span: SignedDuration) {
        let until = self.now().saturating_add(span).unwrap_or(Timestamp::MAX);
        self.sleep_until(until).await;
    }

    /// A place where a process waits for the world: others may go on, time may pass, the step may fail, and the
    /// process may die.
    pub fn point(&self, what: &'static str) -> Point<'_> {
        Point::of(self, what)
    }

    /// How many points were passed.
    pub fn points(&self) -> u64 {
        self.lock().points
    }

    /// How many were passed since time last went on.
    fn points_of_moment(&self) -> u64 {
        let shared = self.lock();
        shared.points - shared.points_before
    }

    /// Notes what happened, if somebody wants to know.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        let mut shared = self.lock();
        let now = shared.now;
        let by = shared.current.map_or(0, |(task, _)| task);
        if let Some(lines) = &mut shared.lines {
            lines.push(format!("{now:.3} task {by}: {}", line()));
        }
    }

    /// What happened so far.
    pub fn lines(&self) -> Vec<String> {
        self.lock().lines.clone().unwrap_or_default()
    }

    /// A promise is broken: the history ends here.
    pub fn breach(&self, promise: u8, what: impl Into<String>) {
        let what = what.into();
        self.tell(|| format!("BREACH of promise {promise}: {what}"));
        let mut shared = self.lock();
        let at = shared.now;
        shared.breach.get_or_insert(Breach { promise, what, at });
    }

    /// The first promise that was broken.
    pub fn first_breach(&self) -> Option<Breach> {
        self.lock().breach.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn wake_at(&mut self, at: Timestamp, waker: Waker) {
        let number = self.number();
        self.timers.insert((at, number), waker);
    }
}
