//! What becomes of a ticket or note on its way: drawn when its request begins, so that it comes to pass even where the
//! bridge dies with the reply.

use super::{
    Psas, VISIBLE_WITHIN_SECONDS,
    tenant::{KeptTicket, Mood, OPEN, Tenant},
};
use crate::random::Chance;
use jiff::{SignedDuration, Timestamp};
use psa_connector::{NewTicket, PsaErrorKind, Reference, TicketId, TicketState};
use std::time::Duration;

/// An account for whose tickets the PSA has never a good word.
pub const ALWAYS_REFUSED: &str = "always-refused";
/// An account whose tickets break the connector's code.
pub const BREAKS_CODE: &str = "breaks-code";

/// What becomes of a request that changes something.
#[derive(Clone, Debug)]
pub(super) enum Course {
    /// It is stored then, visible then, and answered.
    Answered { stored_at: Timestamp, visible_at: Timestamp },
    /// It is stored, and the reply is lost.
    Lost { stored_at: Timestamp, visible_at: Timestamp },
    /// It is not stored.
    Failed(PsaErrorKind),
}

/// Draws the course of a request that begins at `now`.
pub(super) fn draw(chance: &mut Chance, mood: Mood, now: Timestamp) -> Course {
    let (lost, unknown, unavailable, limited, broken, refused) = match mood {
        Mood::Flawless => (0, 0, 0, 0, 0, 0),
        Mood::Fine => (20, 10, 10, 10, 5, 5),
        Mood::Shaky => (200, 150, 100, 60, 60, 60),
        Mood::Down => (0, 300, 700, 0, 0, 0),
    };
    let mut lot = chance.below(1_000);
    let mut falls_on = |share: u64| {
        let hit = lot < share;
        lot = lot.wrapping_sub(share);
        hit
    };
    if falls_on(lost) {
        let visible = chance.below(VISIBLE_WITHIN_SECONDS * 1_000);
        let stored = chance.below(visible + 1);
        Course::Lost { stored_at: after(now, stored), visible_at: after(now, visible) }
    } else if falls_on(unknown) {
        Course::Failed(PsaErrorKind::OutcomeUnknown)
    } else if falls_on(unavailable) {
        Course::Failed(PsaErrorKind::Unavailable)
    } else if falls_on(limited) {
        let wait = chance.happens(1, 2).then(|| Duration::from_secs(chance.between(1, 90)));
        Course::Failed(PsaErrorKind::RateLimited { after: wait })
    } else if falls_on(broken) {
        Course::Failed(PsaErrorKind::Protocol)
    } else if falls_on(refused) {
        Course::Failed(PsaErrorKind::Rejected { field: None })
    } else {
        let lag = if chance.happens(1, 4) { chance.below(90_000) } else { 0 };
        Course::Answered { stored_at: now, visible_at: after(now, lag) }
    }
}

fn after(now: Timestamp, millis: u64) -> Timestamp {
    let span = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
    now.saturating_add(span).unwrap_or(Timestamp::MAX)
}

impl Psas {
    /// Decides over a new ticket, and stores it where it will be stored.
    pub(super) fn take_ticket(&self, key: &str, new: &NewTicket) -> (Course, Option<TicketId>) {
        let (simulation, now) = (&self.simulation, self.simulation.now());
        self.tenant(key, |tenant| {
            let mut course = simulation.draw(|chance| draw(chance, tenant.mood, now));
            let active = tenant.clients.get(&new.client).copied().unwrap_or(false);
            let refused = !active || new.title.contains(ALWAYS_REFUSED);
            if refused && tenant.mood != Mood::Down {
                course = Course::Failed(PsaErrorKind::Rejected { field: Some("client_id".to_owned()) });
            }
            let id = match &course {
                Course::Answered { stored_at, visible_at } => {
                    Some(self.store(tenant, new, *stored_at, *visible_at))
                }
                Course::Lost { stored_at, visible_at } => {
                    self.store(tenant, new, *stored_at, *visible_at);
                    None
                }
                Course::Failed(PsaErrorKind::Rejected { .. }) => {
                    tenant.count_refusal(&new.reference);
                    None
                }
                Course::Failed(_) => {
                    tenant.count_failure(&new.reference);
                    None
                }
            };
            (course, id)
        })
    }

    fn store(
        &self,
        tenant: &mut Tenant,
        new: &NewTicket,
        stored_at: Timestamp,
        visible_at: Timestamp,
    ) -> TicketId {
        let index = tenant.tickets.len();
        let id = TicketId::new(index.to_string());
        tenant.tickets.push(KeptTicket {
            id: id.clone(),
            client: new.client.clone(),
            reference: new.reference.clone(),
            title: new.title.clone(),
            stored_at,
            visible_at,
            state: TicketState::Open,
            status: OPEN,
            touched: false,
            known: false,
            notes: Vec::new(),
        });
        let twins = tenant.by_reference.entry(new.reference.clone()).or_default();
        twins.push(index);
        if twins.len() > 1 {
            self.simulation.breach(2, format!("{} tickets carry {}", twins.len(), new.reference));
        }
        id
    }

    /// Stores a note where it will be stored.
    pub(super) fn take_note(&self, key: &str, ticket: &TicketId, reference: &Reference) -> Course {
        let (simulation, now) = (&self.simulation, self.simulation.now());
        self.tenant(key, |tenant| {
            let course = simulation.draw(|chance| draw(chance, tenant.mood, now));
            let (Course::Answered { visible_at, .. } | Course::Lost { visible_at, .. }) = &course else {
                match &course {
                    Course::Failed(PsaErrorKind::Rejected { .. }) => tenant.count_refusal(reference),
                    _ => tenant.count_failure(reference),
                }
                return course;
            };
            let visible_at = *visible_at;
            let Some(kept) = tenant.stored(ticket, now).filter(|kept| kept.state != TicketState::Deleted)
            else {
                tenant.count_refusal(reference);
                return Course::Failed(PsaErrorKind::NotFound);
            };
            kept.notes.push((reference.clone(), visible_at));
            *tenant.notes.entry(reference.clone()).or_default() += 1;
            course
        })
    }
}
