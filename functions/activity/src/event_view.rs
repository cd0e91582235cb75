//! An event as a partner of its chain reads it. The chain itself is left out: who else owns the organisation is not
//! every partner's to know.

use crate::{delivery_view::DeliveryView, words::ReasonView};
use jiff::Timestamp;
use psa_bridge_core::{
    catalogue::{Explanation, Language, explanation},
    event::{Event, Seats},
    ids::{ConnectionId, EventId, OrganizationId},
    ports::EventView,
    reason::Reason,
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An event in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct EventSummary {
    /// The bridge's id of it.
    pub(crate) id: EventId,
    /// The `CloudEvents` source.
    pub(crate) source: String,
    /// The `CloudEvents` id, unique within the source.
    pub(crate) source_id: String,
    /// A code of the catalogue, or any other.
    #[serde(rename = "type")]
    pub(crate) event_type: String,
    /// One line: the catalogue's, else the pipeline's, else the type.
    pub(crate) title: String,
    /// When it happened.
    pub(crate) time: Timestamp,
    /// When it was accepted.
    pub(crate) accepted_at: Timestamp,
    /// To whom.
    pub(crate) organization: OrganizationId,
    /// The organisation's name: the registered one, else the pipeline's.
    pub(crate) organization_name: Option<String>,
    /// The account (mailbox, user) that it is about.
    pub(crate) account: Option<String>,
    /// How bad, in the pipeline's words.
    pub(crate) severity: Option<String>,
    /// Why it has no delivery; null where it has one.
    pub(crate) unrouted: Option<ReasonView>,
    /// That event and registry disagree about the partners; null where they agree.
    pub(crate) notice: Option<ReasonView>,
    /// What became of it in each of the partner's connections.
    pub(crate) deliveries: Vec<DeliveryView>,
}

/// An event with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct EventDetail {
    /// As in lists, with the timelines of its deliveries.
    #[serde(flatten)]
    pub(crate) summary: EventSummary,
    /// The text that the pipeline gave.
    pub(crate) description: Option<String>,
    /// Where to read on.
    pub(crate) url: Option<String>,
    /// For `seats.changed`: of which product, how many.
    pub(crate) seats: Option<Seats>,
    /// What the catalogue says about events of this type.
    pub(crate) explanation: Option<Explanation>,
}

/// Which language a reader gets: the one asked for, else that of the connection.
#[derive(Clone, Debug)]
pub(crate) struct Languages {
    pub(crate) asked: Option<Language>,
    pub(crate) connections: BTreeMap<ConnectionId, Language>,
}

impl Languages {
    pub(crate) fn of(&self, connection: &ConnectionId) -> Language {
        self.asked.or_else(|| self.connections.get(connection).copied()).unwrap_or_default()
    }

    fn general(&self) -> Language {
        self.asked.or_else(|| self.connections.values().next().copied()).unwrap_or_default()
    }
}

impl EventSummary {
    pub(crate) fn new(view: &EventView, languages: &Languages) -> Self {
        let deliveries = view.deliveries.iter();
        let deliveries =
            deliveries.map(|it| DeliveryView::summary(it, languages.of(&it.delivery.connection)));
        Self::with(view, languages, deliveries.collect())
    }

    fn with(view: &EventView, languages: &Languages, deliveries: Vec<DeliveryView>) -> Self {
        let (event, language) = (&view.event, languages.general());
        Self {
            id: event.id.clone(),
            source: event.source.clone(),
            source_id: event.source_id.clone(),
            event_type: event.event_type.clone(),
            title: title(event, language),
            time: event.time,
            accepted_at: view.accepted_at,
            organization: event.organization.clone(),
            organization_name: view.organization_name.clone().or_else(|| event.organization_name.clone()),
            account: event.account.clone(),
            severity: event.severity.clone(),
            unrouted: view.unrouted.map(|reason| ReasonView::new(reason, language)),
            notice: view.chain_disagrees.then(|| ReasonView::new(Reason::ChainDisagrees, language)),
            deliveries,
        }
    }
}

impl EventDetail {
    pub(crate) fn new(view: &EventView, languages: &Languages) -> Self {
        let deliveries = view.deliveries.iter();
        let deliveries = deliveries.map(|it| DeliveryView::full(it, languages.of(&it.delivery.connection)));
        Self {
            summary: EventSummary::with(view, languages, deliveries.collect()),
            description: view.event.description.clone(),
            url: view.event.url.clone(),
            seats: view.event.seats.clone(),
            explanation: explanation(&view.event.event_type, languages.general()),
        }
    }
}

fn title(event: &Event, language: Language) -> String {
    let explained = explanation(&event.event_type, language).map(|explanation| explanation.title);
    explained.or_else(|| event.title.clone()).unwrap_or_else(|| event.event_type.clone())
}
