//! Request budgets of PSA tenants; the domain counts, this keeps the account.

use super::{
    error::DbResult,
    rows::{change, document, first, text, to_json},
};
use jiff::Timestamp;
use psa_bridge_core::budget::{BudgetAccount, BudgetGrant, BudgetPlan, Purpose};
use rusqlite::Connection as Db;

/// Takes requests from a tenant's account.
pub(super) fn take(
    db: &Db,
    tenant: &str,
    plan: &BudgetPlan,
    purpose: Purpose,
    wish: u32,
    now: Timestamp,
) -> DbResult<BudgetGrant> {
    const READ: &str = "SELECT doc FROM budgets WHERE tenant = ?1";
    const SAVE: &str = "
        INSERT INTO budgets (tenant, used_at, doc) VALUES (?1, ?2, ?3)
        ON CONFLICT (tenant) DO UPDATE SET used_at = excluded.used_at, doc = excluded.doc";
    let kept: Option<BudgetAccount> = first(db, READ, [tenant], |row| document(row, 0))?;
    let mut account = kept.unwrap_or_default();
    let grant = account.take(plan, purpose, wish, now);
    change(db, SAVE, (tenant, text(now), to_json(&account)?))?;
    Ok(grant)
}
