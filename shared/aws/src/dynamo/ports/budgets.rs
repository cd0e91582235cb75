//! Accounts of request budgets: one item a tenant, which few processes draw on, so that the one that was seen last is
//! mostly the one that is there.

use crate::dynamo::{
    DynamoStore,
    item::Item,
    key::{Key, Kind, Place},
    retry::Tries,
    transaction::Commit,
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    budget::{BudgetAccount, BudgetGrant, BudgetPlan, Purpose},
    ports::{BudgetStore, StoreError},
};
use std::slice;

#[async_trait]
impl BudgetStore for DynamoStore {
    async fn take_budget(
        &self,
        tenant: &str,
        plan: &BudgetPlan,
        purpose: Purpose,
        wish: u32,
        now: Timestamp,
    ) -> Result<BudgetGrant, StoreError> {
        let key = Key::budget(tenant);
        let mut tries = Tries::of_step();
        loop {
            let mut tx = self.begin();
            if let Some(item) = self.cache.get(&key) {
                tx.assume(item);
            }
            let kept = tx.get(&key).await?.map(|item| item.read()).transpose()?;
            let mut account: BudgetAccount = kept.unwrap_or_default();
            let grant = account.take(plan, purpose, wish, now);
            let place = Place::expiring(Kind::Budget, now, &key);
            tx.put(Item::new(key.clone(), &account)?.expiring(place));
            let written = tx.written(&key);
            if tx.commit().await? == Commit::Made {
                self.cache.keep(written);
                return Ok(grant);
            }
            self.cache.forget(slice::from_ref(&key));
            tries.again().await?;
        }
    }
}
