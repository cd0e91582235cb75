//! Trying deliveries again that ended over the PSA: those of one event, or all that ended for one reason.

use super::{
    DynamoStore, cursor,
    error::corrupt,
    event_lists::place,
    key,
    rows::{audit, connection, delivery, event},
    step,
    transaction::Transaction,
    view,
    wire::Range,
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit as lines,
    delivery::{Change, Delivery, DeliveryState},
    ids::{ConnectionId, EventId, PartnerId},
    ports::{Actor, Retried, RetryPage, RetryWish, StoreError},
    reason::Reason,
};

const LIST: &str = "retry";
/// Deliveries that one step sets to work at most: each is a few actions, and DynamoDB takes a hundred at once.
const AT_ONCE: usize = 20;
/// Events that are read at once.
const PIECE: usize = 50;
/// Events that a page looks at; what is wished for may be rare, and the next page goes on where this one stopped.
const LOOKED_AT: usize = 200;

/// What a page found, and from which event on the next one looks.
#[derive(Default)]
struct Wished {
    found: Vec<Delivery>,
    next: Option<(Timestamp, EventId)>,
}

impl DynamoStore {
    pub(super) async fn retry_event(
        &self,
        partner: &PartnerId,
        id: &EventId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Retried, StoreError> {
        step!(self, |tx| {
            let kept = event::get(&mut tx, id).await?;
            let seen = kept.filter(|kept| kept.sightings.contains_key(partner));
            let Some(kept) = seen else { return Ok(Retried::NotFound) };
            let mut ended: Vec<(ConnectionId, Reason)> = Vec::new();
            for connection in view::own(&kept, partner) {
                let Some(before) = delivery::peek(&mut tx, id, connection).await? else { continue };
                let Some(reason) = may_retry(&mut tx, &before).await? else { continue };
                ended.push((connection.clone(), reason));
                start_over(&mut tx, &before, actor, now)?;
            }
            if ended.is_empty() {
                return Ok(Retried::NothingToRetry);
            }
            audit::write(&mut tx, &lines::event_retried(partner, id, &ended, actor, now))?;
            Retried::Ring(ended.into_iter().map(|(connection, _)| connection).collect())
        })
    }

    /// Sets a page of what a partner wishes to work again, in order of acceptance.
    pub(super) async fn retry_page(
        &self,
        partner: &PartnerId,
        wish: &RetryWish,
        after: Option<&str>,
        limit: usize,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<RetryPage, StoreError> {
        let start = cursor::time_and::<EventId>(LIST, after)?;
        let limit = limit.clamp(1, AT_ONCE);
        step!(self, |tx| {
            let Wished { found, next } = wished_for(&mut tx, partner, wish, start.as_ref(), limit).await?;
            let next = next.map(|(at, event)| cursor::encode(LIST, &[at.to_string(), event.to_string()]));
            let mut page = RetryPage { retried: found.len(), next, ..RetryPage::default() };
            for before in found {
                page.ring.push(before.connection.clone());
                start_over(&mut tx, &before, actor, now)?;
            }
            page.ring.sort();
            page.ring.dedup();
            if page.retried > 0 {
                audit::events_retried(&mut tx, partner, wish, page.retried, actor, now).await?;
            }
            page
        })
    }
}

/// Up to so many deliveries that a wish is about, in order of acceptance, from that event on.
async fn wished_for(
    tx: &mut Transaction<'_>,
    partner: &PartnerId,
    wish: &RetryWish,
    start: Option<&(Timestamp, EventId)>,
    limit: usize,
) -> Result<Wished, StoreError> {
    let mut range = Range::of(key::seen_partition(partner));
    if let Some(until) = wish.until {
        range = range.until(key::time(until));
    }
    if let Some((at, id)) = start {
        range = range.from(key::time_and(*at, id.as_str()));
    }
    let (mut wished, mut looked_at) = (Wished::default(), 0);
    loop {
        let rows = tx.query(&range.clone().limit(PIECE)).await?;
        let ids: Vec<EventId> =
            rows.iter().map(|row| Ok(place(&row.key.sk)?.1)).collect::<Result<_, StoreError>>()?;
        view::prefetch(tx, partner, &ids).await?;
        for id in &ids {
            let Some(kept) = event::peek(tx, id).await? else { continue };
            for connection in view::own(&kept, partner) {
                let Some(delivery) = delivery::peek(tx, id, connection).await? else { continue };
                if is_wished_for(tx, &delivery, wish).await? {
                    // The next page begins here, since the event may have another delivery.
                    wished.next = Some((delivery.accepted_at, id.clone()));
                    wished.found.push(delivery);
                }
                if wished.found.len() >= limit {
                    return Ok(wished);
                }
            }
        }
        looked_at += rows.len();
        match rows.last() {
            Some(last) if rows.len() >= PIECE && looked_at >= LOOKED_AT => {
                return Ok(Wished { next: Some(place(&last.key.sk)?), ..wished });
            }
            Some(last) if rows.len() >= PIECE => range = range.after(&last.key.sk),
            _ => return Ok(Wished { next: None, ..wished }),
        }
    }
}

async fn is_wished_for(
    tx: &mut Transaction<'_>,
    delivery: &Delivery,
    wish: &RetryWish,
) -> Result<bool, StoreError> {
    let fits = delivery::changed_at(delivery) < wish.ended_before
        && wish.connection.as_ref().is_none_or(|connection| delivery.connection == *connection)
        && wish.organization.as_ref().is_none_or(|organization| delivery.organization == *organization);
    Ok(fits && may_retry(tx, delivery).await? == Some(wish.reason))
}

/// Why it ended, where it can be tried again.
async fn may_retry(tx: &mut Transaction<'_>, delivery: &Delivery) -> Result<Option<Reason>, StoreError> {
    let DeliveryState::Ended { reason } = &delivery.state else { return Ok(None) };
    if !reason.is_retryable() {
        return Ok(None);
    }
    let connection = connection::peek(tx, &delivery.connection).await?;
    Ok(connection.is_some_and(|connection| connection.revoked_at.is_none()).then_some(*reason))
}

fn start_over(
    tx: &mut Transaction<'_>,
    before: &Delivery,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut after = before.clone();
    after.apply(Change::Retried { by: actor.0.clone() }, now).map_err(corrupt)?;
    delivery::keep(tx, Some(before), &after)
}
