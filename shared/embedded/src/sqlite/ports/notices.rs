//! The outbox.

use crate::sqlite::{SqliteStore, notices};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::NoticeId,
    notice::{Channel, Notice, Standing, Told},
    ports::{NoticeStore, StoreError},
};
use psa_connector::Page;

#[async_trait]
impl NoticeStore for SqliteStore {
    async fn take_notices(
        &self,
        channel: Channel,
        until: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Notice>, StoreError> {
        // A look first, which costs no write: mostly there is nothing.
        let due = self.read(move |db| notices::is_due(db, channel, now)).await?;
        if !due {
            return Ok(Vec::new());
        }
        self.write(move |db| Ok(notices::take(db, channel, until, limit, now)?)).await
    }

    async fn finish_notice(
        &self,
        id: &NoticeId,
        attempt: u32,
        told: &Told,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, told) = (id.clone(), told.clone());
        self.write(move |db| Ok(notices::finish(db, &id, attempt, told, now)?)).await
    }

    async fn notices(
        &self,
        standing: Standing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Notice>, StoreError> {
        let after = after.map(str::to_owned);
        self.read(move |db| notices::list(db, standing, after.as_deref(), limit)).await
    }
}
