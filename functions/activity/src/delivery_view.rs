//! A delivery as its partner reads it: where it stands, why, and what happened.

use crate::words::ReasonView;
use jiff::Timestamp;
use psa_bridge_core::{
    catalogue::Language,
    delivery::{Delivery, DeliveryState, Happened, TimelineEntry},
    ids::ConnectionId,
    ports::ConnectionDelivery,
    reason::Reason,
};
use psa_connector::TicketId;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryStatus {
    /// To be worked.
    Waiting,
    /// A ticket is being requested.
    Attempting,
    /// A reply was lost; whether there is a ticket is being found out.
    Settling,
    /// There is a ticket.
    Done,
    /// There will be no ticket.
    Ended,
}

/// A ticket in the PSA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TicketView {
    /// The PSA's id.
    #[schema(value_type = String)]
    pub(crate) id: TicketId,
    /// Where a person sees it; null where that cannot be told at present. Told for single events alone.
    pub(crate) url: Option<String>,
}

/// What became of an event in one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// Which connection.
    pub(crate) connection: ConnectionId,
    /// Where it stands.
    pub(crate) state: DeliveryStatus,
    /// Why it stands there.
    pub(crate) reason: ReasonView,
    /// What keeps the connection from being worked.
    pub(crate) hold: Option<ReasonView>,
    /// The ticket, where there is one.
    pub(crate) ticket: Option<TicketView>,
    /// How often a ticket was requested, as far as the timeline goes back.
    pub(crate) attempts: usize,
    /// When it is looked at next, where it is not finished.
    pub(crate) due_at: Option<Timestamp>,
    /// Whether `POST /v1/events/{id}/retry` would set it to work again.
    pub(crate) can_retry: bool,
    /// What happened, oldest first. Empty in lists.
    pub(crate) timeline: Vec<TimelineLine>,
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TimelineLine {
    /// When.
    pub(crate) at: Timestamp,
    /// What happened, for programs.
    pub(crate) what: Happened,
    /// Why, where there is a reason.
    pub(crate) reason: Option<ReasonView>,
    /// Particulars: the PSA's words, a ticket's number.
    pub(crate) detail: Option<String>,
}

impl DeliveryView {
    /// A delivery without its timeline.
    pub(crate) fn summary(given: &ConnectionDelivery, language: Language) -> Self {
        let delivery = &given.delivery;
        let ticket = match &delivery.state {
            DeliveryState::Done { ticket, .. } => Some(TicketView { id: ticket.clone(), url: None }),
            _ => None,
        };
        let hold = given.hold.filter(|_| delivery.is_unfinished());
        Self {
            connection: delivery.connection.clone(),
            state: status(&delivery.state),
            reason: ReasonView::new(reason(delivery, hold), language),
            hold: hold.map(|hold| ReasonView::new(hold, language)),
            ticket,
            attempts: delivery.timeline.iter().filter(|line| line.what == Happened::AttemptStarted).count(),
            due_at: delivery.is_unfinished().then_some(delivery.due_at),
            can_retry: matches!(&delivery.state, DeliveryState::Ended { reason } if reason.is_retryable()),
            timeline: Vec::new(),
        }
    }

    /// A delivery with all that happened.
    pub(crate) fn full(given: &ConnectionDelivery, language: Language) -> Self {
        let timeline = given.delivery.timeline.iter().map(|line| TimelineLine::new(line, language)).collect();
        Self { timeline, ..Self::summary(given, language) }
    }
}

impl TimelineLine {
    fn new(line: &TimelineEntry, language: Language) -> Self {
        Self {
            at: line.at,
            what: line.what,
            reason: line.reason.map(|reason| ReasonView::new(reason, language)),
            detail: line.detail.clone(),
        }
    }
}

fn status(state: &DeliveryState) -> DeliveryStatus {
    match state {
        DeliveryState::Waiting => DeliveryStatus::Waiting,
        DeliveryState::Attempting(_) => DeliveryStatus::Attempting,
        DeliveryState::Settling(_) => DeliveryStatus::Settling,
        DeliveryState::Done { .. } => DeliveryStatus::Done,
        DeliveryState::Ended { .. } => DeliveryStatus::Ended,
    }
}

/// Why a delivery stands where it stands, the one thing that a reader can act on.
fn reason(delivery: &Delivery, hold: Option<Reason>) -> Reason {
    match &delivery.state {
        DeliveryState::Ended { reason } => *reason,
        DeliveryState::Done { outcome, .. } => outcome.reason(),
        DeliveryState::Settling(_) => hold.unwrap_or(Reason::OutcomeUnknown),
        DeliveryState::Waiting | DeliveryState::Attempting(_) => hold.unwrap_or(Reason::WaitingTurn),
    }
}
