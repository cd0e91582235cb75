//! Idempotency keys and budgets.

use super::state::{KeptKey, State};
use jiff::Timestamp;
use psa_bridge_core::{
    budget::{BudgetAccount, BudgetGrant, BudgetPlan, Purpose},
    ports::IdempotencyOutcome,
};

/// Until when what is kept of an idempotency key counts.
pub(super) struct Limits {
    /// Begun before and never finished: free.
    pub(super) expired_before: Timestamp,
    /// Answered before: free.
    pub(super) forgotten_before: Timestamp,
}

impl State {
    pub(super) fn begin_idempotent(
        &mut self,
        scope: &str,
        key: &str,
        body_hash: &str,
        limits: &Limits,
        now: Timestamp,
    ) -> IdempotencyOutcome {
        let name = (scope.to_owned(), key.to_owned());
        if let Some(kept) = self.idempotency.get(&name) {
            let limit = if kept.response.is_some() { limits.forgotten_before } else { limits.expired_before };
            if kept.begun_at >= limit {
                return match &kept.response {
                    _ if kept.body_hash != body_hash => IdempotencyOutcome::OtherBody,
                    None => IdempotencyOutcome::InFlight,
                    Some(response) => IdempotencyOutcome::Answered(response.clone()),
                };
            }
        }
        let fresh = KeptKey { body_hash: body_hash.to_owned(), begun_at: now, response: None };
        self.idempotency.insert(name, fresh);
        IdempotencyOutcome::Fresh
    }

    pub(super) fn take_budget(
        &mut self,
        tenant: &str,
        plan: &BudgetPlan,
        purpose: Purpose,
        wish: u32,
        now: Timestamp,
    ) -> BudgetGrant {
        let (used_at, account) =
            self.budgets.entry(tenant.to_owned()).or_insert((now, BudgetAccount::default()));
        *used_at = now;
        account.take(plan, purpose, wish, now)
    }
}
