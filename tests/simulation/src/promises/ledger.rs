//! What is known of a history besides what the store keeps, and the checks on every call that reaches a PSA.

use super::order;
use crate::{
    executor::{Fate, Simulation, TaskId},
    store::{Made, MemoryStore, State, StoreGate},
    vault::MemoryVault,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    delivery::{Delivery, DeliveryState, Request},
    ids::{
        ConnectionId, EventId, OrganizationId, PartnerId, note_reference, roll_up_reference,
        test_note_reference, test_reference, ticket_reference,
    },
    ports::StoreError,
    reason::Reason,
};
use psa_connector::{Capabilities, ClientId, NewNote, NewTicket, PsaKind, Reference, TicketId, integrations};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The settle time of the model's connectors.
pub const SETTLE_TIME: Duration = Duration::from_mins(3);

/// Where the bridge runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// One process at a time, with the bell in its memory.
    OneMachine,
    /// Two processes at a time, with a bell between them.
    Two,
}

/// The ledger.
#[derive(Clone)]
pub struct Ledger {
    simulation: Simulation,
    store: MemoryStore,
    vault: MemoryVault,
    home: Home,
    capabilities: Arc<BTreeMap<PsaKind, Capabilities>>,
    facts: Arc<Mutex<Facts>>,
}

/// What was ever the case.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) mapped: BTreeSet<(ConnectionId, OrganizationId, ClientId)>,
    pub(super) flow_off: BTreeSet<(ConnectionId, OrganizationId)>,
    pub(super) chains: BTreeSet<(OrganizationId, PartnerId)>,
    pub(super) retired: BTreeSet<String>,
    pub(super) inactive: BTreeSet<ClientId>,
    /// Events that the bridge said to have accepted.
    pub(super) acknowledged: BTreeSet<EventId>,
    /// How much input that is no event the bridge said to have kept.
    pub(super) rejected: usize,
    pub(super) scans: BTreeMap<(TaskId, ConnectionId), Vec<order::Seen>>,
    /// Whether the order of work is watched: its cost grows with what is pending.
    pub(super) watches_order: bool,
    /// Whose tickets were requested, in order.
    pub(super) served: Vec<(PartnerId, &'static str)>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("home", &self.home).finish_non_exhaustive()
    }
}

impl Ledger {
    /// An empty ledger beside this store and vault.
    pub fn new(simulation: Simulation, store: MemoryStore, vault: MemoryVault, home: Home) -> Self {
        let declared = integrations().into_iter().map(|integration| {
            let capabilities =
                Capabilities { settle_time: SETTLE_TIME, touched: true, ..integration.capabilities };
            (integration.psa, capabilities)
        });
        let facts = Facts { watches_order: true, ..Facts::default() };
        let capabilities = Arc::new(declared.collect());
        Self { simulation, store, vault, home, capabilities, facts: Arc::new(Mutex::new(facts)) }
    }

    /// What a PSA of that kind can do.
    ///
    /// # Panics
    /// For a kind that is not on offer: the test is wrong.
    pub fn capabilities(&self, psa: PsaKind) -> Capabilities {
        self.capabilities[&psa]
    }

    /// How many requests reached PSAs so far.
    pub fn served_count(&self) -> usize {
        self.facts().served.len()
    }

    /// Stops watching the order of work, for histories with very much of it.
    pub fn ignore_order(&self) {
        self.facts().watches_order = false;
    }

    /// The bridge has said that these are accepted, and that so much else is kept as no event.
    pub fn acknowledge(&self, events: impl IntoIterator<Item = EventId>, rejected: usize) {
        let mut facts = self.facts();
        facts.acknowledged.extend(events);
        facts.rejected += rejected;
    }

    /// A client was inactive for a while.
    pub fn client_was_inactive(&self, client: ClientId) {
        self.facts().inactive.insert(client);
    }

    /// Revoking or replacing credentials has returned: none of these may be used from now on. Other processes learn of
    /// it with their next step, so only the process that did it is held to that.
    pub fn retire(&self, secrets: impl IntoIterator<Item = String>) {
        if self.home == Home::OneMachine {
            self.facts().retired.extend(secrets);
        }
    }

    /// Whose requests reached PSAs, in order.
    pub fn served(&self) -> Vec<(PartnerId, &'static str)> {
        self.facts().served.clone()
    }

    pub(crate) fn call_begins(&self, tenant: &str, secret: &str, operation: &'static str) {
        if self.facts().retired.contains(secret) {
            let what = format!("{operation} begins on {tenant} with credentials that were retired");
            self.simulation.breach(6, what);
        }
        let Some(id) = self.vault.owner(secret) else { return };
        let partner = self.store.inspect(|state| {
            let connection = state.connections().find(|connection| connection.id == id)?;
            if connection.tenant.key != tenant {
                let what = format!("{operation} of {id} begins on {tenant}, and it is bound to another");
                self.simulation.breach(5, what);
            }
            Some(connection.partner.clone())
        });
        self.facts().served.extend(partner.map(|partner| (partner, operation)));
    }

    pub(crate) fn ticket_is_requested(
        &self,
        tenant: &str,
        secret: &str,
        ticket: &NewTicket,
        called_at: Timestamp,
    ) {
        let waited = self.simulation.now().duration_since(called_at).unsigned_abs();
        let visible = Duration::from_secs(crate::psa::VISIBLE_WITHIN_SECONDS);
        if waited + visible > SETTLE_TIME {
            self.simulation
                .breach(2, format!("{} left {waited:?} after its attempt began", ticket.reference));
        }
        let Some(connection) = self.vault.owner(secret) else {
            self.simulation
                .breach(5, format!("a ticket is requested on {tenant} with credentials of nobody"));
            return;
        };
        let facts = self.facts();
        self.store.inspect(|state| match attempt_with(state, &connection, &ticket.reference) {
            Some(delivery) => self.check_ticket(&facts, state, delivery, ticket),
            None if is_test(state, &connection, &ticket.reference) => {}
            None => {
                let what = format!("{} is requested though no attempt is on record", ticket.reference);
                self.simulation.breach(1, what);
            }
        });
    }

    fn check_ticket(&self, facts: &Facts, state: &State, delivery: &Delivery, ticket: &NewTicket) {
        let (connection, organization) = (&delivery.connection, &delivery.organization);
        let mapped = (connection.clone(), organization.clone(), ticket.client.clone());
        if !facts.mapped.contains(&mapped) {
            let what = format!("{organization} gets a ticket on {} without a mapping", ticket.client);
            self.simulation.breach(5, what);
        }
        if !facts.chains.contains(&(organization.clone(), delivery.partner.clone())) {
            self.simulation.breach(5, format!("{} gets a ticket of {organization}", delivery.partner));
        }
        let named = state.event(&delivery.event).and_then(|kept| kept.event.partners.as_ref());
        if named.is_some_and(|named| !named.contains(&delivery.partner)) {
            let what = format!("{} gets a ticket of an event that does not name it", delivery.partner);
            self.simulation.breach(5, what);
        }
        self.check_order(facts, state, delivery);
        if let Some(resolve) = resolved_before(facts, state, delivery) {
            let what = format!("{} gets a ticket after its recovery {resolve}", delivery.event);
            self.simulation.breach(3, what);
        }
    }

    fn check_order(&self, facts: &Facts, state: &State, delivery: &Delivery) {
        let task = self.simulation.current_task().unwrap_or_default();
        if let Some(before) = facts.scans.get(&(task, delivery.connection.clone()))
            && let Some(earlier) = order::passed_over(state, before, delivery)
        {
            let what = format!("{} is requested before {earlier}, which is earlier", delivery.event);
            self.simulation.breach(3, what);
        }
    }

    pub(crate) fn note_is_requested(
        &self,
        tenant: &str,
        secret: &str,
        ticket: &TicketId,
        note: &NewNote,
        stored: u32,
    ) {
        let Some(connection) = self.vault.owner(secret) else {
            let what = format!("note {} on {ticket} of {tenant} with credentials of nobody", note.reference);
            self.simulation.breach(5, what);
            return;
        };
        // The note on a test ticket is tried again without settling: one more is nobody's loss.
        let is_test = self.store.inspect(|state| {
            let mut own = state.operations().filter(|operation| operation.connection == connection);
            own.any(|operation| test_note_reference(&operation.id) == note.reference)
        });
        if !is_test {
            let facts = self.facts();
            self.store.inspect(|state| {
                if let Some(delivery) = attempt_with(state, &connection, &note.reference) {
                    self.check_order(&facts, state, delivery);
                } else {
                    let what = format!("note {} is requested though no attempt is on record", note.reference);
                    self.simulation.breach(1, what);
                }
            });
        }
        if stored > 0 && !is_test {
            self.simulation.breach(2, format!("note {} is requested though it is there", note.reference));
        }
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    pub(super) fn store(&self) -> &MemoryStore {
        &self.store
    }
}

/// A delivery with an open attempt that asks for something with that reference; of a ticket that stands for many, the
/// one that is listed first.
fn attempt_with<'s>(
    state: &'s State,
    connection: &ConnectionId,
    reference: &Reference,
) -> Option<&'s Delivery> {
    let mut open = state.unfinished(connection).filter(|delivery| delivery.open_attempt().is_some());
    open.find(|delivery| requested(delivery).as_ref() == Some(reference))
}

/// The reference of what an open attempt asks for.
fn requested(delivery: &Delivery) -> Option<Reference> {
    let (event, connection) = (&delivery.event, &delivery.connection);
    let attempt = delivery.open_attempt()?;
    Some(match &attempt.request {
        Request::CreateTicket => ticket_reference(event, connection),
        Request::AddNote { .. } => note_reference(event, connection),
        Request::RollUp { lead, .. } => roll_up_reference(lead, connection, attempt.started_at),
    })
}

/// A recovery that was dealt with, no older than this failure of the same thing of the same client.
fn resolved_before<'s>(facts: &Facts, state: &'s State, failure: &Delivery) -> Option<&'s EventId> {
    let (connection, organization) = (&failure.connection, &failure.organization);
    let clients = facts.mapped.iter().filter(|(of, whose, _)| of == connection && whose == organization);
    if !facts.watches_order || failure.resolves || clients.count() != 1 {
        return None;
    }
    let mut recoveries = state.deliveries().filter(|each| {
        each.resolves
            && each.connection == *connection
            && each.topic == failure.topic
            && each.event_time >= failure.event_time
    });
    let dealt_with = |each: &&Delivery| match &each.state {
        DeliveryState::Done { .. } => true,
        DeliveryState::Ended { reason } => matches!(
            reason,
            Reason::NothingToResolve
                | Reason::AlreadyResolved
                | Reason::ResolvedWhileWaiting
                | Reason::Superseded
        ),
        _ => false,
    };
    recoveries.find(dealt_with).map(|each| &each.event)
}

fn is_test(state: &State, connection: &ConnectionId, reference: &Reference) -> bool {
    state
        .operations()
        .filter(|operation| operation.connection == *connection && !operation.state.is_finished())
        .any(|operation| test_reference(&operation.id) == *reference)
}

/// The gate of the simulated store: takes time, fails, kills, and keeps the ledger.
#[derive(Clone, Debug)]
pub struct LedgerGate(pub Ledger);

#[async_trait]
impl StoreGate for LedgerGate {
    async fn enter(&self, step: &'static str) -> Result<(), StoreError> {
        self.pass(step).await
    }

    async fn leave(&self, step: &'static str) -> Result<(), StoreError> {
        self.pass(step).await
    }

    fn observe(&self, step: &Made<'_>, state: &State) {
        let mut facts = self.0.facts();
        match step {
            Made::Scanned(connection) if facts.watches_order => {
                let task = self.0.simulation.current_task().unwrap_or_default();
                facts.scans.insert((task, (*connection).clone()), order::scan(state, connection));
            }
            Made::Other("put_mapping" | "put_organization" | "accept") => facts.learn(state),
            Made::Scanned(_) | Made::Other(_) => {}
        }
    }
}

impl LedgerGate {
    async fn pass(&self, step: &'static str) -> Result<(), StoreError> {
        match self.0.simulation.point(step).await {
            Fate::Goes => Ok(()),
            Fate::Fails => Err(StoreError::Unavailable { detail: "simulated".to_owned(), source: None }),
        }
    }
}

impl Facts {
    fn learn(&mut self, state: &State) {
        for mapping in state.mappings() {
            let (connection, organization) = (mapping.connection.clone(), mapping.organization.clone());
            if !mapping.flow {
                self.flow_off.insert((connection.clone(), organization.clone()));
            }
            self.mapped.insert((connection, organization, mapping.client.clone()));
        }
        for organization in state.organizations() {
            let id = &organization.id;
            self.chains.extend(organization.chain.iter().map(|partner| (id.clone(), partner.clone())));
        }
    }
}
