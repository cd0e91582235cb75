//! Events in, routing, and what a partner sees of it.

use crate::dynamo::{DynamoStore, rows::rejected, step, view};
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
impl EventStore for DynamoStore {
    async fn accept(&self, event: &Event, now: Timestamp) -> Result<Accepted, StoreError> {
        self.accept_event(event, now).await
    }

    async fn route_again(
        &self,
        event: &EventId,
        window: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        self.route_event_again(event, window, now).await
    }

    async fn events_of_organization(
        &self,
        organization: &OrganizationId,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        self.list_of_organization(organization, since, after, limit).await
    }

    async fn events_accepted(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        self.list_accepted(since, until, after, limit).await
    }

    async fn close_window(&self, window: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.close_old(window, limit).await
    }

    async fn reject(&self, input: &RejectedInput) -> Result<(), StoreError> {
        step!(self, |tx| rejected::create(&mut tx, input).await?)
    }

    async fn events(
        &self,
        partner: &PartnerId,
        filter: &EventFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventView>, StoreError> {
        self.list_seen(partner, filter, after, limit).await
    }

    async fn event(&self, partner: &PartnerId, id: &EventId) -> Result<Option<EventView>, StoreError> {
        let mut tx = self.begin();
        view::prefetch(&mut tx, partner, std::slice::from_ref(id)).await?;
        view::of(&mut tx, partner, id).await
    }

    async fn retry(
        &self,
        partner: &PartnerId,
        event: &EventId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Retried, StoreError> {
        self.retry_event(partner, event, actor, now).await
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
        self.retry_page(partner, wish, after, limit, actor, now).await
    }

    async fn expire(&self, before: Timestamp, limit: usize, now: Timestamp) -> Result<usize, StoreError> {
        self.expire_all(before, limit, now).await
    }
}
