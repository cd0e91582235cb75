//! Pages of lists: a range is read in pieces, of which a list chooses what it shows, until the page is full.

use super::{cursor, item::Item, transaction::Transaction, wire::Range};
use async_trait::async_trait;
use psa_bridge_core::ports::StoreError;
use psa_connector::Page;

/// Rows that are read at once, at least; so a filter that takes few of them does not ask for each by itself.
const PIECE: usize = 25;

/// Rows that a call looks at, about. Where few of them are chosen the page is short, and goes on where looking stopped:
/// who lists decides how long to look, not what is stored.
const LOOKED_AT: usize = 400;

/// A list.
#[async_trait]
pub(super) trait List {
    /// What it shows.
    type Shown: Send;
    /// Its name in cursors.
    const NAME: &'static str;

    /// What it shows of each of these rows, if anything: as many as there are rows.
    async fn choose(
        &self,
        tx: &mut Transaction<'_>,
        rows: &[Item],
    ) -> Result<Vec<Option<Self::Shown>>, StoreError>;
}

/// A page of a list over a range of the table or of its lists, in the order of the range. Short, or empty, where few of
/// many rows are shown.
pub(super) async fn page<L: List + Sync>(
    mut tx: Transaction<'_>,
    list: &L,
    range: Range,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<L::Shown>, StoreError> {
    let limit = limit.max(1);
    let piece = limit.saturating_add(2).max(PIECE);
    let mut looked_at: Option<String> = cursor::id(L::NAME, cursor)?;
    let (mut items, mut shown_last) = (Vec::new(), None::<String>);
    let mut count = 0;
    loop {
        let rest = looked_at.iter().fold(range.clone(), |range, last| range.beyond(last)).limit(piece);
        let mut rows = tx.query(&rest).await?;
        let is_end = rows.len() < piece;
        count += rows.len();
        // A range that is read backward begins at the row that was looked at last.
        rows.retain(|row| range.place_of(row) != looked_at.as_deref());
        let shown = list.choose(&mut tx, &rows).await?;
        for (row, shown) in rows.iter().zip(shown) {
            let place = range.place_of(row).map(str::to_owned);
            if let Some(shown) = shown {
                if items.len() == limit {
                    let next = shown_last.map(|last| cursor::encode(L::NAME, &[last]));
                    return Ok(Page { items, next });
                }
                items.push(shown);
                shown_last = place.clone();
            }
            looked_at = place;
        }
        if is_end {
            return Ok(Page { items, next: None });
        }
        if count >= LOOKED_AT {
            return Ok(Page { items, next: looked_at.map(|last| cursor::encode(L::NAME, &[last])) });
        }
    }
}
