//! Events in, routing, and what a partner sees of it.

use crate::store::MemoryStore;
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
impl EventStore for MemoryStore {
    async fn accept(&self, event: &Event, now: Timestamp) -> Result<Accepted, StoreError> {
        self.step("accept", |state| state.accept(event, now)).await
    }

    async fn route_again(
        &self,
        event: &EventId,
        window: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        self.step("route_again", |state| state.route_again(event, window, now)).await
    }

    async fn events_of_organization(
        &self,
        organization: &OrganizationId,
        since: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        let list =
            |state: &mut crate::store::State| state.events_of_organization(organization, since, after, limit);
        self.step("events_of_organization", list).await
    }

    async fn events_accepted(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventId>, StoreError> {
        self.step("events_accepted", |state| state.events_accepted(since, until, after, limit)).await
    }

    async fn close_window(&self, window: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.step("close_window", |state| Ok(state.close_window(window, limit))).await
    }

    async fn reject(&self, input: &RejectedInput) -> Result<(), StoreError> {
        self.step("reject", |state| state.reject(input)).await
    }

    async fn events(
        &self,
        partner: &PartnerId,
        filter: &EventFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EventView>, StoreError> {
        self.step("events", |state| state.list_events(partner, filter, after, limit)).await
    }

    async fn event(&self, partner: &PartnerId, id: &EventId) -> Result<Option<EventView>, StoreError> {
        self.step("event", |state| Ok(state.view(partner, id))).await
    }

    async fn retry(
        &self,
        partner: &PartnerId,
        event: &EventId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Retried, StoreError> {
        self.step("retry", |state| state.retry(partner, event, actor, now)).await
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
        self.step("retry_all", |state| state.retry_all(partner, wish, after, limit, actor, now)).await
    }

    async fn expire(&self, before: Timestamp, limit: usize, now: Timestamp) -> Result<usize, StoreError> {
        self.step("expire", |state| state.expire(before, limit, now)).await
    }
}
