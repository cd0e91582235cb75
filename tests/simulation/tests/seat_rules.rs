//! What the rules of seat counts come to when the real worker works them, step by step.

use jiff::{SignedDuration, civil::date};
use psa_bridge_core::{
    ports::{SeatWish, SeatWishError},
    seats::{IllegalSeatChange, SeatCause, SeatEffective, SeatMode, SeatReason, SeatSettings},
    usecases::seats::SeatState,
};
use psa_bridge_simulation::seats::{
    psa::{Kind, SETTLE, day},
    stage::Stage,
    world::{Fate, Read},
};
use psa_connector::{PsaErrorKind, WriteStyle};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn at_once() -> SeatSettings {
    SeatSettings { mode: SeatMode::AtOnce, ..SeatSettings::default() }
}

fn daily() -> SeatSettings {
    SeatSettings { mode: SeatMode::Daily, ..SeatSettings::default() }
}

fn count_now(stage: &Stage) -> i64 {
    stage.shared.with(|world| world.place.count_on(day(world.now)))
}

fn script(stage: &Stage, reads: &[Read], writes: &[Fate]) {
    stage.shared.with(|world| {
        world.script.reads.extend(reads.iter().cloned());
        world.script.writes.extend(writes.iter().cloned());
    });
}

/// What waits, and for how much.
fn waits(stage: &Stage) -> Option<SeatReason> {
    stage.item().line.waits.map(|waits| waits.reason)
}

#[test]
fn of_a_change_in_two_periods_the_undo_takes_back_just_the_last() {
    let settings = SeatSettings { effective: SeatEffective::IncreasesNow, ..at_once() };
    let mut stage = Stage::new(Kind::Added, 100, &settings);
    let june = date(2026, 6, 1);
    let counts = |stage: &Stage| {
        stage.shared.with(|world| (world.place.count_on(day(world.now)), world.place.count_on(june)))
    };
    for (told, expected) in [(95, (100, 95)), (110, (110, 110))] {
        stage.tell(told);
        stage.pass(MINUTE * 10);
        assert_eq!(counts(&stage), expected, "{told} were told");
    }
    // Today's row went from 100 to 110 and took the later one from 95 to 105, which then went to 110, too.
    assert_eq!(stage.undo(110).unwrap(), 1);
    stage.pass(MINUTE);
    assert_eq!(counts(&stage), (110, 105));
    let last = stage.history().pop().unwrap();
    assert_eq!((last.cause, last.from, last.to, last.effective), (SeatCause::Undone, 110, 105, june));
    for _ in 0..9 {
        stage.pass(DAY);
    }
    assert_eq!((count_now(&stage), waits(&stage)), (105, None), "the month turned, and it stays");
}

#[test]
fn an_undo_lasts_until_another_count_is_told() {
    let mut stage = Stage::new(Kind::Set, 80, &daily());
    let day_after = |stage: &mut Stage, told: u32| {
        stage.tell(told);
        stage.pass(DAY);
        count_now(stage)
    };
    assert_eq!(day_after(&mut stage, 100), 100);
    stage.undo(100).unwrap();
    stage.pass(MINUTE);
    assert_eq!((count_now(&stage), stage.preview().undone_by.as_deref()), (80, Some("ann")));
    assert_eq!(day_after(&mut stage, 100), 80, "the same count");
    // Told and told back before anybody compared.
    stage.tell(80);
    assert_eq!(day_after(&mut stage, 100), 100, "told anew");
}

#[test]
fn what_was_mapped_elsewhere_since_is_not_taken_back() {
    let mut stage = Stage::new(Kind::Set, 80, &at_once());
    stage.tell(100);
    stage.pass(MINUTE);
    stage.map("acme", Some("8"));
    for _ in 0..2 {
        let answer = stage.undo(100);
        let nothing = matches!(answer, Err(SeatWishError::Illegal(IllegalSeatChange::NothingToUndo)));
        assert!(nothing, "{answer:?}");
        stage.pass(MINUTE);
    }
    assert_eq!((stage.sent().len(), count_now(&stage)), (1, 100));
}

#[test]
fn lines_wake_when_the_chain_or_the_mapping_is_back() {
    for settings in [daily(), at_once()] {
        let mut stage = Stage::new(Kind::Added, 100, &settings);
        stage.tell(90);
        stage.pass(MINUTE);
        assert_eq!(count_now(&stage), 90);
        stage.own("acme", &["rival"]);
        stage.pass(DAY * 3);
        stage.tell(91);
        stage.pass(DAY);
        stage.own("acme", &["msp"]);
        stage.pass(MINUTE);
        assert_eq!(count_now(&stage), 91, "{:?}: the chain is back", settings.mode);
        for license in [None, Some("7")] {
            stage.map("acme", license);
            stage.pass(DAY);
        }
        stage.unmap();
        stage.pass(DAY);
        stage.tell(92);
        stage.map("acme", Some("7"));
        stage.pass(MINUTE);
        assert_eq!(count_now(&stage), 92, "{:?}: the mapping is back", settings.mode);
    }
}

#[test]
fn a_line_without_a_licence_is_looked_at_daily() {
    let mut stage = Stage::new(Kind::Added, 100, &daily());
    stage.tell(90);
    stage.pass(MINUTE);
    stage.map("acme", None);
    stage.pass(MINUTE);
    let due_at = stage.item().line.due_at;
    assert!(due_at.is_some_and(|due_at| due_at <= stage.now() + DAY), "{due_at:?}");
}

#[test]
fn a_preview_judges_as_the_worker_does() {
    let off = SeatSettings { mode: SeatMode::Off, ..SeatSettings::default() };
    let mut stage = Stage::new(Kind::Added, 100, &off);
    stage.tell(120);
    let seen = stage.preview();
    assert_eq!((seen.state, seen.reason, seen.there, seen.here), (SeatState::Off, None, Some(100), 120));
    // Another organisation on the licence.
    stage.own("other", &["msp"]);
    stage.map("other", Some("7"));
    let seen = stage.preview();
    assert_eq!((seen.state, seen.reason), (SeatState::Off, Some(SeatReason::LicenseShared)));
    assert!(seen.fix.is_some());
    stage.map("other", Some("8"));
    assert_eq!(stage.preview().reason, None);
    // A product that the settings do not name.
    stage.choose(&SeatSettings { product: Some("files".to_owned()), ..off.clone() });
    assert_eq!(stage.preview().state, SeatState::OtherProduct);
    // The contract ends with the month.
    for (effective, reason, effective_on) in [
        (SeatEffective::Today, None, date(2026, 5, 25)),
        (SeatEffective::IncreasesNow, None, date(2026, 5, 25)),
        (SeatEffective::NextMonth, Some(SeatReason::LicenseMissing), date(2026, 6, 1)),
    ] {
        let reads = [Read::Shows(100), Read::Fails(PsaErrorKind::NotFound)];
        let mut stage = Stage::new(Kind::Added, 100, &SeatSettings { effective, ..off.clone() });
        stage.tell(120);
        script(&stage, &reads, &[]);
        let seen = stage.preview();
        assert_eq!((seen.reason, seen.effective), (reason, Some(effective_on)), "{effective:?}");
        stage.choose(&SeatSettings { effective, ..at_once() });
        script(&stage, &reads, &[Fate::Fails(PsaErrorKind::Rejected { field: None })]);
        stage.pass(MINUTE);
        assert_eq!(!stage.sent().is_empty(), reason.is_none(), "{effective:?}: as it was shown");
    }
    // Fewer seats, where they would count after its end.
    let mut stage =
        Stage::new(Kind::Added, 130, &SeatSettings { effective: SeatEffective::IncreasesNow, ..off });
    stage.tell(120);
    script(&stage, &[Read::Shows(130), Read::Fails(PsaErrorKind::NotFound)], &[]);
    assert_eq!(stage.preview().state, SeatState::Equal, "nothing is to be written");
}

#[test]
fn a_preview_says_what_a_person_would_have_to_mend() {
    let mut stage = Stage::new(Kind::Set, 100, &SeatSettings::default());
    stage.tell(120);
    for (kind, reason) in [
        (PsaErrorKind::NotFound, SeatReason::LicenseMissing),
        (PsaErrorKind::MissingPermission, SeatReason::PermissionMissing),
    ] {
        script(&stage, &[Read::Fails(kind)], &[]);
        assert_eq!(stage.preview().reason, Some(reason));
    }
}

#[test]
fn a_change_that_nobody_wants_any_more_is_not_sent_again() {
    type Happens = fn(&Stage);
    let since: [(&str, Happens); 4] = [
        ("unmapped", Stage::unmap),
        ("mapped elsewhere", |stage| stage.map("acme", Some("8"))),
        ("off", |stage| stage.choose(&SeatSettings::default())),
        ("not the partner's", |stage| stage.own("acme", &["rival"])),
    ];
    for (name, happens) in since {
        for (fate, made) in [(Fate::LostThere, 0), (Fate::LostBack, 1)] {
            let mut stage = Stage::new(Kind::Set, 80, &at_once());
            stage.tell(100);
            script(&stage, &[], &[fate]);
            stage.work();
            happens(&stage);
            // On the other licence there is nothing to do.
            stage.tell(if made == 1 { 100 } else { 80 });
            stage.pass(SETTLE + MINUTE);
            stage.pass(MINUTE);
            assert_eq!(stage.sent().len(), 1, "{name}: it is only read");
            assert_eq!(stage.history().len(), made, "{name}: what was made is in the history");
            stage.own("acme", &["msp"]);
            assert_eq!(stage.item().line.attempt, None, "{name}");
        }
    }
    let mut stage = Stage::new(Kind::Set, 80, &at_once());
    stage.tell(100);
    script(&stage, &[], &[Fate::LostThere]);
    stage.work();
    stage.pass(SETTLE + MINUTE);
    assert_eq!((stage.sent().len(), count_now(&stage)), (2, 100), "what is wanted still is");
}

#[test]
fn what_is_read_too_soon_after_a_write_is_not_repaired() {
    for kind in [Kind::Added, Kind::Set] {
        let mut stage = Stage::new(kind, 80, &SeatSettings { repair_drift: true, ..at_once() });
        stage.tell(100);
        // As before the write, in a reading after it.
        let shows = if kind == Kind::Added { vec![Read::Shows(80); 4] } else { vec![Read::Shows(80); 2] };
        script(&stage, &shows, &[]);
        stage.work();
        assert_eq!((stage.sent().len(), count_now(&stage)), (1, 100), "{kind:?}");
        assert_eq!(stage.item().line.due_at, Some(stage.now() + SETTLE), "{kind:?}");
        stage.pass(SETTLE);
        assert_eq!((stage.sent().len(), waits(&stage)), (1, None), "{kind:?}");
        // What a hand changed is repaired, once it is settled.
        stage.shared.with(|world| world.place.edit(day(world.now), 3));
        stage.pass(DAY);
        assert_eq!((stage.sent().len(), count_now(&stage)), (2, 100), "{kind:?}");
        assert_eq!(stage.history().pop().unwrap().cause, SeatCause::Repaired, "{kind:?}");
    }
}

#[test]
fn a_tenant_that_loses_other_fields_is_written_in_full_from_then_on() {
    let mut stage = Stage::new(Kind::Set, 80, &at_once());
    stage.tell(100);
    script(&stage, &[], &[Fate::Restores(vec!["notes".to_owned()])]);
    stage.work();
    for count in [101, 102] {
        stage.tell(count);
        stage.pass(MINUTE);
    }
    let styles: Vec<_> = stage.sent().iter().map(|change| change.style).collect();
    assert_eq!(styles, [WriteStyle::CountOnly, WriteStyle::Full, WriteStyle::Full]);
    assert_eq!(stage.history()[0].restored, ["notes"]);
}

#[test]
fn an_outcome_that_cannot_be_read_is_asked_about_and_read_again() {
    let mut stage = Stage::new(Kind::Added, 80, &at_once());
    stage.tell(100);
    script(&stage, &[], &[Fate::LostBack]);
    stage.work();
    let broken = || vec![Read::Fails(PsaErrorKind::Protocol)];
    for tries in 1..=20 {
        script(&stage, &broken(), &[]);
        stage.pass(MINUTE * 10);
        if let Some(reason) = waits(&stage) {
            assert_eq!((reason, tries), (SeatReason::OutcomeUnreadable, 8));
            break;
        }
    }
    let seen = stage.item().line;
    let detail = seen.waits.and_then(|waits| waits.detail).unwrap();
    assert!(detail.contains("from 80 to 100"), "{detail}");
    assert!(seen.attempt.is_some() && seen.due_at.is_some());
    stage.shared.with(|world| world.script.reads.clear());
    assert_eq!(stage.preview().state, SeatState::Waiting);
    stage.wish(&SeatWish::SyncAll).unwrap();
    stage.work();
    assert_eq!((stage.sent().len(), stage.history().len(), waits(&stage)), (1, 1, None));
}

#[test]
fn a_change_whose_licence_is_gone_leaves_what_is_known() {
    let mut stage = Stage::new(Kind::Added, 80, &at_once());
    stage.tell(100);
    script(&stage, &[], &[Fate::LostBack]);
    stage.work();
    for _ in 0..2 {
        script(&stage, &[Read::Fails(PsaErrorKind::NotFound)], &[]);
        stage.pass(DAY);
        let waits = stage.item().line.waits.unwrap();
        assert_eq!(waits.reason, SeatReason::LicenseMissing);
        assert!(waits.detail.unwrap().contains("from 80 to 100"));
    }
}
