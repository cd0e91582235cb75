//! At most three requests at a time for each integration and entity, released a moment after they were answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::reply::too_many_threads;
use crate::autotask::Shared;
use crate::autotask::world::World;
use crate::server::Reply;

/// A thread in use; released when it is dropped.
pub struct Thread {
    shared: Arc<Shared>,
    key: (String, String),
}

/// Takes a thread at the entity that the path is about, its metadata and its queries among it.
pub fn take(shared: &Arc<Shared>, integration_code: &str, path: &[String]) -> Result<Thread, Reply> {
    let key = (integration_code.to_owned(), bucket(path));
    let mut world = shared.world();
    let World { switches, threads, .. } = &mut *world;
    let (limit, release) = (switches.thread_limit, Duration::from_millis(switches.thread_release_ms));
    let here = threads.entry(key.clone()).or_default();
    // The last one that was answered still counts for a moment. Two workers never meet the limit, three do.
    let lingers = here.released.is_some_and(|released| released.elapsed() < release);
    if let Some(limit) = limit
        && here.running + usize::from(lingers && here.running > 0) >= limit
    {
        drop(world);
        shared.counts().thread_limited += 1;
        return Err(too_many_threads(limit));
    }
    here.running += 1;
    drop(world);
    Ok(Thread { shared: shared.clone(), key })
}

fn bucket(path: &[String]) -> String {
    let parts = path.iter().filter(|part| part.parse::<i64>().is_err());
    let parts = parts.take_while(|part| !matches!(part.as_str(), "query" | "entityinformation"));
    parts.map(String::as_str).collect::<Vec<_>>().join("/")
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(here) = self.shared.world().threads.get_mut(&self.key) {
            here.running = here.running.saturating_sub(1);
            here.released = Some(Instant::now());
        }
    }
}
