//! The loop that runs tasks until the first of them is done.

use super::{ProcessId, Simulation, TaskId, WORLD};
use futures_util::future::BoxFuture;
use std::{
    any::Any,
    collections::BTreeMap,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

/// More points than any moment needs: something goes in circles.
const TOO_MANY: u64 = 5_000_000;

/// What a record that breaks the bridge's code throws: the task that works it dies, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct BreaksCode;

struct Task {
    process: ProcessId,
    future: BoxFuture<'static, ()>,
    waker: Waker,
}

struct TaskWaker {
    id: TaskId,
    ready: Arc<Mutex<Vec<TaskId>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.contains(&self.id) {
            ready.push(self.id);
        }
    }
}

/// Runs `main`, and whatever it starts, until it is done or a promise is broken.
pub fn run(simulation: &Simulation, main: impl Future<Output = ()> + Send + 'static) {
    simulation.spawn(WORLD, main);
    let mut tasks = BTreeMap::new();
    adopt(simulation, &mut tasks);
    let Some(main) = tasks.keys().next().copied() else { return };
    while tasks.contains_key(&main) && simulation.first_breach().is_none() {
        if simulation.points_of_moment() > TOO_MANY {
            simulation.breach(1, "the bridge goes in circles");
        } else if let Some(id) = next(simulation) {
            step(simulation, &mut tasks, id);
        } else if !pass_time(simulation) {
            simulation.breach(1, "nothing can go on, ever");
        }
        bury(simulation, &mut tasks);
        adopt(simulation, &mut tasks);
    }
    // Outside of any lock: what tasks hold may wake others when it is dropped.
    drop(tasks);
}

/// Draws one of those that can go on.
fn next(simulation: &Simulation) -> Option<TaskId> {
    let mut ready = simulation.ready.lock().unwrap_or_else(PoisonError::into_inner);
    if ready.is_empty() {
        return None;
    }
    let index = simulation.draw(|chance| chance.below(ready.len() as u64));
    Some(ready.swap_remove(usize::try_from(index).unwrap_or(0)))
}

fn step(simulation: &Simulation, tasks: &mut BTreeMap<TaskId, Task>, id: TaskId) {
    let Some(task) = tasks.get_mut(&id) else { return };
    simulation.lock().current = Some((id, task.process));
    let mut context = Context::from_waker(&task.waker);
    let polled = catch_unwind(AssertUnwindSafe(|| task.future.as_mut().poll(&mut context)));
    simulation.lock().current = None;
    match polled {
        Ok(Poll::Pending) => return,
        Ok(Poll::Ready(())) => {}
        Err(panic) if panic.is::<BreaksCode>() => {
            simulation.tell(|| format!("task {id} panicked, as it should"));
        }
        Err(panic) => simulation.breach(8, format!("a task panicked: {}", said(&panic))),
    }
    tasks.remove(&id);
}

fn said(panic: &Box<dyn Any + Send>) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}

/// Jumps to the next wake-up. False where there is none.
fn pass_time(simulation: &Simulation) -> bool {
    let mut shared = simulation.lock();
    let Some((&(at, _), _)) = shared.timers.first_key_value() else { return false };
    if at > shared.now {
        shared.points_before = shared.points;
    }
    shared.now = at;
    let later = shared.timers.split_off(&(at, u64::MAX));
    let due = mem::replace(&mut shared.timers, later);
    drop(shared);
    due.into_values().for_each(Waker::wake);
    true
}

/// Drops the tasks of processes that died.
fn bury(simulation: &Simulation, tasks: &mut BTreeMap<TaskId, Task>) {
    let killed = mem::take(&mut simulation.lock().killed);
    if killed.is_empty() {
        return;
    }
    adopt(simulation, tasks);
    let dead: Vec<TaskId> =
        tasks.iter().filter(|(_, task)| killed.contains(&task.process)).map(|(id, _)| *id).collect();
    for id in dead {
        tasks.remove(&id);
    }
}

fn adopt(simulation: &Simulation, tasks: &mut BTreeMap<TaskId, Task>) {
    let spawned = mem::take(&mut simulation.lock().spawned);
    for new in spawned {
        let ready = Arc::clone(&simulation.ready);
        let waker = Waker::from(Arc::new(TaskWaker { id: new.id, ready }));
        waker.wake_by_ref();
        tasks.insert(new.id, Task { process: new.process, future: new.future, waker });
    }
}
