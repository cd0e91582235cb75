//! One tenant of a PSA: its clients, its tickets, and what it is like at the moment.

use jiff::Timestamp;
use psa_bridge_core::budget::BudgetPlan;
use psa_connector::{ClientId, PsaKind, Reference, TicketId, TicketState};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The status of a new ticket.
pub const OPEN: i64 = 1;
/// The status that closes one.
pub const CLOSED: i64 = 9;

/// What a tenant is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// It does what it is asked for, nearly always.
    #[default]
    Fine,
    /// It does all that it is asked for, at once.
    Flawless,
    /// Much goes wrong.
    Shaky,
    /// Nothing works.
    Down,
}

/// A tenant.
#[derive(Debug)]
pub struct Tenant {
    /// The key of its database.
    pub key: String,
    /// Of which PSA.
    pub psa: PsaKind,
    /// How many requests it bears.
    pub plan: BudgetPlan,
    /// What it is like.
    pub mood: Mood,
    /// Clients by id: whether they are active.
    pub clients: BTreeMap<ClientId, bool>,
    /// Secrets of API users that are let in.
    pub let_in: BTreeSet<String>,
    /// Secrets of API users that may not add tickets.
    pub without_permission: BTreeSet<String>,
    /// Whether some API user ever lost the right to add tickets and notes.
    pub permission_was_lost: bool,
    /// In the order in which their requests began.
    pub tickets: Vec<KeptTicket>,
    /// How often a ticket with that reference was refused.
    pub refused: BTreeMap<Reference, u32>,
    /// How often a request for that reference failed without storing anything.
    pub failed: BTreeMap<Reference, u32>,
    pub(super) by_reference: BTreeMap<Reference, Vec<usize>>,
    pub(super) notes: BTreeMap<Reference, u32>,
    requests: VecDeque<Timestamp>,
    uncounted: VecDeque<Timestamp>,
}

/// A ticket as it is kept.
#[derive(Clone, Debug)]
pub struct KeptTicket {
    /// Its id.
    pub id: TicketId,
    /// For whom.
    pub client: ClientId,
    /// The bridge's key.
    pub reference: Reference,
    /// One line.
    pub title: String,
    /// When it is stored; may lie ahead.
    pub stored_at: Timestamp,
    /// When searches show it.
    pub visible_at: Timestamp,
    /// Where it is in its life.
    pub state: TicketState,
    /// Its status.
    pub status: i64,
    /// Whether a technician worked on it.
    pub touched: bool,
    /// Whether the bridge knows of it, so that technicians may do as they please: one that is deleted while the bridge
    /// looks for it is not there.
    pub known: bool,
    /// The references of its notes, and when searches show them.
    pub notes: Vec<(Reference, Timestamp)>,
}

impl Tenant {
    /// A tenant with these clients.
    pub fn new(
        key: &str,
        psa: PsaKind,
        plan: BudgetPlan,
        clients: impl IntoIterator<Item = ClientId>,
    ) -> Self {
        Self {
            key: key.to_owned(),
            psa,
            plan,
            mood: Mood::Fine,
            clients: clients.into_iter().map(|client| (client, true)).collect(),
            let_in: BTreeSet::new(),
            without_permission: BTreeSet::new(),
            permission_was_lost: false,
            tickets: Vec::new(),
            refused: BTreeMap::new(),
            failed: BTreeMap::new(),
            by_reference: BTreeMap::new(),
            notes: BTreeMap::new(),
            requests: VecDeque::new(),
            uncounted: VecDeque::new(),
        }
    }

    /// Counts a request that begins now. Whether there are more in the window than the tenant bears; requests of
    /// credentials that are only being tried out come on top, since nobody knows yet whose they are.
    pub(super) fn count_request(&mut self, now: Timestamp, counted: bool) -> bool {
        let window = self.plan.window;
        for requests in [&mut self.requests, &mut self.uncounted] {
            while requests.front().is_some_and(|at| now.duration_since(*at) >= window) {
                requests.pop_front();
            }
        }
        let requests = if counted { &mut self.requests } else { &mut self.uncounted };
        requests.push_back(now);
        self.requests.len() <= self.plan.requests as usize
    }

    /// A request for that reference stored nothing.
    pub(super) fn count_failure(&mut self, reference: &Reference) {
        *self.failed.entry(reference.clone()).or_default() += 1;
    }

    /// A request for that reference was refused.
    pub(super) fn count_refusal(&mut self, reference: &Reference) {
        *self.refused.entry(reference.clone()).or_default() += 1;
    }

    /// The tickets with that reference, whatever became of them.
    pub fn with_reference(&self, reference: &Reference) -> impl Iterator<Item = &KeptTicket> {
        let indexes = self.by_reference.get(reference).into_iter().flatten();
        indexes.filter_map(|index| self.tickets.get(*index))
    }

    /// The ticket of that id, if it is stored by now.
    pub(super) fn stored(&mut self, id: &TicketId, now: Timestamp) -> Option<&mut KeptTicket> {
        let index: usize = id.as_str().parse().ok()?;
        self.tickets.get_mut(index).filter(|ticket| ticket.stored_at <= now)
    }

    /// How many notes carry that reference.
    pub fn notes_with(&self, reference: &Reference) -> u32 {
        self.notes.get(reference).copied().unwrap_or(0)
    }
}
