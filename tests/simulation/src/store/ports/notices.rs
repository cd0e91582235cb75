//! The outbox.

use crate::store::MemoryStore;
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::NoticeId,
    notice::{Channel, Notice, Standing, Told},
    ports::{NoticeStore, StoreError},
};
use psa_connector::Page;

#[async_trait]
impl NoticeStore for MemoryStore {
    async fn take_notices(
        &self,
        channel: Channel,
        until: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Notice>, StoreError> {
        self.step("take_notices", |state| Ok(state.take_notices(channel, until, limit, now))).await
    }

    async fn finish_notice(
        &self,
        id: &NoticeId,
        attempt: u32,
        told: &Told,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.step("finish_notice", |state| Ok(state.finish_notice(id, attempt, told, now))).await
    }

    async fn notices(
        &self,
        standing: Standing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Notice>, StoreError> {
        self.step("notices", |state| state.notices_page(standing, after, limit)).await
    }
}
