//! "Events have to be routed again", "there may be something to tell". The matter itself is in the store; a nudge only
//! makes the wait shorter.

/// Wakes whoever works the route requests of the store. Losing or doubling one is harmless: the schedule finds the
/// requests.
pub trait RouteNudge: Send + Sync {
    /// Wakes it, without waiting for it.
    fn nudge(&self);
}

/// Wakes whoever takes notices out of the store's outbox. Losing or doubling one is harmless: the schedule finds them.
pub trait NoticeNudge: Send + Sync {
    /// Wakes it, without waiting for it.
    fn nudge(&self);
}
