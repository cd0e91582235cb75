//! Running errands over many lines of seat counts: some lines at a time, each time under the errand's version, so that
//! two who run it at once do nothing twice.

use super::{
    DynamoStore,
    error::corrupt,
    item::Item,
    key::{self, Key, SEAT_LINES, connection_partition},
    rows::{
        connection, organization,
        seat_errand::{self, Errand, What},
        seat_line::{self, KeptLine},
        told_seats,
    },
    step,
    transaction::Transaction,
    wire::Range,
};
use psa_bridge_core::{
    connection::Connection,
    ids::OrganizationId,
    ports::StoreError,
    seats::{LineChange, SeatLine, ToldSeats, mapping_wakes},
};
use std::collections::BTreeSet;

/// Lines that are changed at once: four actions each, and what is checked with them.
const AT_ONCE: usize = 15;

impl DynamoStore {
    /// Runs an errand that a change left. The change was made, and the errand is on record, so a failure here is none of
    /// the change: the sweep finds what is left.
    pub(super) async fn run_or_leave(&self, key: Option<&Key>) {
        if let Some(key) = key
            && let Err(error) = self.run_errand(key).await
        {
            tracing::warn!(%error, "An errand over seat counts is left to the sweep");
        }
    }

    /// Runs an errand to its end.
    pub(super) async fn run_errand(&self, key: &Key) -> Result<(), StoreError> {
        while self.run_some(key).await? {}
        Ok(())
    }

    /// Runs a part of an errand. Whether there is more.
    async fn run_some(&self, key: &Key) -> Result<bool, StoreError> {
        step!(self, |tx| {
            let Some(mut errand) = seat_errand::get(&mut tx, key).await? else { return Ok(false) };
            let keys = match &errand.what {
                What::Wake => wake(&mut tx, &errand).await?,
                What::Rest => rest(&mut tx, &errand).await?,
                What::Mapped(organization) => mapped(&mut tx, &errand, organization).await?,
                What::Ask { by, organizations } => ask(&mut tx, &errand, by, organizations.as_ref()).await?,
            };
            let has_more = keys.len() >= AT_ONCE;
            match keys.into_iter().next_back().filter(|_| has_more) {
                Some(last) => {
                    errand.after = Some(last.sk);
                    seat_errand::keep(&mut tx, key, errand)?;
                }
                None => seat_errand::end(&mut tx, &errand.connection, key),
            }
            has_more
        })
    }
}

/// The connection's lines that an errand comes to next.
async fn next_lines(
    tx: &mut Transaction<'_>,
    errand: &Errand,
    organizations: Option<&BTreeSet<OrganizationId>>,
) -> Result<Vec<Item>, StoreError> {
    let range = lines(errand, organizations).limit(AT_ONCE);
    let range = errand.after.iter().fold(range, |range, last| range.after(last));
    tx.query(&range).await
}

/// The lines of a connection, from the first of these organisations to the last.
fn lines(errand: &Errand, organizations: Option<&BTreeSet<OrganizationId>>) -> Range {
    lines_between(Range::of(connection_partition(&errand.connection)).prefix(SEAT_LINES), organizations)
}

/// Of the lines in that range those from the first of these organisations to the last.
pub(super) fn lines_between(range: Range, organizations: Option<&BTreeSet<OrganizationId>>) -> Range {
    let ends = organizations.and_then(|all| all.first().zip(all.last()));
    ends.into_iter().fold(range, |range, (first, last)| {
        range.from(key::lines_of(first)).until(format!("{}\u{10FFFF}", key::lines_of(last)))
    })
}

async fn wake(tx: &mut Transaction<'_>, errand: &Errand) -> Result<Vec<Key>, StoreError> {
    let rows = next_lines(tx, errand, None).await?;
    for row in &rows {
        change(tx, row, |line| {
            line.ring(errand.at);
            Ok(())
        })
        .await?;
    }
    Ok(rows.into_iter().map(|row| row.key).collect())
}

async fn rest(tx: &mut Transaction<'_>, errand: &Errand) -> Result<Vec<Key>, StoreError> {
    let rows = next_lines(tx, errand, None).await?;
    for row in &rows {
        change(tx, row, |line| {
            line.due_at = None;
            Ok(())
        })
        .await?;
    }
    Ok(rows.into_iter().map(|row| row.key).collect())
}

async fn ask(
    tx: &mut Transaction<'_>,
    errand: &Errand,
    by: &str,
    organizations: Option<&BTreeSet<OrganizationId>>,
) -> Result<Vec<Key>, StoreError> {
    let rows = next_lines(tx, errand, organizations).await?;
    let kept: Vec<KeptLine> = rows.iter().map(Item::read).collect::<Result<_, _>>()?;
    let of = kept.iter().flat_map(|kept| {
        [Key::organization(&kept.line.organization), Key::told_seats(&kept.line.organization)]
    });
    tx.prefetch(of).await?;
    for (row, KeptLine { line, .. }) in rows.iter().zip(&kept) {
        if organizations.is_some_and(|wanted| !wanted.contains(&line.organization))
            || !is_owned(tx, line).await?
        {
            continue;
        }
        let told = told_seats::peek(tx, &line.organization).await?.0;
        let Some(told) = told.get(&line.product) else { continue };
        change(tx, row, |line| {
            let heard = line.bells;
            let asked = LineChange::Asked { by: by.to_owned() };
            line.apply(asked, told, heard, errand.at).map(drop).map_err(corrupt)
        })
        .await?;
    }
    Ok(rows.into_iter().map(|row| row.key).collect())
}

/// Whether the line's organisation is its partner's, for a look.
pub(super) async fn is_owned(tx: &mut Transaction<'_>, line: &SeatLine) -> Result<bool, StoreError> {
    let owner = organization::peek(tx, &line.organization).await?;
    Ok(owner.is_some_and(|owner| owner.chain.contains(&line.partner)))
}

async fn change(
    tx: &mut Transaction<'_>,
    row: &Item,
    change: impl FnOnce(&mut SeatLine) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let before: KeptLine = row.read()?;
    let mut after = before.clone();
    change(&mut after.line)?;
    seat_line::keep(tx, Some(&before), &after).await
}

/// A line that is made meanwhile, or settings that are saved, meet the connection that this reads or the counts.
async fn mapped(
    tx: &mut Transaction<'_>,
    errand: &Errand,
    organization: &OrganizationId,
) -> Result<Vec<Key>, StoreError> {
    tx.prefetch([Key::connection(&errand.connection), Key::told_seats(organization)]).await?;
    let Some(connection) = connection::get(tx, &errand.connection).await? else { return Ok(Vec::new()) };
    let told = told_seats::get(tx, organization).await?.0;
    let all = told.values().map(|told| (line_key(&connection, told), told));
    let rest = all.filter(|(key, _)| errand.after.as_ref().is_none_or(|after| key.sk > *after));
    let next: Vec<(Key, &ToldSeats)> = rest.take(AT_ONCE).collect();
    tx.prefetch(next.iter().map(|(key, _)| key.clone())).await?;
    for (key, told) in &next {
        let before = seat_line::get(tx, key).await?;
        let mut after = before.clone().unwrap_or_else(|| new_line(&connection, told));
        if mapping_wakes(&connection) {
            after.line.ring(errand.at);
        }
        seat_line::keep(tx, before.as_ref(), &after).await?;
    }
    Ok(next.into_iter().map(|(key, _)| key).collect())
}

/// Where the line of that count is in a connection.
pub(super) fn line_key(connection: &Connection, told: &ToldSeats) -> Key {
    Key::seat_line(&connection.id, &told.organization, &told.product)
}

/// The first line of that count in a connection.
pub(super) fn new_line(connection: &Connection, told: &ToldSeats) -> KeptLine {
    KeptLine::new(SeatLine::new(connection.id.clone(), connection.partner.clone(), told, None))
}
