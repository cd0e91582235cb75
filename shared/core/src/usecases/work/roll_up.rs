//! In a storm: one ticket that stands for many problems, made once, and then kept up to date by notes that list as many as
//! wait.

use super::{
    Interrupted,
    attempt::{UnderWay, again, happen},
    session::{Session, Turn},
    ticket,
};
use crate::{
    delivery::{Change, Counts, Delivery, DeliveryState, Request},
    ids::Fingerprint,
    life_cycle::{FingerprintRecord, moves::Move},
    mapping::Mapping,
    ports::{Step, WorkItem},
    reason::Reason,
};
use psa_connector::{PsaConnector, PsaError, PsaErrorKind, TicketId, TicketState};
use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};
use tracing::info;

impl Session<'_> {
    /// Whether the organisation's tickets of this hour are used up.
    pub(super) fn is_storm(&self, item: &WorkItem) -> bool {
        self.memory.storm(item).is_capped(self.choices().storm_cap_per_hour, self.now())
    }

    /// Lists a new problem on the ticket that stands for many, and makes that ticket where there is none that is open.
    pub(super) async fn roll_up(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        lead: WorkItem,
        mapping: &Mapping,
        rest: &mut VecDeque<WorkItem>,
    ) -> Result<Turn, Interrupted> {
        if self.waits_for_roll_up(&lead, mapping) {
            return Ok(Turn::Stayed);
        }
        let storm = self.memory.storm(&lead);
        let ticket = match storm.roll_up_of(&mapping.client, self.now()) {
            Some(roll_up) => match connector.ticket(&roll_up.id).await {
                Ok(found) => open(found.state, &roll_up.id),
                Err(error) if *error.kind() == PsaErrorKind::NotFound => None,
                Err(error) => return self.cannot_list(connector, &lead, mapping, error).await,
            },
            None => None,
        };
        self.list_all(connector, lead, mapping, ticket, rest).await
    }

    /// Lists a recovery on the ticket that stands for many, which is open.
    pub(super) async fn list(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        lead: WorkItem,
        mapping: &Mapping,
        ticket: TicketId,
        rest: &mut VecDeque<WorkItem>,
    ) -> Result<Turn, Interrupted> {
        if self.waits_for_roll_up(&lead, mapping) {
            return Ok(Turn::Stayed);
        }
        self.list_all(connector, lead, mapping, Some(ticket), rest).await
    }

    fn waits_for_roll_up(&mut self, lead: &WorkItem, mapping: &Mapping) -> bool {
        let roll_up = Fingerprint::of_roll_up(mapping.client.as_str(), &lead.delivery.organization);
        let waits = self.is_blocked(&roll_up);
        if waits {
            self.block(lead.event.fingerprint(&mapping.client));
        }
        waits
    }

    async fn list_all(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        lead: WorkItem,
        mapping: &Mapping,
        ticket: Option<TicketId>,
        rest: &mut VecDeque<WorkItem>,
    ) -> Result<Turn, Interrupted> {
        self.read_wider();
        let first = lead.event.id.clone();
        let items = self.gather(connector, lead, mapping, ticket.as_ref(), rest);
        let request = Request::RollUp { lead: first, ticket: ticket.clone() };
        let under_way = self.start(connector, &items, mapping, request).await?;
        let started_at = under_way.started_at;
        let listed_on = match &ticket {
            Some(ticket) => match ticket::of_roll_up_note(&self.connection, &items, started_at) {
                Some(note) => connector.add_note(ticket, &note).await.map(|_| ticket.clone()),
                None => Ok(ticket.clone()),
            },
            None => match ticket::of_roll_up(&self.connection, &items, &mapping.client, started_at) {
                Some(new_ticket) => connector.create_ticket(&new_ticket).await,
                None => return Ok(Turn::Moved),
            },
        };
        match listed_on {
            Ok(listed_on) => {
                info!(connection = %self.connection.id, ticket = %listed_on, events = items.len(), "Listed events on one ticket");
                self.all_listed(under_way, &items, &listed_on)?;
                self.call_worked().await?;
                Ok(Turn::Moved)
            }
            Err(error) => match &ticket {
                Some(ticket) if is_refusal(&error) => self.takes_no_more(under_way, &items, ticket, &error),
                _ => self.sort_out(under_way, error).await,
            },
        }
    }

    /// The lead, and whatever of the page is to be listed on the same ticket. Nothing overtakes what shares its
    /// fingerprint.
    fn gather(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        lead: WorkItem,
        mapping: &Mapping,
        ticket: Option<&TicketId>,
        rest: &mut VecDeque<WorkItem>,
    ) -> Vec<WorkItem> {
        let organization = lead.delivery.organization.clone();
        let mut listed = vec![lead];
        let mut left = HashSet::new();
        for item in std::mem::take(rest) {
            let fingerprint = item.event.fingerprint(&mapping.client);
            let joins = item.delivery.organization == organization
                && item.mapping.as_ref().is_some_and(|its| its.flow && its.client == mapping.client)
                && item.delivery.state == DeliveryState::Waiting
                && item.delivery.noted.is_none()
                && item.delivery.due_at <= self.now()
                && !self.is_blocked(&fingerprint)
                && !left.contains(&fingerprint)
                && self.is_listed_on(connector, &item, &fingerprint, ticket);
            if joins {
                listed.push(item);
            } else {
                left.insert(fingerprint);
                rest.push_back(item);
            }
        }
        listed
    }

    fn is_listed_on(
        &self,
        connector: &Arc<dyn PsaConnector>,
        item: &WorkItem,
        fingerprint: &Fingerprint,
        ticket: Option<&TicketId>,
    ) -> bool {
        let record = self.memory.record(item, fingerprint);
        match self.first_move(connector, item, &record) {
            Move::Create { .. } => {
                let storm = self.memory.storm(item);
                let current = storm.roll_up.as_ref().map(|roll_up| &roll_up.id);
                self.is_storm(item) && (ticket.is_none() || ticket == current)
            }
            // A recovery of what is listed there; the ticket was just seen to be open.
            Move::Look(of) => {
                item.delivery.resolves
                    && ticket == Some(&of)
                    && record.ticket.is_some_and(|tracked| tracked.is_roll_up)
            }
            Move::End(_) | Move::Note { .. } | Move::List(_) => false,
        }
    }

    fn all_listed(
        &mut self,
        mut under_way: UnderWay<'_>,
        items: &[WorkItem],
        ticket: &TicketId,
    ) -> Result<(), Interrupted> {
        let client = under_way.mapping.client.clone();
        for (delivery, item) in under_way.deliveries.iter_mut().zip(items) {
            let mut record = self.memory.record(item, &item.event.fingerprint(&client));
            listed(&mut record, delivery, ticket);
            let mut storm = self.memory.storm(item);
            storm.listed(ticket, &client, 1, self.now());
            let step = happen(delivery, Change::RolledUp(ticket.clone()), self.now())?;
            self.remember(Step { record: Some(record), storm: Some(storm), ..step });
        }
        Ok(())
    }

    /// The ticket takes no more notes: a new one will stand for the rest.
    fn takes_no_more(
        &mut self,
        mut under_way: UnderWay<'_>,
        items: &[WorkItem],
        ticket: &TicketId,
        error: &PsaError,
    ) -> Result<Turn, Interrupted> {
        let (now, detail, most) = (self.now(), error.to_string(), self.worker.plan.max_refusals);
        for (delivery, item) in under_way.deliveries.iter_mut().zip(items) {
            self.block(item.event.fingerprint(&under_way.mapping.client));
            let mut storm = self.memory.storm(item);
            storm.roll_up.take_if(|roll_up| roll_up.id == *ticket);
            let change = if delivery.refusals + 1 >= most {
                Change::Ended { reason: Reason::NoteRefused, detail: Some(error.partner_message()) }
            } else {
                again(now, Counts::Refusal, &detail)
            };
            let step = happen(delivery, change, now)?;
            self.remember(Step { storm: Some(storm), ..step });
        }
        Ok(Turn::Moved)
    }

    async fn cannot_list(
        &mut self,
        connector: &Arc<dyn PsaConnector>,
        lead: &WorkItem,
        mapping: &Mapping,
        error: PsaError,
    ) -> Result<Turn, Interrupted> {
        let fingerprint = lead.event.fingerprint(&mapping.client);
        self.cannot_look(connector, lead, fingerprint, error).await
    }
}

fn is_refusal(error: &PsaError) -> bool {
    matches!(error.kind(), PsaErrorKind::Rejected { .. } | PsaErrorKind::NotFound)
}

/// The ticket that takes notes now: the one that was asked for, or the one that a person merged it into.
fn open(state: TicketState, asked: &TicketId) -> Option<TicketId> {
    match state {
        TicketState::Open => Some(asked.clone()),
        TicketState::Merged(into) => Some(into),
        TicketState::Closed | TicketState::Deleted => None,
    }
}

/// What a line on that ticket makes the bridge remember.
pub(super) fn listed(record: &mut FingerprintRecord, delivery: &Delivery, ticket: &TicketId) {
    if delivery.resolves {
        record.resolved(delivery.event_time);
    } else {
        record.rolled_up(ticket.clone(), delivery.event_time);
    }
}
