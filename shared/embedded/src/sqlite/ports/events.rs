//! Events in, routing, and what a partner sees of it.

use crate::sqlite::{SqliteStore, event_list, events, expiry, rejected, retry, routing};
use async_trait::async_trait;
use jiff::Timestamp;
use psa_bridge_core::{
    event::Event,
    ids::{ConnectionId, EventId, OrganizationId, PartnerId},
    ports::{
        Accepted, Actor, EventFilter, EventStore, EventView, RejectedInput, Retried, RetryPage, RetryWish,
        StoreError,
    },
};
use psa_connector::Page;

#[async_trait]
impl EventStore for SqliteStore {
    async fn accept(&self, event: &Event, now: Timestamp) -> Result<Accepted, StoreError> {
        let event = event.clone();
        self.write(move |db| Ok(routing::accept(db, &event, now)?)).await
    }

    async fn route_again(
        &self,
        event: &EventId,
        window: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        let event = event.clone();
        self.write(move |db| Ok(routing::route_again(db, &event, window, now)?)).await
    }

    async fn events_of_organization(
        &self,
        organization: &OrganizationId,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let (organization, after) = (organization.clone(), after.map(str::to_owned));
        self.read(move |db| events::of_organization(db, &organization, since, after.as_deref(), limit)).await
    }

    async fn events_accepted(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let after = after.map(str::to_owned);
        self.read(move |db| events::accepted(db, since, until, after.as_deref(), limit)).await
    }

    async fn close_window(&self, window: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write(move |db| Ok(events::close_window(db, window, limit)?)).await
    }

    async fn reject(&self, input: &RejectedInput) -> Result<(), StoreError> {
        let input = input.clone();
        self.write(move |db| Ok(rejected::insert(db, &input)?)).await
    }

    async fn events(
        &self,
        partner: &PartnerId,
        filter: &EventFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventView>, StoreError> {
        let (partner, filter, after) = (partner.clone(), filter.clone(), after.map(str::to_owned));
        self.read(move |db| event_list::list(db, &partner, &filter, after.as_deref(), limit)).await
    }

    async fn event(&self, partner: &PartnerId, id: &EventId) -> Result<Option<EventView>, StoreError> {
        let (partner, id) = (partner.clone(), id.clone());
        self.read(move |db| events::view(db, &partner, &id)).await
    }

    async fn retry(
        &self,
        partner: &PartnerId,
        event: &EventId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Retried, StoreError> {
        let (partner, event, actor) = (partner.clone(), event.clone(), actor.clone());
        self.write(move |db| Ok(retry::of_event(db, &partner, &event, &actor, now)?)).await
    }

    async fn retry_all(
        &self,
        partner: &PartnerId,
        wish: &RetryWish,
        after: Option<&str>,
        limit: usize,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<RetryPage, StoreError> {
        let (partner, wish, actor) = (partner.clone(), wish.clone(), actor.clone());
        let after = after.map(str::to_owned);
        self.write(move |db| Ok(retry::of_reason(db, &partner, &wish, after.as_deref(), limit, &actor, now)?))
            .await
    }

    async fn expire(&self, before: Timestamp, limit: usize, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |db| Ok(expiry::expire(db, before, limit, now)?)).await
    }
}
