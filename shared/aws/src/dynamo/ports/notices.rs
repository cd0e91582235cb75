//! The outbox.

use crate::dynamo::{
    DynamoStore, cursor,
    item::Item,
    key::{Key, SHARDS, outbox_partition},
    rows::notice::{self, KeptNotice, Outgoing},
    step,
    transaction::Transaction,
    wire::Range,
};
use async_trait::async_trait;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use psa_bridge_core::{
    ids::NoticeId,
    notice::{Channel, Notice, Standing, Told},
    ports::{NoticeStore, StoreError},
};
use psa_connector::Page;

const LIST: &str = "notices";

/// Notices that are taken at once: each is two items of a commit.
const AT_ONCE: usize = 50;

#[async_trait]
impl NoticeStore for DynamoStore {
    async fn take_notices(
        &self,
        channel: Channel,
        until: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Notice>, StoreError> {
        step!(self, |tx| {
            let due = self.due_notices(channel, now).await?;
            let due: Vec<NoticeId> = due.into_iter().take(limit.clamp(1, AT_ONCE)).collect();
            tx.prefetch(due.iter().map(Key::notice)).await?;
            let mut taken = Vec::with_capacity(due.len());
            for id in &due {
                taken.extend(take(&mut tx, id, until, now).await?);
            }
            taken
        })
    }

    async fn finish_notice(
        &self,
        id: &NoticeId,
        attempt: u32,
        told: &Told,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        step!(self, |tx| {
            let kept = notice::get(&mut tx, id).await?;
            let begun = kept
                .filter(|kept| kept.notice.attempts == attempt && kept.notice.standing == Standing::Waiting);
            match begun {
                Some(kept) => {
                    finish(&mut tx, kept, told, now).await?;
                    true
                }
                None => false,
            }
        })
    }

    async fn notices(
        &self,
        standing: Standing,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Notice>, StoreError> {
        let before = cursor::id::<String>(LIST, after)?;
        let limit = limit.max(1);
        let mut range = Range::listed(notice::list(standing)).backward().limit(limit.saturating_add(2));
        if let Some(before) = &before {
            range = range.until(before.clone());
        }
        let rows = self.wire.query(&range).await?;
        let kept: Vec<KeptNotice> = rows.iter().map(Item::read).collect::<Result<_, _>>()?;
        let kept = kept.into_iter().filter(|kept| Some(&kept.number) != before.as_ref());
        Ok(cursor::page(LIST, kept.map(|kept| ([kept.number], kept.notice)), limit))
    }
}

impl DynamoStore {
    /// The oldest waiting notice of each connection, where it is due and nobody's, the oldest first. One that nobody has
    /// begun to tell and that is not due yet lets the next one pass.
    async fn due_notices(&self, channel: Channel, now: Timestamp) -> Result<Vec<NoticeId>, StoreError> {
        let ranges: Vec<Range> =
            (0..SHARDS).map(|shard| Range::of(outbox_partition(channel, shard))).collect();
        let mut due = Vec::new();
        for rows in try_join_all(ranges.iter().map(|range| self.wire.query(range))).await? {
            let mut led_by = None;
            for row in &rows {
                let outgoing: Outgoing = row.read()?;
                let connection = row.key.sk.split_once('#').map(|(connection, _)| connection);
                if led_by == Some(connection) || outgoing.attempts == 0 && outgoing.due_at > now {
                    continue;
                }
                led_by = Some(connection);
                let is_free = outgoing.claimed_until.is_none_or(|until| until <= now);
                if outgoing.due_at <= now && is_free {
                    due.push((outgoing.number, outgoing.id));
                }
            }
        }
        due.sort();
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }
}

/// Takes a notice, unless somebody was faster.
async fn take(
    tx: &mut Transaction<'_>,
    id: &NoticeId,
    until: Timestamp,
    now: Timestamp,
) -> Result<Option<Notice>, StoreError> {
    let kept = notice::get(tx, id).await?.filter(|kept| {
        kept.notice.standing == Standing::Waiting
            && kept.notice.due_at <= now
            && kept.claimed_until.is_none_or(|until| until <= now)
    });
    let Some(mut kept) = kept else { return Ok(None) };
    kept.notice.attempts += 1;
    kept.claimed_until = Some(until);
    notice::keep(tx, &kept)?;
    Ok(Some(kept.notice))
}

async fn finish(
    tx: &mut Transaction<'_>,
    mut kept: KeptNotice,
    told: &Told,
    now: Timestamp,
) -> Result<(), StoreError> {
    kept.notice.finish(told.clone(), now);
    kept.claimed_until = None;
    notice::keep(tx, &kept)?;
    let Notice { channel, standing, news, .. } = &kept.notice;
    if *standing == Standing::Failed && *channel == Channel::Mail && news.is_stop() {
        notice::given_up(tx, &kept.notice).await?;
    }
    Ok(())
}
