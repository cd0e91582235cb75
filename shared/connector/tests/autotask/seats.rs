//! Seat counts as units of contract services: what lost answers, late queries, people and closed periods do to them.

use super::support::{connector, credentials, license, options, sim, transport_on};
use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use psa_connector::clock::Clock;
use psa_connector::{
    LicenseRef, PsaConnector, PsaErrorKind, PsaKind, SeatBasis, SeatChange, SeatWrite, WriteStyle, open,
};
use psa_sim::{AutotaskSim, FaultKind, FaultRule};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const ADJUSTMENTS: &str = "contractserviceadjustments";
/// A service with 25 units in every period.
const SERVICE: i64 = 456;

struct Seats {
    sim: AutotaskSim,
    connector: Arc<dyn PsaConnector>,
    place: LicenseRef,
}

impl Seats {
    async fn start() -> Self {
        let sim = sim().await;
        Self { connector: connector(&sim), place: license(174, "29684183:456"), sim }
    }

    fn change(&self, expected: i64, target: i64, effective: Date) -> SeatChange {
        let (license, style) = (self.place.clone(), WriteStyle::CountOnly);
        SeatChange { license, expected, target, effective, style, before: None }
    }

    async fn set(&self, expected: i64, target: i64) -> Result<SeatWrite, PsaErrorKind> {
        let change = self.change(expected, target, today());
        self.connector.set_seat_count(&change).await.map_err(|error| error.kind().clone())
    }

    async fn units(&self, day: Date) -> i64 {
        self.connector.seat_count(&self.place, day).await.unwrap().count
    }

    fn posts(&self) -> u64 {
        self.sim.counts().requests_to("POST /contractserviceadjustments ")
    }

    async fn settled(&self) {
        tokio::time::sleep(self.sim.settle_bound() + Duration::from_millis(200)).await;
    }
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn next_month() -> Date {
    today().first_of_month().saturating_add(1.month())
}

fn time(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond()
}

fn written(from: i64, to: i64) -> SeatWrite {
    SeatWrite::Written { from, to, restored: Vec::new() }
}

#[tokio::test]
async fn a_change_takes_effect_on_its_day_and_not_before() {
    let seats = Seats::start().await;
    let (day, before) = (next_month(), next_month().yesterday().unwrap());
    let change = seats.change(25, 20, day);
    assert_eq!(seats.connector.set_seat_count(&change).await.unwrap(), written(25, 20));
    assert_eq!((seats.units(today()).await, seats.units(before).await, seats.units(day).await), (25, 25, 20));
    let SeatBasis::Period { from, until } =
        seats.connector.seat_count(&seats.place, day).await.unwrap().basis
    else {
        panic!("units stand in periods")
    };
    assert!(from == day && until > day, "the period was cut at {day}: {from} to {until}");
    assert_eq!(seats.set(25, 28).await, Ok(written(25, 28)));
    assert_eq!((seats.units(today()).await, seats.units(day).await), (28, 23), "a delta goes on");
    let changes: Vec<_> = seats.sim.adjustments().iter().map(|one| (one.change, one.from)).collect();
    assert_eq!(changes, [(-5, time(day)), (3, time(today()))]);
    assert_eq!(seats.sim.counts().requests_about_invoices(), 0);
}

#[tokio::test]
async fn an_adjustment_whose_answer_is_lost_is_sent_once_and_found_once_it_settled() {
    for kind in [FaultKind::GatewayTimeoutAfterStore, FaultKind::ResetAfterStore, FaultKind::LateCommit] {
        let seats = Seats::start().await;
        seats.sim.add_fault(FaultRule::next(kind, 1).at("POST", ADJUSTMENTS));
        assert_eq!(seats.set(25, 30).await, Err(PsaErrorKind::OutcomeUnknown), "{kind:?}");
        assert_eq!(seats.posts(), 1, "{kind:?}");
        seats.settled().await;
        assert_eq!(seats.units(today()).await, 30, "{kind:?}");
        assert_eq!(seats.set(25, 30).await, Ok(written(30, 30)), "{kind:?}");
        assert_eq!((seats.posts(), seats.sim.adjustments().len()), (1, 1), "{kind:?}: never twice");
    }
}

#[tokio::test]
async fn an_adjustment_that_may_not_have_been_read_is_an_unknown_outcome() {
    for kind in [FaultKind::ServerError, FaultKind::Maintenance, FaultKind::Reset] {
        let seats = Seats::start().await;
        seats.sim.add_fault(FaultRule::next(kind, 1).at("POST", ADJUSTMENTS));
        assert_eq!(seats.set(25, 30).await, Err(PsaErrorKind::OutcomeUnknown), "{kind:?}");
        assert_eq!((seats.units(today()).await, seats.posts()), (25, 1), "{kind:?}");
        assert_eq!(seats.set(25, 30).await, Ok(written(25, 30)), "{kind:?}");
        assert_eq!(seats.sim.adjustments().len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn an_adjustment_that_was_limited_was_not_made() {
    let seats = Seats::start().await;
    seats.sim.add_fault(FaultRule::next(FaultKind::TooManyRequestsBare, 1).at("POST", ADJUSTMENTS));
    assert_eq!(seats.set(25, 30).await, Err(PsaErrorKind::RateLimited { after: None }));
    assert!(seats.sim.adjustments().is_empty());
}

#[tokio::test]
async fn an_adjustment_that_shows_late_is_not_made_again() {
    let seats = Seats::start().await;
    seats.sim.add_fault(FaultRule::next(FaultKind::LateVisibility, 1).at("POST", ADJUSTMENTS));
    assert_eq!(seats.set(25, 30).await, Err(PsaErrorKind::OutcomeUnknown));
    assert_eq!(seats.units(today()).await, 25, "not yet");
    seats.settled().await;
    assert_eq!(seats.set(25, 30).await, Ok(written(30, 30)));
    assert_eq!(seats.sim.adjustments().len(), 1);
}

#[tokio::test]
async fn a_person_who_adjusts_meanwhile_is_noticed() {
    let seats = Seats::start().await;
    seats.sim.adjust_before_next(SERVICE, -4);
    assert_eq!(seats.set(25, 30).await, Err(PsaErrorKind::OutcomeUnknown));
    assert_eq!(seats.set(25, 30).await, Ok(SeatWrite::Moved { found: 26 }));
    seats.sim.set_units(SERVICE, time(today()), 25);
    assert_eq!(seats.set(26, 30).await, Ok(SeatWrite::Moved { found: 25 }));
    assert_eq!(seats.sim.adjustments().len(), 1);
}

#[tokio::test]
async fn what_autotask_does_not_take_is_refused_and_not_unknown() {
    let rejected = |kind: PsaErrorKind| matches!(kind, PsaErrorKind::Rejected { .. });
    let seats = Seats::start().await;
    seats.sim.configure(|switches| switches.units_may_be_zero = false);
    assert!(rejected(seats.set(25, 0).await.unwrap_err()));
    seats.sim.edit_tenant(|tenant| {
        for row in &mut tenant.contract_services.get_mut(&SERVICE).unwrap().units {
            row.posted = row.start <= time(today());
        }
    });
    assert!(rejected(seats.set(25, 30).await.unwrap_err()), "the period is posted");
    assert!(seats.sim.adjustments().is_empty());
    seats.sim.configure(|switches| switches.units_may_be_zero = true);
    seats.sim.edit_tenant(|tenant| {
        for row in &mut tenant.contract_services.get_mut(&SERVICE).unwrap().units {
            row.posted = false;
        }
    });
    assert_eq!(seats.set(25, 0).await, Ok(written(25, 0)));
}

#[tokio::test]
async fn a_contract_that_does_not_run_takes_nothing() {
    let seats = Seats::start().await;
    let far = today().saturating_add(2.years());
    for day in [far, today().saturating_sub(2.years())] {
        let error = seats.connector.set_seat_count(&seats.change(25, 30, day)).await.unwrap_err();
        assert_eq!(*error.kind(), PsaErrorKind::NotFound, "{day}: {error}");
    }
    seats.sim.edit_tenant(|tenant| tenant.contracts.get_mut(&29_684_183).unwrap().status = 0);
    assert_eq!(seats.set(25, 30).await, Err(PsaErrorKind::NotFound));
    for id in ["456", "x:456", "29684183:0", "29684183:456:1", ""] {
        let change = SeatChange { license: license(174, id), ..seats.change(25, 30, today()) };
        let error = seats.connector.set_seat_count(&change).await.unwrap_err();
        assert!(matches!(error.kind(), PsaErrorKind::Rejected { .. }), "{id}: {error}");
    }
    let other = SeatChange { license: license(174, "29684185:456"), ..seats.change(25, 30, today()) };
    let error = seats.connector.set_seat_count(&other).await.unwrap_err();
    assert_eq!(*error.kind(), PsaErrorKind::NotFound, "no contract of recurring services");
    assert_eq!(seats.posts(), 0);
}

#[tokio::test]
async fn the_services_of_a_companys_contracts_are_listed_with_their_units() {
    let seats = Seats::start().await;
    seats.sim.set_units(SERVICE, time(today()), 27);
    let listed = seats.connector.licenses(&seats.place.client).await.unwrap();
    let shown: Vec<_> =
        listed.iter().map(|one| (one.id.as_str(), one.name.as_str(), one.count, one.active)).collect();
    assert_eq!(
        shown,
        [
            ("29684183:456", "Acme managed services – Backup - M365 seats", 27, true),
            ("29684183:457", "Acme managed services – Email security - mailboxes", 40, true),
        ]
    );
    assert!(seats.connector.licenses(&license(177, "x").client).await.unwrap().is_empty());
}

/// A clock on which every look takes seconds: whatever is asked of Autotask takes long.
#[derive(Debug, Default)]
struct SlowDay(AtomicI64);

#[async_trait]
impl Clock for SlowDay {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.0.fetch_add(5, Ordering::SeqCst).seconds()
    }
    async fn sleep(&self, _: Duration) {}
}

#[tokio::test]
async fn an_adjustment_that_reading_held_up_does_not_leave() {
    let sim = sim().await;
    let connector =
        open(PsaKind::Autotask, &credentials(), &transport_on(Arc::new(SlowDay::default())), &options(&sim));
    let seats = Seats { connector: connector.unwrap(), place: license(174, "29684183:456"), sim };
    assert_eq!(seats.set(25, 30).await, Err(PsaErrorKind::Unavailable));
    assert_eq!(seats.posts(), 0, "the settle time counts from the beginning of the change");
}
