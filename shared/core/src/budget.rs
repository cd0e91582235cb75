//! The request budget of a PSA tenant: so many requests in a rolling window, a share of it reserved for a person at the
//! screen. Counted in slices, so that a window rolls without remembering each request. Pure: stores keep the account.

use jiff::{SignedDuration, Timestamp};
use psa_connector::PsaKind;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Slices that a window is counted in.
const SLICES: i64 = 30;

/// How many requests a tenant bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetPlan {
    /// In one window.
    pub requests: u32,
    /// How long a window is.
    pub window: SignedDuration,
    /// Of those, for persons only.
    pub reserve: u32,
}

impl BudgetPlan {
    fn slice_millis(&self) -> i64 {
        (i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX) / SLICES).max(1)
    }

    /// When the slice of `now` ends. Requests that were taken in a slice and are made by its end are counted for as
    /// long as the PSA may count them; made later, they would weigh on a window that has forgotten them.
    pub fn slice_end(&self, now: Timestamp) -> Timestamp {
        let slice = self.slice_millis();
        let start = now.as_millisecond().div_euclid(slice).saturating_mul(slice);
        Timestamp::from_millisecond(start.saturating_add(slice)).unwrap_or(Timestamp::MAX)
    }
}

/// The plans of all PSAs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetPlans {
    /// What a HaloPSA tenant bears.
    pub halopsa: BudgetPlan,
    /// What an Autotask tenant bears.
    pub autotask: BudgetPlan,
}

impl BudgetPlans {
    /// The plan of that PSA's tenants.
    pub fn of(&self, psa: PsaKind) -> BudgetPlan {
        match psa {
            PsaKind::Autotask => self.autotask,
            // A kind that this version does not know cannot be connected; the smaller budget does no harm.
            _ => self.halopsa,
        }
    }
}

/// For whom a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// A person waits for it.
    Person,
    /// A worker works deliveries.
    Worker,
}

/// What a tenant's budget has been spent on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetAccount {
    /// Start of a slice (milliseconds since the epoch) and requests in it; oldest first.
    slices: VecDeque<(i64, u32)>,
}

/// The answer to a wish for requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetGrant {
    /// So many may be made, at least one and at most as many as wished.
    Granted(u32),
    /// None before then.
    Spent {
        /// Then.
        until: Timestamp,
    },
}

impl BudgetAccount {
    /// Takes up to `wish` requests.
    pub fn take(&mut self, plan: &BudgetPlan, purpose: Purpose, wish: u32, now: Timestamp) -> BudgetGrant {
        let slice = plan.slice_millis();
        let current = now.as_millisecond().div_euclid(slice) * slice;
        // A slice counts until all of it lies a window back, so the true rolling count is never above the plan.
        let outdated = current - slice * SLICES;
        while self.slices.front().is_some_and(|(start, _)| *start < outdated) {
            self.slices.pop_front();
        }
        let limit = match purpose {
            Purpose::Person => plan.requests,
            Purpose::Worker => plan.requests.saturating_sub(plan.reserve),
        };
        let used: u32 = self.slices.iter().map(|(_, count)| *count).sum();
        let granted = wish.min(limit.saturating_sub(used));
        if granted == 0 {
            let oldest = self.slices.front().map_or(current, |(start, _)| *start);
            let until = Timestamp::from_millisecond(oldest + slice * (SLICES + 1)).unwrap_or(Timestamp::MAX);
            return BudgetGrant::Spent { until };
        }
        match self.slices.back_mut() {
            Some((start, count)) if *start == current => *count += granted,
            _ => self.slices.push_back((current, granted)),
        }
        BudgetGrant::Granted(granted)
    }
}
