//! Faults of the wire that every connector stands alike: what it says of them, and what is in the PSA afterwards.

use psa_connector::clock::{Clock, SystemClock};
use psa_connector::{NewNote, NewTicket, PsaConnector, PsaErrorKind, Reference, Text};
use psa_sim::{FaultKind, FaultRule, Frequency};
use std::collections::BTreeMap;
use std::time::Duration;

/// A simulator without its usual limit, and a connector to it that has looked up what it looks up once.
pub trait Stand: Sized {
    /// How faults name the endpoint of notes.
    const NOTES: &'static str;
    /// A stand of its own for each case.
    async fn start() -> Self;
    fn connector(&self) -> &dyn PsaConnector;
    fn new_ticket(&self, reference: &str) -> NewTicket;
    fn add_fault(&self, rule: FaultRule);
    fn settle_bound(&self) -> Duration;
    /// How many tickets have each reference.
    fn references(&self) -> BTreeMap<String, usize>;
}

fn at_create(kind: FaultKind) -> FaultRule {
    FaultRule::next(kind, 1).at("POST", "tickets")
}

async fn is_found(stand: &impl Stand, ticket: &NewTicket) -> bool {
    let found = stand.connector().find_ticket(&ticket.client, &ticket.reference, SystemClock.now());
    found.await.unwrap().is_some()
}

/// A stand whose next create is struck, and the ticket to make there.
async fn struck<S: Stand>(kind: FaultKind) -> (S, NewTicket) {
    let stand = S::start().await;
    stand.add_fault(at_create(kind));
    let ticket = stand.new_ticket("PB-1");
    (stand, ticket)
}

pub async fn a_lost_reply_is_an_unknown_outcome_and_the_ticket_is_found_once_it_settled<S: Stand>() {
    for kind in [FaultKind::GatewayTimeoutAfterStore, FaultKind::ResetAfterStore, FaultKind::LateCommit] {
        let (stand, ticket) = struck::<S>(kind).await;
        let error = stand.connector().create_ticket(&ticket).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown, "{kind:?}: {error}");
        tokio::time::sleep(stand.settle_bound() + Duration::from_millis(200)).await;
        assert!(is_found(&stand, &ticket).await, "{kind:?}");
        assert_eq!(stand.references(), [("PB-1".to_owned(), 1)].into(), "{kind:?}");
    }
}

pub async fn a_create_that_may_not_have_been_read_is_an_unknown_outcome_and_is_not_there<S: Stand>() {
    for kind in [FaultKind::ServerError, FaultKind::Maintenance, FaultKind::Reset] {
        let (stand, ticket) = struck::<S>(kind).await;
        let error = stand.connector().create_ticket(&ticket).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown, "{kind:?}: {error}");
        assert!(!is_found(&stand, &ticket).await, "{kind:?}");
    }
}

pub async fn a_create_that_was_limited_was_not_stored<S: Stand>() {
    for (kind, after) in
        [(FaultKind::TooManyRequests, Some(Duration::from_secs(1))), (FaultKind::TooManyRequestsBare, None)]
    {
        let (stand, ticket) = struck::<S>(kind).await;
        let error = stand.connector().create_ticket(&ticket).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::RateLimited { after });
        assert_eq!(stand.references(), BTreeMap::new());
    }
}

pub async fn a_ticket_that_lists_show_late_is_found_then<S: Stand>() {
    let (stand, ticket) = struck::<S>(FaultKind::LateVisibility).await;
    stand.connector().create_ticket(&ticket).await.unwrap();
    assert!(!is_found(&stand, &ticket).await);
    tokio::time::sleep(stand.settle_bound()).await;
    assert!(is_found(&stand, &ticket).await);
}

pub async fn a_lost_reply_to_a_note_is_an_unknown_outcome_too<S: Stand>() {
    let stand = S::start().await;
    let connector = stand.connector();
    let ticket = connector.create_ticket(&stand.new_ticket("PB-1")).await.unwrap();
    let note = NewNote { reference: Reference::new("PB-2"), text: Text::default(), fields: [].into() };
    stand.add_fault(FaultRule::next(FaultKind::GatewayTimeoutAfterStore, 1).at("POST", S::NOTES));
    let error = connector.add_note(&ticket, &note).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown);
    assert!(connector.find_note(&ticket, &note.reference).await.unwrap().is_some());
}

pub async fn a_storm_of_faults_loses_and_doubles_nothing<S: Stand>() {
    let stand = S::start().await;
    for kind in [
        FaultKind::GatewayTimeoutAfterStore,
        FaultKind::ResetAfterStore,
        FaultKind::ServerError,
        FaultKind::Maintenance,
    ] {
        stand.add_fault(FaultRule { frequency: Frequency::Probability(0.1), ..at_create(kind) });
    }
    for number in 0..40 {
        let ticket = stand.new_ticket(&format!("PB-{number}"));
        while let Err(error) = stand.connector().create_ticket(&ticket).await {
            assert_eq!(*error.kind(), PsaErrorKind::OutcomeUnknown, "{error}");
            if is_found(&stand, &ticket).await {
                break;
            }
        }
    }
    let references = stand.references();
    assert_eq!(references.len(), 40);
    assert!(references.values().all(|count| *count == 1), "{references:?}");
}

/// Runs these cases on a PSA's stand.
macro_rules! cases {
    ($stand:ty: $($case:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $case() {
            crate::common::$case::<$stand>().await;
        })*
    };
}
pub(crate) use cases;
