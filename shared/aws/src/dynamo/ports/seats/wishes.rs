//! What people want of lines. One line is changed in the step that takes the wish; many by an errand that the step leaves.

use crate::dynamo::{
    DynamoStore,
    item::Item,
    key::{Key, SEAT_LINES, connection_partition},
    rows::{
        audit, connection, organization,
        seat_errand::{self, What},
        seat_line::{self, KeptLine},
        told_seats,
    },
    seat_errands::{is_owned, lines_between},
    step,
    transaction::Transaction,
    wire::Range,
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit::seats_wished,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::Mapping,
    ports::{Actor, SeatWish, SeatWishError, StoreError},
    seats::LineChange,
};
use std::collections::BTreeSet;

/// A wish, and whose.
struct Wished<'w> {
    partner: &'w PartnerId,
    connection: &'w ConnectionId,
    wish: &'w SeatWish,
    actor: &'w Actor,
    now: Timestamp,
}

/// Takes a wish. Returns how many lines are set to work.
pub(super) async fn take(
    store: &DynamoStore,
    partner: &PartnerId,
    connection: &ConnectionId,
    wish: &SeatWish,
    actor: &Actor,
    now: Timestamp,
) -> Result<u64, SeatWishError> {
    let wished = Wished { partner, connection, wish, actor, now };
    let (set, errand) = wished.take(store).await?;
    store.run_or_leave(errand.as_ref()).await;
    Ok(set)
}

impl Wished<'_> {
    /// Takes the wish; gives the number of lines, and where the errand is that is left.
    async fn take(&self, store: &DynamoStore) -> Result<(u64, Option<Key>), SeatWishError> {
        step!(store, |tx| {
            let kept = connection::get(&mut tx, self.connection).await?;
            kept.filter(|kept| kept.partner == *self.partner && kept.revoked_at.is_none())
                .ok_or(SeatWishError::NoConnection)?;
            let taken = self.make(&mut tx).await?;
            let line = seats_wished(self.partner, self.connection, self.wish, self.actor, self.now);
            audit::write(&mut tx, &line)?;
            taken
        })
    }

    async fn make(&self, tx: &mut Transaction<'_>) -> Result<(u64, Option<Key>), SeatWishError> {
        match self.wish {
            SeatWish::SyncAll => self.ask(tx, None).await,
            SeatWish::Sync(organizations) => {
                self.ask(tx, Some(organizations.iter().cloned().collect())).await
            }
            SeatWish::Confirm { organization, product, there, here } => {
                let change = LineChange::Confirmed { from: *there, to: *here, by: self.actor.0.clone() };
                self.change(tx, organization, product, change).await
            }
            SeatWish::Undo { organization, product, to } => {
                tx.guard(&Key::mapping(organization, self.connection));
                let mapping = organization::owned_mapping(tx, self.connection, organization).await?;
                let place = mapping.as_ref().and_then(Mapping::license_ref);
                let undone = LineChange::Undone { to: *to, place, by: self.actor.0.clone() };
                self.change(tx, organization, product, undone).await
            }
        }
    }

    /// Asks for the lines of these organisations, or for all.
    async fn ask(
        &self,
        tx: &mut Transaction<'_>,
        organizations: Option<BTreeSet<OrganizationId>>,
    ) -> Result<(u64, Option<Key>), SeatWishError> {
        let owners = self.owned_lines(tx, organizations.as_ref()).await?;
        if let Some(wanted) = &organizations {
            let found: BTreeSet<&OrganizationId> = owners.iter().collect();
            if wanted.iter().any(|organization| !found.contains(organization)) {
                return Err(SeatWishError::NoLine);
            }
        }
        if owners.is_empty() {
            return Ok((0, None));
        }
        let what = What::Ask { by: self.actor.0.clone(), organizations };
        let errand = seat_errand::begin(tx, self.connection, what, self.now)?;
        Ok((u64::try_from(owners.len()).unwrap_or(u64::MAX), Some(errand)))
    }

    /// The organisation of each line of these organisations, or of all, that is the partner's.
    async fn owned_lines(
        &self,
        tx: &mut Transaction<'_>,
        organizations: Option<&BTreeSet<OrganizationId>>,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let range = Range::of(connection_partition(self.connection)).prefix(SEAT_LINES);
        let rows = tx.query(&lines_between(range, organizations)).await?;
        let mut lines: Vec<KeptLine> = rows.iter().map(Item::read).collect::<Result<_, _>>()?;
        lines.retain(|kept| organizations.is_none_or(|wanted| wanted.contains(&kept.line.organization)));
        tx.prefetch(lines.iter().map(|kept| Key::organization(&kept.line.organization))).await?;
        let mut owned = Vec::with_capacity(lines.len());
        for KeptLine { line, .. } in lines {
            if is_owned(tx, &line).await? {
                owned.push(line.organization);
            }
        }
        Ok(owned)
    }

    /// Makes a change of one line.
    async fn change(
        &self,
        tx: &mut Transaction<'_>,
        organization: &OrganizationId,
        product: &str,
        change: LineChange,
    ) -> Result<(u64, Option<Key>), SeatWishError> {
        let key = Key::seat_line(self.connection, organization, product);
        tx.prefetch([key.clone(), Key::organization(organization), Key::told_seats(organization)]).await?;
        let owner = organization::get(tx, organization).await?;
        owner.filter(|owner| owner.chain.contains(self.partner)).ok_or(SeatWishError::NoLine)?;
        let before = seat_line::get(tx, &key).await?.ok_or(SeatWishError::NoLine)?;
        let told = told_seats::get(tx, organization).await?.0;
        let told = told.get(product).ok_or(SeatWishError::NoLine)?;
        let mut after = before.clone();
        let heard = after.line.bells;
        after.line.apply(change, told, heard, self.now)?;
        seat_line::keep(tx, Some(&before), &after).await?;
        Ok((1, None))
    }
}
