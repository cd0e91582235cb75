//! Rings that come together are taken once, delayed ones at the earliest, and none is lost.

use super::*;
use std::time::Duration;

/// A clock that stands until it is moved.
#[derive(Debug, Default)]
struct StandingClock {
    now: Mutex<Timestamp>,
    moved: Notify,
}

impl StandingClock {
    fn advance(&self, seconds: i64) {
        *self.now.lock().unwrap() += SignedDuration::from_secs(seconds);
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        let until = self.now() + duration;
        loop {
            let moved = self.moved.notified();
            if self.now() >= until {
                return;
            }
            moved.await;
        }
    }
}

fn bell() -> (Arc<StandingClock>, Arc<MemoryBell>) {
    let clock = Arc::new(StandingClock::default());
    (clock.clone(), Arc::new(MemoryBell::new(clock)))
}

fn connection(name: &str) -> ConnectionId {
    format!("con_{name}").parse().unwrap()
}

async fn ring(bell: &MemoryBell, name: &str) {
    bell.ring(&connection(name)).await.unwrap();
}

async fn ring_after(bell: &MemoryBell, name: &str, seconds: i64) {
    bell.ring_after(&connection(name), SignedDuration::from_secs(seconds)).await.unwrap();
}

/// What can be taken now. On a runtime of one thread nothing else happens between two polls, so what is not there at
/// once is not there.
async fn taken(bell: &MemoryBell) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        tokio::select! {
            biased;
            next = bell.next() => match next {
                Some(connection) => names.push(connection.as_str().replace("con_", "")),
                None => return names,
            },
            () = std::future::ready(()) => return names,
        }
    }
}

#[tokio::test]
async fn many_rings_before_a_worker_comes_are_one() {
    let (_clock, bell) = bell();
    for name in ["a", "b", "a", "a", "b"] {
        ring(&bell, name).await;
    }
    assert_eq!(taken(&bell).await, ["a", "b"], "in the order of the first ring");
    ring(&bell, "a").await;
    assert_eq!(taken(&bell).await, ["a"], "a ring after it was taken is a new one");
}

#[tokio::test]
async fn delayed_rings_come_at_their_time_and_the_earliest_counts() {
    let (clock, bell) = bell();
    ring_after(&bell, "a", 60).await;
    ring_after(&bell, "a", 10).await;
    ring_after(&bell, "a", 30).await;
    ring_after(&bell, "b", 20).await;
    clock.advance(9);
    assert_eq!(taken(&bell).await, [""; 0]);
    clock.advance(1);
    assert_eq!(taken(&bell).await, ["a"]);
    clock.advance(1000);
    assert_eq!(taken(&bell).await, ["b"], "the later rings of a were one with its first");
}

#[tokio::test]
async fn a_ring_now_does_not_use_up_a_delayed_one() {
    let (clock, bell) = bell();
    ring_after(&bell, "a", 10).await;
    ring(&bell, "a").await;
    assert_eq!(taken(&bell).await, ["a"]);
    clock.advance(10);
    assert_eq!(taken(&bell).await, ["a"]);
}

#[tokio::test]
async fn a_delay_of_nothing_or_less_rings_at_once() {
    let (_clock, bell) = bell();
    ring_after(&bell, "a", 0).await;
    ring_after(&bell, "b", -5).await;
    assert_eq!(taken(&bell).await, ["b", "a"]);
    bell.ring_after(&connection("c"), SignedDuration::MAX).await.unwrap();
    assert_eq!(taken(&bell).await, [""; 0], "and the longest delay rings never, not in the past");
}

#[tokio::test]
async fn who_waits_is_woken_by_a_ring_and_by_the_clock() {
    let (clock, bell) = bell();
    let waiting = tokio::spawn({
        let bell = bell.clone();
        async move { (bell.next().await, bell.next().await) }
    });
    tokio::task::yield_now().await;
    ring(&bell, "now").await;
    ring_after(&bell, "later", 60).await;
    tokio::task::yield_now().await;
    clock.advance(60);
    let both = waiting.await.unwrap();
    assert_eq!(both, (Some(connection("now")), Some(connection("later"))));
}

#[tokio::test]
async fn an_earlier_delay_wakes_who_waits_for_a_later_one() {
    let (clock, bell) = bell();
    ring_after(&bell, "later", 3600).await;
    let waiting = tokio::spawn({
        let bell = bell.clone();
        async move { bell.next().await }
    });
    tokio::task::yield_now().await;
    ring_after(&bell, "sooner", 60).await;
    tokio::task::yield_now().await;
    clock.advance(60);
    assert_eq!(waiting.await.unwrap(), Some(connection("sooner")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_workers_each_ring_is_taken_by_one_and_none_is_lost() {
    let (_clock, bell) = bell();
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let bell = bell.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while let Some(connection) = bell.next().await {
                    taken.push(connection);
                    if taken.last() == Some(&self::connection("last")) {
                        bell.close();
                    }
                }
                taken
            })
        })
        .collect();
    let mut expected = Vec::new();
    for number in 0..500 {
        let connection = connection(&format!("{number:03}"));
        bell.ring(&connection).await.unwrap();
        expected.push(connection);
    }
    ring(&bell, "last").await;
    expected.push(connection("last"));
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.unwrap());
    }
    taken.sort();
    assert_eq!(taken, expected);
}

#[tokio::test]
async fn a_closed_bell_lets_everybody_go() {
    let (_clock, bell) = bell();
    let waiting = tokio::spawn({
        let bell = bell.clone();
        async move { bell.next().await }
    });
    tokio::task::yield_now().await;
    bell.close();
    assert_eq!(waiting.await.unwrap(), None);
    ring(&bell, "a").await;
    assert_eq!(bell.next().await, None, "and rings for nobody");
}
