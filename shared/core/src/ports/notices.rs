//! The outbox: what is to be told, and what became of it. Notices are written by the steps that cause them, by the rule
//! in [`crate::notice`]; these steps take them out.

use super::StoreError;
use crate::{
    ids::NoticeId,
    notice::{Channel, Notice, Standing, Told},
};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_connector::Page;

/// Steps on notices.
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// Takes up to `limit` notices of a channel that are due, the oldest first, until `until`: nobody else gets them
    /// before then. Each counts an attempt. Per connection only the oldest is taken, so that its notices are told in
    /// order; one that was never begun and is not due yet stands in nobody's way.
    async fn take_notices(
        &self,
        channel: Channel,
        until: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Notice>, StoreError>;

    /// Writes down what came of an attempt. False, and nothing written, where the notice was taken again since. Where a
    /// mail that told the beginning of a trouble is given up, mails of its end that nobody began to send are deleted.
    async fn finish_notice(
        &self,
        id: &NoticeId,
        attempt: u32,
        told: &Told,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Notices that stand so, the newest first: the operator's view.
    async fn notices(
        &self,
        standing: Standing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Notice>, StoreError>;

    /// Notices that were given up, the newest first.
    async fn failed_notices(&self, after: Option<&str>, limit: usize) -> Result<Page<Notice>, StoreError> {
        self.notices(Standing::Failed, after, limit).await
    }
}
