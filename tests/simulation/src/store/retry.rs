//! Trying deliveries again that ended over the PSA: those of one event, or all that ended for one reason.

use super::{
    cursor,
    expiry::{corrupt, finished_before},
    state::{State, first_event},
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit,
    delivery::{Change, Delivery, DeliveryState},
    ids::{ConnectionId, EventId, PartnerId},
    ports::{Actor, Retried, RetryPage, RetryWish, StoreError},
    reason::Reason,
};

const LIST: &str = "retry";

impl State {
    pub(super) fn retry(
        &mut self,
        partner: &PartnerId,
        event: &EventId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Retried, StoreError> {
        if !self.sightings.contains_key(&(event.clone(), partner.clone())) {
            return Ok(Retried::NotFound);
        }
        let own = self.deliveries_of(event).filter(|delivery| delivery.partner == *partner);
        let retryable = own.filter_map(|delivery| Some((delivery.clone(), self.may_retry(delivery)?)));
        let found: Vec<(Delivery, Reason)> = retryable.collect();
        if found.is_empty() {
            return Ok(Retried::NothingToRetry);
        }
        let mut ended: Vec<(ConnectionId, Reason)> = Vec::new();
        for (delivery, reason) in found {
            ended.push((delivery.connection.clone(), reason));
            self.start_over(delivery, actor, now)?;
        }
        self.write_line(audit::event_retried(partner, event, &ended, actor, now));
        Ok(Retried::Ring(ended.into_iter().map(|(connection, _)| connection).collect()))
    }

    /// Sets a page of what a partner wishes to work again, in order of acceptance.
    pub(super) fn retry_all(
        &mut self,
        partner: &PartnerId,
        wish: &RetryWish,
        after: Option<&str>,
        limit: usize,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<RetryPage, StoreError> {
        let (time, id) = cursor::time_and::<EventId>(LIST, after)?.unwrap_or((Timestamp::MIN, first_event()));
        let seen = self.seen.range((partner.clone(), time, id)..).take_while(|(each, ..)| each == partner);
        let seen = seen.filter(|(_, at, _)| wish.until.is_none_or(|until| *at < until));
        let own = seen.flat_map(|(_, _, id)| self.deliveries_of(id));
        let own = own.filter(|delivery| delivery.partner == *partner);
        let wanted = own.filter(|delivery| self.is_wished_for(delivery, wish));
        let found: Vec<Delivery> = wanted.take(limit.max(1)).cloned().collect();
        let mut page = RetryPage { retried: found.len(), ..RetryPage::default() };
        if found.len() >= limit.max(1) {
            // The next page begins here, since the event may have another delivery.
            let last = found.last().map(|last| [last.accepted_at.to_string(), last.event.to_string()]);
            page.next = last.map(|key| cursor::encode(LIST, &key));
        }
        for delivery in found {
            page.ring.push(delivery.connection.clone());
            self.start_over(delivery, actor, now)?;
        }
        page.ring.sort();
        page.ring.dedup();
        if page.retried > 0 {
            self.audit_events_retried(partner, wish, page.retried, actor, now);
        }
        Ok(page)
    }

    fn is_wished_for(&self, delivery: &Delivery, wish: &RetryWish) -> bool {
        self.may_retry(delivery) == Some(wish.reason)
            && finished_before(delivery, wish.ended_before)
            && wish.connection.as_ref().is_none_or(|connection| delivery.connection == *connection)
            && wish.organization.as_ref().is_none_or(|organization| delivery.organization == *organization)
    }

    /// Why it ended, where it can be tried again.
    fn may_retry(&self, delivery: &Delivery) -> Option<Reason> {
        let DeliveryState::Ended { reason } = &delivery.state else { return None };
        let connection = self.connections.get(&delivery.connection)?;
        (reason.is_retryable() && connection.revoked_at.is_none()).then_some(*reason)
    }

    fn start_over(
        &mut self,
        mut delivery: Delivery,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        delivery.apply(Change::Retried { by: actor.0.clone() }, now).map_err(corrupt)?;
        self.keep(delivery);
        Ok(())
    }
}
