//! The life of a connection.

use crate::{at, partner};
use jiff::SignedDuration;
use proptest::prelude::*;
use psa_bridge_core::{
    catalogue::Language,
    connection::{
        CanaryPlan, CheckResult, Connection, ConnectionChange as Change, ConnectionConflict as Conflict,
        Settings, SuspensionCause, TestProof,
    },
    life_cycle::{LifeCycle, Repeats},
    reason::Reason,
};
use psa_connector::{
    CheckCode, CheckLine, CheckReport, CheckStatus, FieldValue, PsaKind, TenantIdentity, TicketId,
};

const PLAN: CanaryPlan =
    CanaryPlan { first: SignedDuration::from_secs(60), longest: SignedDuration::from_secs(3600) };

fn check(status: CheckStatus) -> CheckResult {
    let line =
        CheckLine { code: CheckCode::Reachable, label: "x".into(), status, found: "y".into(), fix: None };
    CheckResult { at: at(0), report: CheckReport { lines: vec![line] } }
}

fn new_connection() -> Connection {
    let tenant = TenantIdentity { psa: PsaKind::HaloPsa, key: "k".into(), name: "n".into() };
    Connection::new("con_a".parse().unwrap(), partner("msp"), tenant, Language::En, check(CheckStatus::Ok))
}

/// Settings of which tickets look one way or the other.
fn settings(one: bool) -> Settings {
    let ticket = [("queue_id".to_owned(), FieldValue::Bool(one))].into_iter().collect();
    Settings { ticket, ..Settings::default() }
}

fn proof(generation: u32, settings: Option<Settings>) -> Change {
    Change::Proven(TestProof { at: at(0), ticket: TicketId::new("1"), generation, settings })
}

fn contact(address: Option<&str>) -> Change {
    Change::ContactSaved { emergency_contact: address.map(Into::into), language: Language::En }
}

fn suspended(cause: SuspensionCause) -> Change {
    Change::Suspended { cause, detail: "x".into(), plan: PLAN }
}

fn after(changes: impl IntoIterator<Item = Change>) -> Connection {
    let mut connection = new_connection();
    for change in changes {
        connection.apply(change, at(1)).unwrap();
    }
    connection
}

fn ready() -> Vec<Change> {
    vec![Change::SettingsSaved(settings(true)), contact(Some("a@b.c")), proof(1, Some(settings(true)))]
}

fn confirmed_after(more: impl IntoIterator<Item = Change>) -> Result<(), Conflict> {
    after(ready().into_iter().chain(more)).apply(Change::Confirmed, at(2))
}

#[test]
fn confirming_needs_settings_contact_and_a_test_ticket_of_now() {
    let replaced = || Change::CredentialsReplaced { replaces: 1, check: check(CheckStatus::Ok) };
    assert_eq!(confirmed_after([]), Ok(()));
    assert_eq!(confirmed_after([Change::SettingsReset]), Err(Conflict::SettingsMissing));
    assert_eq!(confirmed_after([contact(None)]), Err(Conflict::ContactMissing));
    assert_eq!(confirmed_after([Change::SettingsSaved(settings(false))]), Err(Conflict::NotProven));
    assert_eq!(
        confirmed_after([Change::SettingsSaved(settings(true))]),
        Ok(()),
        "the same settings are proven"
    );
    let other_life = Settings {
        life_cycle: LifeCycle { repeats: Repeats::NewTicket, ..LifeCycle::default() },
        ..settings(true)
    };
    assert_eq!(confirmed_after([Change::SettingsSaved(other_life)]), Ok(()), "tickets look the same");
    let back = [Change::SettingsSaved(settings(false)), Change::SettingsSaved(settings(true))];
    assert_eq!(confirmed_after(back), Ok(()), "and so they are when they come back");
    assert_eq!(confirmed_after([replaced()]), Err(Conflict::NotProven), "other credentials are not");
    assert_eq!(confirmed_after([replaced(), proof(1, Some(settings(true)))]), Err(Conflict::NotProven));
    assert_eq!(confirmed_after([replaced(), proof(2, Some(settings(true)))]), Ok(()));
    for cause in [SuspensionCause::Credentials, SuspensionCause::Permission, SuspensionCause::Unavailable] {
        assert_eq!(confirmed_after([suspended(cause)]), Err(Conflict::Suspended));
        assert_eq!(confirmed_after([suspended(cause), Change::Checked(check(CheckStatus::Ok))]), Ok(()));
        let failed = [suspended(cause), Change::Checked(check(CheckStatus::Failed))];
        assert_eq!(confirmed_after(failed), Err(Conflict::Suspended), "a check that failed mends nothing");
    }
}

#[test]
fn what_is_left_to_set_up_is_told_in_order() {
    let all = [Conflict::SettingsMissing, Conflict::ContactMissing, Conflict::NotProven];
    assert_eq!(new_connection().left_to_set_up(), all);
    for done in 0..=3 {
        let left = after(ready().into_iter().take(done)).left_to_set_up();
        assert_eq!(left, all[done..], "after {done} of 3");
    }
}

#[test]
fn the_hold_is_what_a_person_must_mend_first() {
    let mut connection = after(ready());
    assert_eq!(connection.hold(), Some(Reason::NotConfirmed));
    let steps = [
        (Change::Confirmed, None),
        (Change::SettingsReset, Some(Reason::SettingsMissing)),
        (suspended(SuspensionCause::Unavailable), Some(Reason::SuspendedUnavailable)),
        (suspended(SuspensionCause::Permission), Some(Reason::SuspendedPermission)),
        (suspended(SuspensionCause::Credentials), Some(Reason::SuspendedCredentials)),
        (Change::Paused { by: "ann".into() }, Some(Reason::Paused)),
        (Change::Revoked, Some(Reason::ConnectionRevoked)),
    ];
    for (change, hold) in steps {
        connection.apply(change.clone(), at(2)).unwrap();
        assert_eq!(connection.hold(), hold, "after {change:?}");
    }
}

#[test]
fn only_an_outage_has_a_canary_and_its_interval_doubles_up_to_the_longest() {
    for cause in [SuspensionCause::Credentials, SuspensionCause::Permission] {
        assert_eq!(
            after([suspended(cause)]).suspended.unwrap().canary_at,
            None,
            "{cause:?}: API users get locked"
        );
    }
    let mut connection = after([suspended(SuspensionCause::Unavailable)]);
    assert_eq!(connection.suspended.as_ref().unwrap().canary_at, Some(at(61)));
    for (look, interval) in (1..).zip([120, 240, 480, 960, 1920, 3600, 3600, 3600]) {
        let now = 100_000 * look;
        connection.apply(Change::CanaryFailed { plan: PLAN }, at(now)).unwrap();
        assert_eq!(connection.suspended.as_ref().unwrap().canary_at, Some(at(now + interval)), "look {look}");
    }
    assert_eq!(PLAN.interval(u32::MAX), PLAN.longest);
}

#[test]
fn a_suspension_keeps_its_beginning_when_its_cause_changes() {
    let mut connection = after([suspended(SuspensionCause::Unavailable)]);
    connection.apply(suspended(SuspensionCause::Credentials), at(500)).unwrap();
    let suspension = connection.suspended.unwrap();
    assert_eq!((suspension.since, suspension.cause), (at(1), SuspensionCause::Credentials));
}

#[test]
fn new_credentials_replace_those_that_they_were_made_for() {
    let replace = |replaces| Change::CredentialsReplaced { replaces, check: check(CheckStatus::Ok) };
    let mut connection =
        after([suspended(SuspensionCause::Credentials), Change::Throttled { until: at(99) }]);
    assert_eq!(connection.apply(replace(2), at(2)), Err(Conflict::CredentialsChanged));
    connection.apply(replace(1), at(2)).unwrap();
    assert_eq!((connection.generation, connection.suspended.clone(), connection.not_before), (2, None, None));
    assert_eq!(connection.apply(replace(1), at(3)), Err(Conflict::CredentialsChanged), "two at once");
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<bool>().prop_map(|seats| Change::SettingsSaved(settings(seats))),
        Just(Change::SettingsReset),
        any::<bool>().prop_map(|some| contact(some.then_some("a@b.c"))),
        any::<bool>().prop_map(|ok| Change::Checked(check(if ok {
            CheckStatus::Ok
        } else {
            CheckStatus::Failed
        }))),
        (1_u32..4)
            .prop_map(|replaces| Change::CredentialsReplaced { replaces, check: check(CheckStatus::Ok) }),
        ((1_u32..4), any::<bool>()).prop_map(|(generation, seats)| proof(generation, Some(settings(seats)))),
        Just(Change::Confirmed),
        Just(Change::Paused { by: "ann".into() }),
        Just(Change::Resumed),
        Just(Change::CallFailed),
        Just(Change::CallWorked),
        Just(Change::Throttled { until: at(1000) }),
        Just(suspended(SuspensionCause::Credentials)),
        Just(suspended(SuspensionCause::Unavailable)),
        Just(Change::CanaryFailed { plan: PLAN }),
        Just(Change::Recovered),
        prop::bool::weighted(0.1).prop_map(|revoke| if revoke { Change::Revoked } else { Change::Resumed }),
    ]
}

proptest! {
    #[test]
    fn no_sequence_breaks_the_promises(changes in prop::collection::vec(any_change(), 0..80)) {
        let mut connection = new_connection();
        for (second, change) in (1..).zip(changes) {
            let before = connection.clone();
            let result = connection.apply(change.clone(), at(second));
            if result.is_err() {
                prop_assert_eq!(&connection, &before, "{:?} leaves all as it was", change);
                continue;
            }
            prop_assert_eq!(connection.version, before.version + 1);
            prop_assert!(before.revoked_at.is_none(), "revoking is final");
            prop_assert!(connection.generation >= before.generation, "generations only grow");
            if connection.revoked_at.is_some() {
                prop_assert!(connection.generation > before.generation, "revoking raises the generation");
            }
            if before.confirmed_at.is_none() && connection.confirmed_at.is_some() {
                prop_assert!(connection.is_proven() && connection.left_to_set_up().is_empty());
                prop_assert!(connection.suspended.is_none() && connection.emergency_contact.is_some());
            }
            if before.confirmed_at.is_some() {
                prop_assert_eq!(connection.confirmed_at, before.confirmed_at, "confirming happens once");
            }
            if connection.paused.is_some() {
                prop_assert!(connection.confirmed_at.is_some(), "only what is live is paused");
            }
            prop_assert_eq!(&connection.tenant, &before.tenant, "bound to one tenant for good");
        }
    }
}
