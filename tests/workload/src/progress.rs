//! How far a run has come: for tests that wait for a moment of it, and for whoever watches.

use crate::simulators::Simulators;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    convert::Infallible,
    io::IsTerminal,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How often the live line is drawn.
const REDRAWN: Duration = Duration::from_millis(120);
/// How often a line is printed where nobody sees a live one.
const PRINTED: Duration = Duration::from_secs(5);

/// How far a run has come.
#[derive(Debug, Default)]
pub struct Progress {
    phase: Mutex<&'static str>,
    events: AtomicUsize,
    taken: AtomicUsize,
    earlier_tickets: AtomicUsize,
}

impl Progress {
    /// Events that the bridge said it has taken, duplicates apart.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// What is being done.
    pub fn phase(&self) -> &'static str {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn enter(&self, phase: &'static str) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Tickets in the PSAs, those of the set-up apart.
    pub fn tickets(&self, simulators: &Simulators) -> usize {
        simulators.ticket_count().saturating_sub(self.earlier_tickets.load(Ordering::SeqCst))
    }

    pub(crate) fn expect(&self, events: usize, simulators: &Simulators) {
        self.events.store(events, Ordering::SeqCst);
        self.earlier_tickets.store(simulators.ticket_count(), Ordering::SeqCst);
    }

    pub(crate) fn took_one(&self) {
        self.taken.fetch_add(1, Ordering::SeqCst);
    }

    /// Shows how far it has come, until dropped.
    pub(crate) async fn show(&self, simulators: &Simulators) -> Infallible {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        // The template is a constant and right; were it not, the line would look different.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {wide_msg}") {
            bar.set_style(style);
        }
        let live = std::io::stderr().is_terminal();
        let bar = ClearedAtEnd(bar);
        loop {
            let line = self.line(simulators);
            if live {
                bar.0.set_message(line);
                bar.0.tick();
            } else {
                eprintln!("{line}");
            }
            tokio::time::sleep(if live { REDRAWN } else { PRINTED }).await;
        }
    }

    fn line(&self, simulators: &Simulators) -> String {
        let faults: u64 = simulators.faults().values().sum();
        let of = match self.events.load(Ordering::SeqCst) {
            0 => String::new(),
            expected => format!(" of {expected}"),
        };
        format!(
            "{}: {}{} events taken, {} tickets, {faults} faults",
            self.phase(),
            self.taken(),
            of,
            self.tickets(simulators),
        )
    }
}

struct ClearedAtEnd(ProgressBar);

impl Drop for ClearedAtEnd {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
