//! The outbox: notices are written with what causes them, told in order, by one teller at a time, until told or given up.

use super::fixture::{Must, World, actor, at, connection_id, event, partner, passed_check};
use crate::{
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    ids::ConnectionId,
    notice::{Cause, Channel, News, Notice, NoticePolicy, Standing, Told},
    ports::StoreError,
    reason::Reason,
};
use jiff::{SignedDuration, Timestamp};

/// What the stores of these cases tell.
pub(super) const POLICY: NoticePolicy = NoticePolicy {
    webhook: true,
    outage: SignedDuration::from_secs(60),
    budget: SignedDuration::from_secs(3600),
    settings: SignedDuration::from_secs(600),
};

const PLAN: CanaryPlan =
    CanaryPlan { first: SignedDuration::from_secs(60), longest: SignedDuration::from_secs(3600) };

fn suspended(cause: SuspensionCause) -> ConnectionChange {
    ConnectionChange::Suspended { cause, detail: "503".to_owned(), plan: PLAN }
}

fn again(second: i64) -> Told {
    Told::TryAgain { due_at: at(second), error: "421".to_owned() }
}

async fn take(w: &World, channel: Channel, second: i64) -> Vec<Notice> {
    w.take_notices(channel, at(second + 30), 100, at(second)).await.must("take notices")
}

async fn one(w: &World, channel: Channel, second: i64) -> Notice {
    let mut taken = take(w, channel, second).await;
    let notice = taken.pop().must("a notice that is due");
    assert_eq!(taken, [], "one alone");
    notice
}

async fn finish(w: &World, notice: &Notice, told: Told, second: i64) -> bool {
    w.finish_notice(&notice.id, notice.attempts, &told, at(second)).await.must("finish the notice")
}

/// Takes and tells all that is due.
async fn tell_all(w: &World, channel: Channel, second: i64) -> Vec<News> {
    let mut told = Vec::new();
    loop {
        let taken = take(w, channel, second).await;
        if taken.is_empty() {
            return told;
        }
        for notice in taken {
            assert!(finish(w, &notice, Told::Sent, second).await);
            told.push(notice.news);
        }
    }
}

async fn standing(w: &World, standing: Standing) -> Vec<Notice> {
    w.notices(standing, None, 1000).await.must("list notices").items
}

fn stopped(cause: Cause, since: Timestamp) -> News {
    News::Stopped { cause, since }
}

fn recovered(cause: Cause, since: Timestamp) -> News {
    News::Recovered { cause, since }
}

/// A live connection that lost its credentials at second 0, and what was told of it.
async fn refused(w: &World) -> ConnectionId {
    let halo = w.live("msp", "halo").await;
    w.change("msp", &halo, suspended(SuspensionCause::Credentials), at(0)).await;
    halo
}

pub(super) async fn a_change_writes_its_notices_whoever_makes_it(w: World) {
    let halo = w.live("msp", "halo").await;
    let lease = w.take_lease(&halo, at(0)).await;
    let down = suspended(SuspensionCause::Unavailable);
    w.change_leased(&lease, down, at(0)).await.must("suspend the connection");
    assert_eq!(take(&w, Channel::Mail, 59).await, [], "it may pass");
    let mail = one(&w, Channel::Mail, 60).await;
    assert_eq!((&mail.connection, &mail.partner), (&halo, &partner("msp")));
    assert_eq!((mail.at, mail.attempts, mail.standing), (at(0), 1, Standing::Waiting));
    assert_eq!(mail.news, stopped(Cause::Unavailable, at(0)));
    assert!(finish(&w, &mail, Told::Sent, 61).await);
    w.change("msp", &halo, ConnectionChange::Checked(passed_check(at(70))), at(70)).await;
    assert_eq!(tell_all(&w, Channel::Mail, 70).await, [recovered(Cause::Unavailable, at(0))]);
    assert_eq!(
        tell_all(&w, Channel::Webhook, 70).await,
        [stopped(Cause::Unavailable, at(0)), recovered(Cause::Unavailable, at(0))]
    );
    assert_eq!(standing(&w, Standing::Sent).await.len(), 4);
    assert_eq!(standing(&w, Standing::Waiting).await, []);
}

pub(super) async fn a_change_that_is_not_made_writes_none(w: World) {
    let halo = w.live("msp", "halo").await;
    let lease = w.take_lease(&halo, at(0)).await;
    w.hand_back(&lease).await.must("hand back");
    let late = w.change_leased(&lease, suspended(SuspensionCause::Credentials), at(0)).await;
    assert!(late.is_err(), "the lease is lost");
    let replaced = ConnectionChange::CredentialsReplaced { replaces: 7, check: passed_check(at(1)) };
    let conflict = w.change_connection(&partner("msp"), &halo, replaced, &actor("ann"), at(1)).await;
    assert!(conflict.is_err());
    assert_eq!(standing(&w, Standing::Waiting).await, []);
}

pub(super) async fn one_outage_makes_one_mail_whatever_it_turns_into(w: World) {
    let halo = w.live("msp", "halo").await;
    let down = suspended(SuspensionCause::Unavailable);
    for second in 0..5 {
        w.change("msp", &halo, down.clone(), at(second)).await;
        w.change("msp", &halo, ConnectionChange::CanaryFailed { plan: PLAN }, at(second)).await;
    }
    assert_eq!(tell_all(&w, Channel::Mail, 100).await, [stopped(Cause::Unavailable, at(0))]);
    w.change("msp", &halo, down.clone(), at(101)).await;
    assert_eq!(take(&w, Channel::Mail, 10_000).await, [], "it has been told");
    let refused = suspended(SuspensionCause::Credentials);
    for change in [refused.clone(), down.clone(), refused] {
        w.change("msp", &halo, change, at(10_001)).await;
    }
    assert_eq!(tell_all(&w, Channel::Mail, 20_000).await, [stopped(Cause::Credentials, at(0))]);
    w.change("msp", &halo, ConnectionChange::Recovered, at(20_001)).await;
    assert_eq!(tell_all(&w, Channel::Mail, 20_001).await, [recovered(Cause::Credentials, at(0))]);
}

pub(super) async fn what_is_over_before_anybody_began_to_tell_it_is_not_told(w: World) {
    let halo = w.live("msp", "halo").await;
    w.change("msp", &halo, suspended(SuspensionCause::Unavailable), at(0)).await;
    w.change("msp", &halo, ConnectionChange::Recovered, at(30)).await;
    assert_eq!(take(&w, Channel::Mail, 1000).await, []);
    // The next one is another matter.
    w.change("msp", &halo, suspended(SuspensionCause::Unavailable), at(1000)).await;
    assert_eq!(tell_all(&w, Channel::Mail, 2000).await, [stopped(Cause::Unavailable, at(1000))]);
}

pub(super) async fn what_is_over_while_it_is_told_is_told_to_the_end_in_order(w: World) {
    let halo = refused(&w).await;
    let mail = one(&w, Channel::Mail, 0).await;
    w.change("msp", &halo, ConnectionChange::Recovered, at(1)).await;
    assert_eq!(take(&w, Channel::Mail, 2).await, [], "the first is under way");
    assert!(finish(&w, &mail, again(10), 3).await);
    assert_eq!(take(&w, Channel::Mail, 4).await, [], "the first waits for its next attempt");
    let both = [stopped(Cause::Credentials, at(0)), recovered(Cause::Credentials, at(0))];
    assert_eq!(tell_all(&w, Channel::Mail, 10).await, both);
}

pub(super) async fn where_the_beginning_could_not_be_told_the_end_is_not_either(w: World) {
    let halo = refused(&w).await;
    let mail = one(&w, Channel::Mail, 0).await;
    w.change("msp", &halo, ConnectionChange::Recovered, at(1)).await;
    assert!(finish(&w, &mail, Told::Failed { error: "550".to_owned() }, 2).await);
    assert_eq!(take(&w, Channel::Mail, 1000).await, []);
    w.change("msp", &halo, suspended(SuspensionCause::Credentials), at(1000)).await;
    let mail = one(&w, Channel::Mail, 1000).await;
    assert!(finish(&w, &mail, Told::Failed { error: "550".to_owned() }, 1001).await);
    w.change("msp", &halo, ConnectionChange::Recovered, at(1002)).await;
    assert_eq!(take(&w, Channel::Mail, 2000).await, []);
}

pub(super) async fn a_taken_notice_is_nobody_elses_until_its_time_is_up(w: World) {
    let halo = refused(&w).await;
    let first = one(&w, Channel::Mail, 0).await;
    assert_eq!(first.attempts, 1);
    assert_eq!(take(&w, Channel::Mail, 29).await, []);
    let second = one(&w, Channel::Mail, 30).await;
    assert_eq!((&second.id, second.attempts), (&first.id, 2), "the same, another attempt");
    assert!(!finish(&w, &first, Told::Sent, 31).await, "whoever was too slow has no say");
    assert!(finish(&w, &second, Told::Sent, 32).await);
    assert!(!finish(&w, &second, again(50), 33).await, "told is told");
    assert_eq!(take(&w, Channel::Mail, 1000).await, []);
    let [sent] = &standing(&w, Standing::Sent).await[..] else { panic!("one was sent") };
    assert_eq!((&sent.connection, sent.finished_at, sent.attempts), (&halo, Some(at(32)), 2));
}

pub(super) async fn what_failed_is_told_again_when_it_is_due_and_given_up_in_the_open(w: World) {
    refused(&w).await;
    let first = one(&w, Channel::Mail, 0).await;
    assert!(finish(&w, &first, again(100), 1).await);
    assert_eq!(take(&w, Channel::Mail, 99).await, []);
    assert_eq!(standing(&w, Standing::Waiting).await[1].error.as_deref(), Some("421"));
    let second = one(&w, Channel::Mail, 100).await;
    assert_eq!((&second.id, second.attempts), (&first.id, 2));
    assert!(finish(&w, &second, Told::Failed { error: "550".to_owned() }, 101).await);
    assert_eq!(take(&w, Channel::Mail, 10_000).await, []);
    let failed = w.failed_notices(None, 10).await.must("list failed notices").items;
    let [notice] = &failed[..] else { panic!("one failed, not {failed:?}") };
    assert_eq!((&notice.id, notice.error.as_deref()), (&first.id, Some("550")));
    assert_eq!((notice.standing, notice.finished_at), (Standing::Failed, Some(at(101))));
}

pub(super) async fn notices_of_a_connection_come_in_order_and_hold_up_no_other(w: World) {
    let (halo, other) = (w.live("msp", "halo").await, w.live("msp", "other").await);
    for (second, change) in (0..).zip([
        suspended(SuspensionCause::Credentials),
        ConnectionChange::Recovered,
        suspended(SuspensionCause::Permission),
    ]) {
        w.change("msp", &halo, change, at(second)).await;
    }
    w.change("msp", &other, suspended(SuspensionCause::Credentials), at(3)).await;
    let taken = take(&w, Channel::Webhook, 10).await;
    let connections: Vec<_> = taken.iter().map(|notice| &notice.connection).collect();
    assert_eq!(connections, [&halo, &other], "the oldest of each, the oldest first");
    assert!(finish(&w, &taken[0], again(1000), 11).await);
    assert!(finish(&w, &taken[1], Told::Sent, 11).await);
    assert_eq!(take(&w, Channel::Webhook, 999).await, [], "the rest waits behind the first");
    let causes: Vec<News> = tell_all(&w, Channel::Webhook, 1000).await;
    assert_eq!(
        causes,
        [
            stopped(Cause::Credentials, at(0)),
            recovered(Cause::Credentials, at(0)),
            stopped(Cause::Permission, at(2))
        ]
    );
}

pub(super) async fn a_notice_that_is_not_due_yet_lets_the_next_pass(w: World) {
    let halo = w.live("msp", "halo").await;
    w.change("msp", &halo, ConnectionChange::SettingsReset, at(0)).await;
    w.change("msp", &halo, suspended(SuspensionCause::Credentials), at(1)).await;
    assert_eq!(tell_all(&w, Channel::Mail, 2).await, [stopped(Cause::Credentials, at(1))]);
    assert_eq!(tell_all(&w, Channel::Mail, 600).await, [stopped(Cause::SettingsMissing, at(0))]);
}

pub(super) async fn no_more_than_the_limit_are_taken(w: World) {
    for name in ["a", "b", "c"] {
        let id = w.live("msp", name).await;
        w.change("msp", &id, suspended(SuspensionCause::Credentials), at(0)).await;
    }
    let first = w.take_notices(Channel::Mail, at(30), 2, at(0)).await.must("take notices");
    assert_eq!(first.len(), 2);
    let rest = w.take_notices(Channel::Mail, at(30), 2, at(0)).await.must("take notices");
    assert_eq!(rest.iter().map(|it| &it.connection).collect::<Vec<_>>(), [&connection_id("c")]);
}

pub(super) async fn a_delivery_that_ends_without_a_ticket_is_told_to_the_vendor_alone(w: World) {
    let halo = w.simple().await;
    let (refused, made) = (event("acme", "1", at(-10)), event("acme", "2", at(-9)));
    for each in [&refused, &made] {
        w.take_in(each, at(0)).await;
    }
    let lease = w.take_lease(&halo, at(1)).await;
    w.end(&lease, "msp", &refused, Reason::PsaRefused, at(2)).await;
    w.make_ticket(&lease, "msp", &made, at(3)).await;
    let notice = one(&w, Channel::Webhook, 3).await;
    let organization = refused.organization.clone();
    let news = News::DeliveryEnded { event: refused.id.clone(), organization, reason: Reason::PsaRefused };
    assert_eq!((notice.news, notice.at), (news, at(2)));
    assert_eq!(take(&w, Channel::Mail, 10_000).await, []);
}

pub(super) async fn a_delivery_that_never_began_is_told_too(w: World) {
    let halo = w.simple().await;
    w.map_with("msp", &halo, &super::fixture::mapping_onto("acme", false), at(-10)).await;
    let off = event("acme", "off", at(-5));
    w.take_in(&off, at(0)).await;
    w.take_in(&off, at(1)).await;
    let told = tell_all(&w, Channel::Webhook, 2).await;
    assert!(
        matches!(&told[..], [News::DeliveryEnded { reason: Reason::FlowOff, event, .. }] if *event == off.id),
        "once, not {told:?}"
    );
}

pub(super) async fn revoking_is_told_and_then_what_it_ended(w: World) {
    let halo = w.simple().await;
    let waiting = event("acme", "1", at(-10));
    w.take_in(&waiting, at(0)).await;
    w.change("msp", &halo, suspended(SuspensionCause::Unavailable), at(1)).await;
    w.change("msp", &halo, ConnectionChange::Revoked, at(2)).await;
    let lease = w.take_lease(&halo, at(3)).await;
    w.end(&lease, "msp", &waiting, Reason::ConnectionRevoked, at(3)).await;
    assert_eq!(tell_all(&w, Channel::Mail, 10_000).await, [News::Revoked]);
    let told = tell_all(&w, Channel::Webhook, 10_000).await;
    assert!(
        matches!(&told[..], [News::Stopped { .. }, News::Revoked, News::DeliveryEnded { .. }]),
        "in order, not {told:?}"
    );
}

pub(super) async fn notices_page_newest_first(w: World) {
    for name in ["a", "b", "c"] {
        let id = w.live("msp", name).await;
        w.change("msp", &id, suspended(SuspensionCause::Credentials), at(0)).await;
    }
    let all = standing(&w, Standing::Waiting).await;
    assert_eq!(all.len(), 6, "a mail and an event each");
    let mut paged = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = w.notices(Standing::Waiting, cursor.as_deref(), 4).await.must("list notices");
        paged.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
    assert_eq!(all[5].connection, connection_id("a"), "the oldest last");
    let foreign = w.notices(Standing::Waiting, Some("nonsense"), 4).await;
    assert!(matches!(foreign, Err(StoreError::Cursor)), "{foreign:?}");
}

pub(super) async fn at_retention_what_was_told_is_deleted_and_what_waits_is_not(w: World) {
    refused(&w).await;
    assert_eq!(tell_all(&w, Channel::Mail, 0).await.len(), 1);
    w.expire(at(0), 100, at(10)).await.must("expire");
    assert_eq!(standing(&w, Standing::Sent).await.len(), 1, "not old enough");
    w.expire(at(1), 100, at(10)).await.must("expire");
    assert_eq!(standing(&w, Standing::Sent).await, []);
    assert_eq!(standing(&w, Standing::Waiting).await.len(), 1, "the vendor has not heard yet");
}
