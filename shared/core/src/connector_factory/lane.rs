//! What all connectors to one tenant of a PSA share in this process: turns, so that the tenant is not asked more at once
//! than it bears, and requests leased from its budget in blocks, so that not each of them costs a step of the store.

use crate::{
    budget::{BudgetGrant, BudgetPlan, BudgetPlans, Purpose},
    ports::BudgetStore,
};
use jiff::{SignedDuration, Timestamp};
use psa_connector::{Clock, GateClosed, PsaKind, RequestKind, integrations};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};

/// Most requests that are leased at once.
const LARGEST_BLOCK: u32 = 10;

/// A block is at most this part of the budget, so that unspent ones don't waste much of a small budget.
const BLOCKS_IN_A_PLAN: u32 = 60;

/// How long a block may be spent from.
const BLOCK_LIFE: SignedDuration = SignedDuration::from_secs(5);

/// How long a person waits for a spent budget. Well within the 25 seconds of an HTTP answer.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

/// When to ask again after the store could not say.
const STORE_FAILED: GateClosed = GateClosed { retry_after: Duration::from_secs(5) };

/// All lanes that are in use, by budget account.
pub(super) struct Lanes {
    budgets: Arc<dyn BudgetStore>,
    clock: Arc<dyn Clock>,
    plans: BudgetPlans,
    all: Mutex<HashMap<String, Arc<Lane>>>,
}

impl Lanes {
    pub(super) fn new(budgets: Arc<dyn BudgetStore>, clock: Arc<dyn Clock>, plans: BudgetPlans) -> Self {
        Self { budgets, clock, plans, all: Mutex::default() }
    }

    /// The lane of an account. All who ask while somebody holds it get the same.
    pub(super) fn of(&self, account: &str, psa: PsaKind) -> Arc<Lane> {
        // Each change is a single step of the map, so a panic elsewhere leaves nothing half done.
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = all.get(account) {
            return Arc::clone(lane);
        }
        all.retain(|_, lane| Arc::strong_count(lane) > 1);
        let lane = Arc::new(Lane::new(self, account, psa));
        all.insert(account.to_owned(), Arc::clone(&lane));
        lane
    }
}

/// The way to one tenant.
pub(super) struct Lane {
    account: String,
    budgets: Arc<dyn BudgetStore>,
    clock: Arc<dyn Clock>,
    plan: BudgetPlan,
    at_once: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    for_persons: AsyncMutex<Block>,
    for_workers: AsyncMutex<Block>,
}

/// Requests that were taken from the budget and not made yet.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    left: u32,
    until: Timestamp,
}

/// The right to make one request now. Given back when dropped.
pub(super) struct Turn {
    _write: Option<OwnedSemaphorePermit>,
    _any: Option<OwnedSemaphorePermit>,
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Lane {
    fn new(lanes: &Lanes, account: &str, psa: PsaKind) -> Self {
        Self {
            account: account.to_owned(),
            budgets: Arc::clone(&lanes.budgets),
            clock: Arc::clone(&lanes.clock),
            plan: lanes.plans.of(psa),
            at_once: Arc::new(Semaphore::new(concurrency(psa))),
            // HaloPSA fails when two tickets are made at the same time, and no PSA gains much by it.
            writes: Arc::new(Semaphore::new(1)),
            for_persons: AsyncMutex::default(),
            for_workers: AsyncMutex::default(),
        }
    }

    /// Waits until the tenant bears one more request; first come, first served.
    pub(super) async fn turn(&self, kind: RequestKind) -> Turn {
        let write = match kind {
            RequestKind::Write => permit(&self.writes).await,
            RequestKind::Read | RequestKind::Token => None,
        };
        Turn { _write: write, _any: permit(&self.at_once).await }
    }

    /// Takes one request from the budget. A person waits a moment for it.
    pub(super) async fn spend(&self, purpose: Purpose) -> Result<(), GateClosed> {
        let patient_until = self.clock.now().saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
        while let Some(spent_until) = self.take(purpose).await? {
            let wait = spent_until.duration_since(self.clock.now());
            let wait = Duration::try_from(wait).unwrap_or_default().max(Duration::from_millis(1));
            if purpose == Purpose::Worker || spent_until > patient_until {
                tracing::info!(account = self.account, ?purpose, ?wait, "The request budget is spent");
                return Err(GateClosed { retry_after: wait });
            }
            self.clock.sleep(wait).await;
        }
        Ok(())
    }

    /// Takes one request, or says until when none is left.
    async fn take(&self, purpose: Purpose) -> Result<Option<Timestamp>, GateClosed> {
        let block = match purpose {
            Purpose::Person => &self.for_persons,
            Purpose::Worker => &self.for_workers,
        };
        // Held while a new block is leased, so that those who wait share it and don't lease one each.
        let mut block = block.lock().await;
        // Again, should the account have taken so long to answer that what it granted is past.
        while block.left == 0 || self.clock.now() >= block.until {
            let now = self.clock.now();
            *block = match self.lease(purpose, now).await? {
                BudgetGrant::Granted(left) => Block { left, until: self.block_end(now) },
                BudgetGrant::Spent { until } => return Ok(Some(until)),
            };
        }
        block.left = block.left.saturating_sub(1);
        Ok(None)
    }

    async fn lease(&self, purpose: Purpose, now: Timestamp) -> Result<BudgetGrant, GateClosed> {
        let wish = (self.plan.requests / BLOCKS_IN_A_PLAN).clamp(1, LARGEST_BLOCK);
        self.budgets.take_budget(&self.account, &self.plan, purpose, wish, now).await.map_err(|error| {
            // Without an account nobody knows what others spent, so nothing is sent.
            tracing::error!(account = self.account, %error, "The request budget cannot be read");
            STORE_FAILED
        })
    }

    fn block_end(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(BLOCK_LIFE).unwrap_or(Timestamp::MAX).min(self.plan.slice_end(now))
    }
}

/// None is as good as a permit: it means that the semaphore was closed, which nobody does.
async fn permit(semaphore: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(semaphore).acquire_owned().await.ok()
}

/// How many requests the PSA bears at the same time.
fn concurrency(psa: PsaKind) -> usize {
    let declared = integrations().into_iter().find(|integration| integration.psa == psa);
    let at_once = declared.map_or(1, |integration| integration.capabilities.concurrency);
    usize::try_from(at_once).unwrap_or(1).max(1)
}
