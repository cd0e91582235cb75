//! Seat counts: the latest is kept, lines are set to work by what the settings and the mapping say, and every change of
//! one is a step of its own.

use super::fixture::{
    LEASE, Must, World, actor, at, event, mapping_onto, organization, partner, registered, some_settings,
};
use crate::{
    audit,
    connection::{ConnectionChange, Settings},
    event::{Event, SEATS_CHANGED, Seats},
    ids::{ConnectionId, EventId},
    ports::{AdvanceError, Lease, PutMapping, SeatItem, SeatStep, SeatWish, SeatWishError},
    seats::{
        IllegalSeatChange, LineChange, Looked, Row, Rows, SeatAttempt, SeatCause, SeatMode, SeatReason,
        SeatRest, SeatSettings, SeatWait,
    },
};
use jiff::{Timestamp, civil::date};
use psa_connector::{ClientId, LicenseDraft, LicenseId};

pub(super) const PRODUCT: &str = "mail";

/// A count of the product, told apart by `name`.
pub(super) fn counted(of: &str, name: &str, time: Timestamp, quantity: u32) -> Event {
    let seats = Some(Seats { product: PRODUCT.to_owned(), quantity });
    Event { event_type: SEATS_CHANGED.to_owned(), seats, ..event(of, name, time) }
}

/// The organisation on a licence of its own.
pub(super) fn licensed(of: &str) -> PutMapping {
    PutMapping { license: Some(LicenseId::new(format!("license-of-{of}"))), ..mapping_onto(of, true) }
}

fn mode(mode: SeatMode) -> ConnectionChange {
    let seats = Some(SeatSettings { mode, ..SeatSettings::default() });
    ConnectionChange::SettingsSaved(Settings { seats, ..some_settings("3") })
}

/// `halo` of the partner `msp`, with `acme` on a licence.
async fn scene(w: &World) -> ConnectionId {
    let halo = w.simple().await;
    w.map_with("msp", &halo, &licensed("acme"), at(-3300)).await;
    halo
}

async fn line(w: &World, connection: &ConnectionId) -> SeatItem {
    let found = w.seat_line(connection, &organization("acme"), PRODUCT).await.must("read the line");
    found.must("the line")
}

async fn lease(w: &World, connection: &ConnectionId, now: i64) -> Lease {
    match w.lease(connection, at(now + LEASE), at(now)).await.must("ask for the lease") {
        crate::ports::LeaseOutcome::Taken(work) => work.lease,
        other => panic!("a free lease is taken, not {other:?}"),
    }
}

pub(super) fn looked(item: &SeatItem, count: i64, now: i64) -> Looked {
    let mapping = item.mapping.as_ref().must("the mapping");
    let today = Row { on: date(2026, 3, 1), count };
    Looked {
        at: at(now),
        client: mapping.client.clone(),
        license: mapping.license.clone().must("the licence"),
        rows: Rows { today, later: None, by_period: false },
    }
}

pub(super) fn attempt(item: &SeatItem, expected: i64, now: i64) -> SeatAttempt {
    SeatAttempt {
        started_at: at(now),
        generation: 1,
        read: looked(item, expected, now),
        expected,
        target: i64::from(item.told.count),
        effective: date(2026, 3, 1),
        cause: SeatCause::Told,
        by: None,
        event: item.told.event.clone(),
        before: None,
    }
}

pub(super) fn step(item: &SeatItem, change: LineChange) -> SeatStep {
    SeatStep {
        organization: item.line.organization.clone(),
        product: item.line.product.clone(),
        heard: item.line.bells,
        change,
    }
}

fn started(item: &SeatItem, expected: i64, now: i64) -> SeatStep {
    step(item, LineChange::Started { attempt: attempt(item, expected, now), look_at: at(now + 180) })
}

/// Writes the count that was told over `expected`.
async fn write(w: &World, lease: &Lease, connection: &ConnectionId, expected: i64, now: i64) {
    let item = line(w, connection).await;
    w.advance_seats(lease, started(&item, expected, now), at(now)).await.must("start");
    let written = step(&item, LineChange::Written { restored: Vec::new() });
    w.advance_seats(lease, written, at(now)).await.must("finish");
}

pub(super) async fn the_latest_count_is_kept_in_whichever_order_they_come(w: World) {
    let halo = scene(&w).await;
    for (name, time, quantity) in [("2", -20, 12), ("1", -30, 11), ("4", -10, 14), ("3", -15, 13)] {
        w.take_in(&counted("acme", name, at(time), quantity), at(0)).await;
    }
    let told = w.told_seats(&organization("acme")).await.must("read the counts");
    assert_eq!(told.iter().map(|told| (told.count, told.time)).collect::<Vec<_>>(), [(14, at(-10))]);
    assert_eq!(line(&w, &halo).await.told, told[0]);
    // Of the same moment always the same one counts.
    w.take_in(&counted("acme", "5", at(-10), 15), at(0)).await;
    let ids = ["4", "5"].map(|name| EventId::derive("suite", name));
    let expected = if ids[1] > ids[0] { 15 } else { 14 };
    assert_eq!(line(&w, &halo).await.told.count, expected);
}

pub(super) async fn a_count_sets_its_line_to_work_as_the_settings_say(w: World) {
    let halo = scene(&w).await;
    assert_eq!(w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await.ring, std::slice::from_ref(&halo));
    assert_eq!(line(&w, &halo).await.line.due_at, Some(at(0)));
    assert_eq!(w.take_in(&counted("acme", "1", at(-5), 12), at(1)).await.ring, [], "a duplicate");
    assert_eq!(w.take_in(&counted("acme", "0", at(-9), 11), at(1)).await.ring, [], "an older one");
    assert_eq!(w.due_connections(at(2), 10).await.must("sweep"), std::slice::from_ref(&halo));
    assert_eq!(w.next_due(&halo).await.must("ask when work is due"), Some(at(0)));
    let lease = lease(&w, &halo, 3).await;
    w.change("msp", &halo, mode(SeatMode::Daily), at(4)).await;
    let item = line(&w, &halo).await;
    let compared = LineChange::Compared { seen: Some(looked(&item, 12, 5)), wait: None, next: Some(at(900)) };
    w.advance_seats(&lease, step(&item, compared), at(5)).await.must("compare");
    assert_eq!(w.take_in(&counted("acme", "2", at(-4), 13), at(6)).await.ring, [], "not before its time");
    assert_eq!(line(&w, &halo).await.line.due_at, Some(at(900)));
    w.change("msp", &halo, mode(SeatMode::Off), at(7)).await;
    let item = line(&w, &halo).await;
    let rested = LineChange::Rested { why: SeatRest::Off, next: None };
    w.advance_seats(&lease, step(&item, rested), at(8)).await.must("rest");
    assert_eq!(w.take_in(&counted("acme", "3", at(-3), 14), at(9)).await.ring, []);
    assert_eq!(line(&w, &halo).await.line.due_at, None);
}

pub(super) async fn mapping_finds_what_was_told_before(w: World) {
    let halo = w.simple().await;
    w.register("other", &["msp"]).await;
    assert_eq!(w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await.ring, [], "onto no licence");
    w.take_in(&counted("other", "2", at(-5), 7), at(0)).await;
    let lines = w.seat_lines(&halo, None, 10).await.must("list the lines").items;
    assert_eq!(lines.iter().map(|item| item.line.organization.as_str()).collect::<Vec<_>>(), ["acme"]);
    for of in ["acme", "other"] {
        w.map_with("msp", &halo, &licensed(of), at(5)).await;
    }
    let page = w.seat_lines(&halo, None, 1).await.must("list the lines");
    let next = page.next.must("a second page");
    let rest = w.seat_lines(&halo, Some(&next), 1).await.must("list the lines");
    let shown: Vec<_> =
        page.items.iter().chain(&rest.items).map(|item| (item.told.count, item.line.due_at)).collect();
    assert_eq!((shown, rest.next), (vec![(12, Some(at(5))), (7, Some(at(5)))], None));
    let due = w.due_seats(&halo, at(5), 10).await.must("list due lines");
    assert_eq!(due, [page.items, rest.items].concat());
    assert_eq!(w.due_seats(&halo, at(4), 10).await.must("list due lines"), []);
    // Two on one licence; none where the mapping went.
    let shared = PutMapping { license: licensed("acme").license, ..licensed("other") };
    w.map_with("msp", &halo, &shared, at(6)).await;
    assert!(line(&w, &halo).await.license_shared);
    let acme = organization("acme");
    assert!(w.delete_mapping(&partner("msp"), &halo, &acme, &actor("ann"), at(7)).await.must("unmap"));
    let item = line(&w, &halo).await;
    assert_eq!((item.mapping, item.license_shared), (None, false));
}

pub(super) async fn a_line_is_shown_to_its_partner_alone(w: World) {
    let halo = scene(&w).await;
    w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await;
    w.put_organization(&registered("acme", &["rival"], at(1)), &actor("vendor")).await.must("register");
    assert_eq!(w.seat_lines(&halo, None, 10).await.must("list the lines").items, []);
    assert_eq!(w.seat_line(&halo, &organization("acme"), PRODUCT).await.must("read the line"), None);
    let due = w.due_seats(&halo, at(2), 10).await.must("list due lines");
    assert_eq!(due.iter().map(|item| item.mapping.clone()).collect::<Vec<_>>(), [None]);
    for by in ["msp", "rival"] {
        let wish = SeatWish::Sync(vec![organization("acme")]);
        let taken = w.wish_seats(&partner(by), &halo, &wish, &actor("ann"), at(3)).await;
        let is_refused = matches!(taken, Err(SeatWishError::NoLine | SeatWishError::NoConnection));
        assert!(is_refused, "{by}: {taken:?}");
    }
}

pub(super) async fn a_change_is_one_step_with_its_entry_of_the_history(w: World) {
    let halo = scene(&w).await;
    w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await;
    let lease = lease(&w, &halo, 1).await;
    write(&w, &lease, &halo, 10, 2).await;
    w.take_in(&counted("acme", "2", at(-4), 13), at(3)).await;
    write(&w, &lease, &halo, 12, 4).await;
    let page = w.seat_history(&halo, None, None, 1).await.must("read the history");
    let next = page.next.must("a second page");
    let rest = w.seat_history(&halo, Some(&organization("acme")), Some(&next), 1).await;
    let rest = rest.must("read the history");
    let told: Vec<_> =
        page.items.iter().chain(&rest.items).map(|of| (of.entry.from, of.entry.to, of.entry.at)).collect();
    assert_eq!((told, rest.next), (vec![(12, 13, at(4)), (10, 12, at(2))], None));
    let other = w.seat_history(&halo, Some(&organization("other")), None, 10).await;
    assert_eq!(other.must("read the history").items, []);
    let item = line(&w, &halo).await;
    let again =
        w.advance_seats(&lease, step(&item, LineChange::Written { restored: Vec::new() }), at(5)).await;
    assert!(matches!(again, Err(AdvanceError::Seats(IllegalSeatChange::NothingUnderWay))), "{again:?}");
}

pub(super) async fn no_change_starts_without_the_lease_or_on_a_held_connection(w: World) {
    let halo = scene(&w).await;
    w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await;
    let old = lease(&w, &halo, 1).await;
    let item = line(&w, &halo).await;
    let new = lease(&w, &halo, 1 + LEASE).await;
    for (lease, paused, generation) in [(&old, false, 1), (&new, true, 1), (&new, false, 2)] {
        let change = if paused {
            ConnectionChange::Paused { by: "ann".to_owned() }
        } else {
            ConnectionChange::Resumed
        };
        w.change("msp", &halo, change, at(100)).await;
        let attempt = SeatAttempt { generation, ..attempt(&item, 10, 100) };
        let start = step(&item, LineChange::Started { attempt, look_at: at(280) });
        let made = w.advance_seats(lease, start, at(100)).await;
        assert!(matches!(made, Err(AdvanceError::LeaseLost)), "{paused} {generation}: {made:?}");
    }
    assert_eq!(line(&w, &halo).await.line.attempt, None);
    w.advance_seats(&new, started(&item, 10, 101), at(101)).await.must("start");
    w.change("msp", &halo, ConnectionChange::Paused { by: "ann".to_owned() }, at(102)).await;
    assert_eq!(w.next_due(&halo).await.must("ask when work is due"), None, "held");
    // What is under way can end.
    let written = step(&item, LineChange::Written { restored: Vec::new() });
    w.advance_seats(&new, written, at(103)).await.must("finish");
}

pub(super) async fn what_rings_while_a_line_is_worked_keeps_it_due(w: World) {
    let halo = scene(&w).await;
    w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await;
    let lease = lease(&w, &halo, 1).await;
    let item = line(&w, &halo).await;
    w.take_in(&counted("acme", "2", at(-4), 13), at(2)).await;
    let compared = LineChange::Compared { seen: Some(looked(&item, 12, 3)), wait: None, next: Some(at(900)) };
    let made = w.advance_seats(&lease, step(&item, compared.clone()), at(3)).await.must("compare");
    assert_eq!(made.due_at, Some(at(3)), "another count came meanwhile");
    let item = line(&w, &halo).await;
    let made = w.advance_seats(&lease, step(&item, compared), at(4)).await.must("compare");
    assert_eq!(made.due_at, Some(at(900)));
    assert_eq!(line(&w, &halo).await.line, made);
}

pub(super) async fn wishes_are_taken_with_an_audit_line_or_not_at_all(w: World) {
    let halo = scene(&w).await;
    w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await;
    let lease = lease(&w, &halo, 1).await;
    let wish = async |wish: SeatWish, now: i64| {
        w.wish_seats(&partner("msp"), &halo, &wish, &actor("ann"), at(now)).await
    };
    let confirm = |there: i64, here: i64| SeatWish::Confirm {
        organization: organization("acme"),
        product: PRODUCT.to_owned(),
        there,
        here,
    };
    let undo =
        |to: i64| SeatWish::Undo { organization: organization("acme"), product: PRODUCT.to_owned(), to };
    let before = w.audit_of("msp").await.len();
    for refused in
        [confirm(99, 12), undo(12), SeatWish::Sync(vec![organization("acme"), organization("none")])]
    {
        let answer = wish(refused.clone(), 2).await;
        assert!(answer.is_err(), "{refused:?}: {answer:?}");
    }
    assert_eq!((w.audit_of("msp").await.len(), line(&w, &halo).await.line.asked), (before, None));
    let item = line(&w, &halo).await;
    let wait = SeatWait {
        reason: SeatReason::BigDrop,
        since: at(3),
        there: Some(99),
        here: 12,
        on: Some(date(2026, 3, 1)),
        detail: None,
    };
    let compared =
        LineChange::Compared { seen: Some(looked(&item, 99, 3)), wait: Some(wait), next: Some(at(900)) };
    w.advance_seats(&lease, step(&item, compared), at(3)).await.must("compare");
    let changed = wish(confirm(98, 12), 4).await;
    assert!(matches!(changed, Err(SeatWishError::Illegal(IllegalSeatChange::CountsChanged))), "{changed:?}");
    assert_eq!(wish(confirm(99, 12), 5).await.must("confirm"), 1);
    assert_eq!(line(&w, &halo).await.line.due_at, Some(at(5)));
    write(&w, &lease, &halo, 99, 6).await;
    assert_eq!(wish(undo(12), 7).await.must("undo"), 1);
    let item = line(&w, &halo).await;
    let license = LicenseId::new("license-of-acme");
    assert_eq!(item.line.goal(&item.told, &license, date(2026, 3, 1)), 99);
    assert_eq!(wish(SeatWish::SyncAll, 8).await.must("ask"), 1);
    assert_eq!(wish(SeatWish::Sync(vec![organization("acme")]), 9).await.must("ask"), 1);
    let actions: Vec<_> = w.audit_of("msp").await.into_iter().map(|line| line.action).collect();
    let of_seats: Vec<_> = actions.iter().filter(|action| action.starts_with("seats.")).cloned().collect();
    let expected = ["seats.confirmed", "seats.sync_asked", "seats.sync_asked", "seats.undone"];
    let mut sorted = of_seats.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
    w.change("msp", &halo, ConnectionChange::Revoked, at(10)).await;
    let answer = wish(SeatWish::SyncAll, 11).await;
    assert!(matches!(answer, Err(SeatWishError::NoConnection)), "{answer:?}");
    assert_eq!(w.next_due(&halo).await.must("ask when work is due"), None, "revoked");
}

async fn register(w: &World, id: &str, chain: &[&str], now: i64) {
    w.put_organization(&registered(id, chain, at(now)), &actor("vendor")).await.must("register");
}

fn undone(to: i64) -> SeatWish {
    SeatWish::Undo { organization: organization("acme"), product: PRODUCT.to_owned(), to }
}

pub(super) async fn lines_wake_when_their_chain_gets_the_partner_back(w: World) {
    let halo = scene(&w).await;
    w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await;
    let lease = lease(&w, &halo, 1).await;
    w.change("msp", &halo, mode(SeatMode::Daily), at(2)).await;
    register(&w, "acme", &["rival"], 3).await;
    // Nobody hears of this while the organisation is another's.
    w.take_in(&counted("acme", "2", at(-4), 13), at(4)).await;
    let item = w.due_seats(&halo, at(5), 10).await.must("list due lines").pop().must("the line");
    assert_eq!(item.mapping, None);
    let rested = LineChange::Rested { why: SeatRest::NoLicense, next: Some(at(900)) };
    w.advance_seats(&lease, step(&item, rested), at(5)).await.must("rest");
    register(&w, "acme", &["rival", "msp"], 6).await;
    let item = line(&w, &halo).await;
    assert_eq!((item.line.due_at, item.told.count), (Some(at(6)), 13));
    let compared = LineChange::Compared { seen: Some(looked(&item, 13, 7)), wait: None, next: Some(at(900)) };
    w.advance_seats(&lease, step(&item, compared), at(7)).await.must("compare");
    register(&w, "acme", &["msp"], 8).await;
    assert_eq!(line(&w, &halo).await.line.due_at, Some(at(900)), "it was the partner's all along");
    w.change("msp", &halo, mode(SeatMode::Off), at(9)).await;
    let item = line(&w, &halo).await;
    let rested = LineChange::Rested { why: SeatRest::Off, next: None };
    w.advance_seats(&lease, step(&item, rested), at(9)).await.must("rest");
    register(&w, "acme", &["rival"], 10).await;
    register(&w, "acme", &["msp"], 11).await;
    assert_eq!(line(&w, &halo).await.line.due_at, None, "the settings say that none is written");
}

pub(super) async fn a_licence_is_shared_with_what_is_the_partners_alone(w: World) {
    let halo = scene(&w).await;
    w.register("other", &["msp"]).await;
    let shared = PutMapping { license: licensed("acme").license, ..licensed("other") };
    w.map_with("msp", &halo, &shared, at(-60)).await;
    w.take_in(&counted("acme", "1", at(-5), 12), at(0)).await;
    assert!(line(&w, &halo).await.license_shared);
    register(&w, "other", &["rival"], 1).await;
    let listed = w.seat_lines(&halo, None, 10).await.must("list the lines").items.pop().must("the line");
    let due = w.due_seats(&halo, at(2), 10).await.must("list due lines").pop().must("the line");
    for item in [line(&w, &halo).await, listed, due] {
        assert!(!item.license_shared, "a mapping that nobody sees uses no licence");
    }
    register(&w, "other", &["rival", "msp"], 3).await;
    assert!(line(&w, &halo).await.license_shared);
}

pub(super) async fn an_undo_is_of_the_licence_that_is_mapped_and_outlasts_the_same_count(w: World) {
    let halo = scene(&w).await;
    w.take_in(&counted("acme", "1", at(-9), 12), at(0)).await;
    let lease = lease(&w, &halo, 1).await;
    write(&w, &lease, &halo, 10, 2).await;
    let undo =
        async |now: i64| w.wish_seats(&partner("msp"), &halo, &undone(12), &actor("ann"), at(now)).await;
    let refused = async |now: i64, why: &str| {
        let lines = w.audit_of("msp").await.len();
        let answer = undo(now).await;
        let nothing = matches!(answer, Err(SeatWishError::Illegal(IllegalSeatChange::NothingToUndo)));
        assert!(nothing, "{why}: {answer:?}");
        assert_eq!(w.audit_of("msp").await.len(), lines, "{why}");
    };
    let elsewhere = PutMapping { license: Some(LicenseId::new("another")), ..licensed("acme") };
    w.map_with("msp", &halo, &elsewhere, at(3)).await;
    refused(4, "mapped onto another licence").await;
    w.map_with("msp", &halo, &PutMapping { license: None, ..licensed("acme") }, at(5)).await;
    refused(6, "mapped onto none").await;
    let acme = organization("acme");
    assert!(w.delete_mapping(&partner("msp"), &halo, &acme, &actor("ann"), at(7)).await.must("unmap"));
    refused(8, "not mapped").await;
    w.map_with("msp", &halo, &licensed("acme"), at(9)).await;
    assert_eq!(undo(10).await.must("undo"), 1);
    let goal = async || {
        let item = line(&w, &halo).await;
        item.line.goal(&item.told, &LicenseId::new("license-of-acme"), date(2026, 3, 1))
    };
    for (name, time, count, expected) in
        [("2", -8, 12, 10), ("3", -7, 12, 10), ("0", -10, 7, 10), ("4", -6, 8, 8), ("5", -5, 12, 12)]
    {
        w.take_in(&counted("acme", name, at(time), count), at(11)).await;
        assert_eq!(goal().await, expected, "{name}: {count} was told");
    }
}

pub(super) async fn the_history_goes_with_the_audit_and_leaves_what_can_be_taken_back(w: World) {
    let halo = scene(&w).await;
    let lease = lease(&w, &halo, 1).await;
    for (name, second, quantity, before) in [("1", 10, 11, 10), ("2", 20, 12, 11), ("3", 30, 13, 12)] {
        w.take_in(&counted("acme", name, at(second), quantity), at(second)).await;
        write(&w, &lease, &halo, before, second).await;
    }
    let kept = async || {
        let page = w.seat_history(&halo, None, None, 10).await.must("read the history");
        page.items.iter().map(|of| of.entry.to).collect::<Vec<_>>()
    };
    w.expire(at(5000), 100, at(5000)).await.must("expire");
    assert_eq!(kept().await, [13, 12, 11], "other records' retention is not the history's");
    while w.expire_audit(at(10), 100).await.must("expire") > 0 {}
    assert_eq!(kept().await, [13, 12, 11], "as old as retention is kept");
    assert_eq!(w.expire_audit(at(30), 1).await.must("expire"), 1, "up to the limit, the oldest first");
    assert_eq!(kept().await, [13, 12]);
    while w.expire_audit(at(31), 100).await.must("expire") > 0 {}
    assert_eq!(kept().await, [] as [i64; 0]);
    let taken = w.wish_seats(&partner("msp"), &halo, &undone(13), &actor("ann"), at(50)).await;
    assert_eq!(taken.must("undo"), 1);
}

pub(super) async fn a_line_of_the_audit_can_be_kept_by_itself(w: World) {
    let halo = w.simple().await;
    let draft = LicenseDraft { name: "Seats".to_owned(), product: PRODUCT.to_owned(), count: 3 };
    let of = w.connection_of("msp", &halo).await;
    let written = audit::license_asked(&of, &ClientId::new("7"), &draft, &actor("ann"), at(1));
    w.write_audit(&written).await.must("write the line");
    assert_eq!(w.audit_of("msp").await.first(), Some(&written.entry));
    assert_eq!(written.entry.subject.as_deref(), Some("7"));
}
