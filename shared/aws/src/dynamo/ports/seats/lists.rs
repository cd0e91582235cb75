//! Lists of lines and of what was changed. Left out is what is not the partner's any more.

use crate::dynamo::{
    DynamoStore,
    item::Item,
    key::{Key, SEAT_HISTORY, SEAT_LINES, connection_partition, history_of},
    listing::{self, List},
    rows::{connection, organization, seat_line::KeptLine},
    seat_errands::is_owned,
    seat_items,
    transaction::Transaction,
    wire::Range,
};
use async_trait::async_trait;
use psa_bridge_core::{
    ids::{ConnectionId, OrganizationId, PartnerId},
    ports::{HistoryLine, SeatItem, StoreError},
    seats::SeatLine,
};
use psa_connector::Page;

/// A connection's lines.
pub(super) async fn lines(
    store: &DynamoStore,
    connection: &ConnectionId,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<SeatItem>, StoreError> {
    let range = Range::of(connection_partition(connection)).prefix(SEAT_LINES);
    listing::page(store.begin(), &Lines, range, after, limit).await
}

/// What was changed in a connection's PSA, newest first.
pub(super) async fn history(
    store: &DynamoStore,
    connection: &ConnectionId,
    organization: Option<&OrganizationId>,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<HistoryLine>, StoreError> {
    let kept = connection::peek(&mut store.begin(), connection).await?;
    let Some(kept) = kept else { return Ok(Page { items: Vec::new(), next: None }) };
    let list = History { partner: &kept.partner };
    let range = organization.map_or_else(
        || Range::of(connection_partition(connection)).prefix(SEAT_HISTORY),
        |organization| Range::listed(history_of(connection, organization)),
    );
    listing::page(store.begin(), &list, range.backward(), after, limit).await
}

struct Lines;

#[async_trait]
impl List for Lines {
    type Shown = SeatItem;
    const NAME: &'static str = "seats";

    async fn choose(
        &self,
        tx: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<SeatItem>>, StoreError> {
        let kept: Vec<KeptLine> = rows.iter().map(Item::read).collect::<Result<_, _>>()?;
        let lines: Vec<SeatLine> = kept.into_iter().map(|kept| kept.line).collect();
        let mut shown = seat_items::of(tx, lines).await?;
        for place in &mut shown {
            if let Some(item) = place
                && !is_owned(tx, &item.line).await?
            {
                *place = None;
            }
        }
        Ok(shown)
    }
}

/// What was changed for a partner.
struct History<'p> {
    partner: &'p PartnerId,
}

#[async_trait]
impl List for History<'_> {
    type Shown = HistoryLine;
    const NAME: &'static str = "seat history";

    async fn choose(
        &self,
        tx: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<HistoryLine>>, StoreError> {
        let lines: Vec<HistoryLine> = rows.iter().map(Item::read).collect::<Result<_, _>>()?;
        tx.prefetch(lines.iter().map(|line| Key::organization(&line.organization))).await?;
        let mut shown = Vec::with_capacity(lines.len());
        for line in lines {
            let owner = organization::peek(tx, &line.organization).await?;
            shown.push(owner.is_some_and(|owner| owner.chain.contains(self.partner)).then_some(line));
        }
        Ok(shown)
    }
}
