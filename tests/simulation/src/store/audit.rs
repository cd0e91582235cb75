//! The audit: one line a change that people made.

use super::{cursor, state::State};
use jiff::Timestamp;
use psa_bridge_core::{
    audit::{self, AuditLine},
    ids::PartnerId,
    ports::{Actor, AuditEntry, AuditFilter, RetryWish, StoreError},
};
use psa_connector::Page;

const LIST: &str = "audit";

impl State {
    /// The lines of a partner; without one, the operator's.
    pub(super) fn audit_page(
        &self,
        partner: Option<&PartnerId>,
        filter: &AuditFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let before = cursor::time_and::<u64>(LIST, after)?.unwrap_or((Timestamp::MAX, u64::MAX));
        let lines = self.audit.get(&partner.cloned()).into_iter();
        let rows =
            lines.flat_map(|lines| lines.range(..before).rev()).filter(|(_, line)| is_wanted(line, filter));
        let rows = rows.map(|((at, number), line)| ([at.to_string(), number.to_string()], line.clone()));
        Ok(cursor::page(LIST, rows, limit))
    }

    /// Deletes the oldest lines. Returns how many.
    pub(super) fn expire_audit(&mut self, before: Timestamp, limit: usize) -> usize {
        let old = self
            .audit
            .iter()
            .flat_map(|(partner, lines)| lines.range(..(before, 0)).map(|(key, _)| (*key, partner.clone())));
        let mut old: Vec<_> = old.collect();
        old.sort();
        old.truncate(limit.max(1));
        for (key, partner) in &old {
            if let Some(lines) = self.audit.get_mut(partner) {
                lines.remove(key);
            }
        }
        old.len()
    }

    pub(super) fn write_line(&mut self, line: AuditLine) {
        let number = self.number();
        self.audit.entry(line.partner).or_default().insert((line.entry.at, number), line.entry);
    }

    pub(super) fn write_lines(&mut self, lines: impl IntoIterator<Item = AuditLine>) {
        lines.into_iter().for_each(|line| self.write_line(line));
    }

    /// One line a wish: the pages that are made of it at the same time add to the first one's.
    pub(super) fn audit_events_retried(
        &mut self,
        partner: &PartnerId,
        wish: &RetryWish,
        retried: usize,
        actor: &Actor,
        now: Timestamp,
    ) {
        let line = audit::events_retried(partner, wish, retried, actor, now);
        let earlier = self.audit.entry(Some(partner.clone())).or_default();
        for before in earlier.range_mut((now, 0)..=(now, u64::MAX)).map(|(_, before)| before) {
            if let Some(sum) = audit::add_retried(before, &line.entry) {
                *before = sum;
                return;
            }
        }
        self.write_line(line);
    }
}

fn is_wanted(line: &AuditEntry, filter: &AuditFilter) -> bool {
    (filter.connection.is_none() || filter.connection == line.connection)
        && filter.since.is_none_or(|since| line.at >= since)
        && filter.until.is_none_or(|until| line.at < until)
}
