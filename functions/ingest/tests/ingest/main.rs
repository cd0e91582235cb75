//! Events in: what is taken, what is refused and with which words, and that nothing wrong harms what is right beside it.

#![expect(clippy::unwrap_used, reason = "a scene that cannot be set fails its test")]

mod http;
mod queue;
mod scene;
