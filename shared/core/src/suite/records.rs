//! Audit lines, idempotency keys, request budgets and rejected input.

use super::fixture::{Must, World, actor, at, event, mapping_onto, operation, partner};
use crate::{
    budget::{BudgetAccount, BudgetGrant, BudgetPlan, Purpose},
    connection::ConnectionChange,
    ports::{AuditFilter, IdempotencyOutcome, RejectedFilter, RejectedInput, StoredResponse},
};
use jiff::{SignedDuration, Timestamp};

pub(super) async fn audit_lines_page_newest_first_each_once(w: World) {
    let halo = w.live("msp", "halo").await;
    for second in 0..7 {
        // Two at a time at the same moment.
        let change = ConnectionChange::Paused { by: "ann".to_owned() };
        w.change_connection(&partner("msp"), &halo, change, &actor(&format!("p{second}")), at(second / 2))
            .await
            .must("pause");
    }
    let all = w.audit_of("msp").await;
    assert!(all.iter().map(|line| std::cmp::Reverse(line.at)).is_sorted(), "newest first");
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page =
            w.audit(&partner("msp"), &AuditFilter::default(), after.as_deref(), 2).await.must("list a page");
        assert!(page.items.len() <= 2, "at most as many as the limit");
        paged.extend(page.items);
        w.change("msp", &halo, ConnectionChange::Resumed, at(100)).await;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all, "each once, whatever comes meanwhile");
}

pub(super) async fn audit_lines_say_what_it_was_and_what_it_is(w: World) {
    let halo = w.simple().await;
    let mapped = w.audit_of("msp").await.swap_remove(0);
    assert_eq!(mapped.subject.as_deref(), Some("acme"), "on which organisation");
    assert!(mapped.before.is_none() && mapped.after.is_some(), "there was no mapping: {mapped:?}");
    let off = mapping_onto("acme", false);
    w.map_with("msp", &halo, &off, at(1)).await;
    let changed = w.audit_of("msp").await.swap_remove(0);
    assert_eq!(changed.action, mapped.action, "one name for one thing");
    assert_eq!(changed.before, mapped.after, "what it was");
    assert_ne!(changed.after, changed.before, "what it is");
    let test = operation("msp", &halo, "test", at(2));
    w.create_operation(&test, &actor("cem")).await.must("create the operation");
    let asked = w.audit_of("msp").await.swap_remove(0);
    assert_eq!((asked.actor, asked.at), (actor("cem"), at(2)), "asking for a test ticket is told");
}

fn answer(body: &str) -> StoredResponse {
    StoredResponse {
        status: 201,
        content_type: "application/json".to_owned(),
        location: Some("/v1/connections/con_a".to_owned()),
        body: body.to_owned(),
    }
}

/// An hour until what was begun is free again, a day until an answer is forgotten.
async fn begin(w: &World, scope: &str, key: &str, body: &str, now: Timestamp) -> IdempotencyOutcome {
    let expired = now.checked_sub(SignedDuration::from_hours(1)).must("a time near the start");
    let forgotten = now.checked_sub(SignedDuration::from_hours(24)).must("a time near the start");
    w.begin_idempotent(scope, key, body, expired, forgotten, now).await.must("begin")
}

pub(super) async fn an_idempotency_key_is_answered_as_the_first_time(w: World) {
    assert_eq!(begin(&w, "msp POST", "k", "h1", at(0)).await, IdempotencyOutcome::Fresh);
    assert_eq!(begin(&w, "msp POST", "k", "h1", at(1)).await, IdempotencyOutcome::InFlight);
    assert_ne!(
        begin(&w, "msp POST", "k", "h2", at(1)).await,
        IdempotencyOutcome::Fresh,
        "taken, whatever the body"
    );
    w.finish_idempotent("msp POST", "k", &answer("{\"ü\":1}")).await.must("finish");
    assert_eq!(
        begin(&w, "msp POST", "k", "h1", at(2)).await,
        IdempotencyOutcome::Answered(answer("{\"ü\":1}"))
    );
    assert_eq!(begin(&w, "msp POST", "k", "h2", at(2)).await, IdempotencyOutcome::OtherBody);
    for (scope, key) in [("rival POST", "k"), ("msp PUT", "k"), ("msp POST", "k2")] {
        let other = begin(&w, scope, key, "h1", at(2)).await;
        assert_eq!(other, IdempotencyOutcome::Fresh, "{scope} {key} is another");
    }
    // Neither scope nor key may run into the other.
    assert_eq!(begin(&w, "msp", " POSTk", "h1", at(2)).await, IdempotencyOutcome::Fresh);
}

pub(super) async fn a_long_answer_is_given_again_whole(w: World) {
    let begin = || w.begin_idempotent("msp POST", "long", "h", at(-60), at(-9000), at(0));
    assert_eq!(begin().await.must("begin"), IdempotencyOutcome::Fresh);
    // Longer than some stores take at once, of letters that take more than a byte, and quoted.
    let body = format!("[{}]", vec!["\"Größe 容量\""; 50_000].join(","));
    let content_type = "application/json".to_owned();
    let answer = StoredResponse { status: 200, content_type, location: None, body };
    w.finish_idempotent("msp POST", "long", &answer).await.must("finish");
    assert_eq!(begin().await.must("ask again"), IdempotencyOutcome::Answered(answer));
}

pub(super) async fn an_idempotency_key_is_free_again_when_forgotten_or_too_old(w: World) {
    const HOUR: i64 = 3600;
    begin(&w, "s", "k", "h1", at(0)).await;
    w.forget_idempotent("s", "k").await.must("forget");
    assert_eq!(begin(&w, "s", "k", "h2", at(1)).await, IdempotencyOutcome::Fresh, "forgotten");
    assert_eq!(
        begin(&w, "s", "k", "h2", at(HOUR - 10)).await,
        IdempotencyOutcome::InFlight,
        "not yet expired"
    );
    assert_eq!(
        begin(&w, "s", "k", "h3", at(HOUR + 10)).await,
        IdempotencyOutcome::Fresh,
        "begun too long ago"
    );
    assert_eq!(
        begin(&w, "s", "k", "h3", at(HOUR + 11)).await,
        IdempotencyOutcome::InFlight,
        "and begun anew"
    );
    w.finish_idempotent("s", "k", &answer("done")).await.must("finish");
    let later = begin(&w, "s", "k", "h3", at(3 * HOUR)).await;
    assert_eq!(
        later,
        IdempotencyOutcome::Answered(answer("done")),
        "an answer does not expire as a beginning does"
    );
    let next_day = begin(&w, "s", "k", "h4", at(27 * HOUR)).await;
    assert_eq!(next_day, IdempotencyOutcome::Fresh, "answered long ago");
    w.forget_idempotent("s", "never begun").await.must("forgetting what is not there is no error");
}

pub(super) async fn a_budget_is_the_domains_account(w: World) {
    let plan = BudgetPlan { requests: 30, window: SignedDuration::from_secs(300), reserve: 10 };
    let mut account = BudgetAccount::default();
    let wishes = [
        (Purpose::Worker, 15, 0),
        (Purpose::Worker, 15, 1),
        (Purpose::Worker, 1, 2),
        (Purpose::Person, 8, 3),
        (Purpose::Person, 8, 4),
        (Purpose::Person, 1, 5),
        (Purpose::Worker, 5, 299),
        (Purpose::Person, 40, 311),
        (Purpose::Worker, 40, 700),
    ];
    for (purpose, wish, second) in wishes {
        let expected = account.take(&plan, purpose, wish, at(second));
        let granted = w.take_budget("tenant a", &plan, purpose, wish, at(second)).await.must("take");
        assert_eq!(granted, expected, "{wish} for {purpose:?} at {second} s");
    }
    let other = w.take_budget("tenant b", &plan, Purpose::Worker, 40, at(700)).await.must("take");
    assert_eq!(other, BudgetGrant::Granted(20), "another tenant has its own");
}

pub(super) async fn rejected_input_is_kept_and_pages_newest_first(w: World) {
    let mut expected = Vec::new();
    for n in 0..5 {
        let input = RejectedInput {
            received_at: at(n / 2),
            code: "not_json".to_owned(),
            field: (n % 2 == 0).then(|| "data.organization_id".to_owned()),
            message: "expected value at line 1".to_owned(),
            raw: format!("{{broken \u{1F9E8} {n}"),
            length: 1_000_000,
        };
        w.reject(&input).await.must("keep the input");
        expected.push(input);
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = w.rejected(&RejectedFilter::default(), after.as_deref(), 2).await.must("list a page");
        assert!(page.items.len() <= 2, "at most as many as the limit");
        found.extend(page.items.into_iter().map(|record| record.input));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(found.iter().map(|input| std::cmp::Reverse(input.received_at)).is_sorted(), "newest first");
    let key = |input: &RejectedInput| input.raw.clone();
    found.sort_by_key(key);
    expected.sort_by_key(key);
    assert_eq!(found, expected, "each once, as it came");
}

pub(super) async fn the_same_input_rejected_twice_is_kept_twice_or_once_but_not_lost(w: World) {
    let input = RejectedInput {
        received_at: at(0),
        code: "missing".to_owned(),
        field: None,
        message: "no id".to_owned(),
        raw: "{}".to_owned(),
        length: 2,
    };
    w.reject(&input).await.must("keep it");
    w.reject(&input).await.must("keep it again");
    let kept = w.rejected(&RejectedFilter::default(), None, 10).await.must("list").items;
    assert!(!kept.is_empty() && kept.iter().all(|each| each.input == input));
    assert!(!w.sees("msp", &event("acme", "1", at(0))).await, "rejected input is no event");
}

pub(super) async fn audit_lines_go_oldest_first_at_the_end_of_their_own_retention(w: World) {
    let halo = w.simple().await;
    for second in [10, 20, 30] {
        w.change("msp", &halo, ConnectionChange::Paused { by: "ann".to_owned() }, at(second)).await;
    }
    let all = w.audit_of("msp").await;
    w.expire(at(5000), 100, at(5000)).await.must("expire");
    assert_eq!(w.audit_of("msp").await, all, "other records' retention is not the audit's");
    let old = all.iter().filter(|line| line.at < at(20)).count();
    let operators =
        w.operator_audit(&AuditFilter::default(), None, 100).await.must("list the operator's").items;
    let all_old = old + operators.iter().filter(|line| line.at < at(20)).count();
    assert_eq!(w.expire_audit(at(20), 1).await.must("expire"), 1, "up to the limit");
    assert_eq!(w.expire_audit(at(20), 100).await.must("expire"), all_old - 1);
    assert_eq!(w.expire_audit(at(20), 100).await.must("expire"), 0);
    assert_eq!(w.audit_of("msp").await, all[..all.len() - old], "the newer lines stay");
}

pub(super) async fn an_account_that_nobody_draws_on_goes_at_retention(w: World) {
    let plan = BudgetPlan { requests: 10, window: SignedDuration::from_secs(300), reserve: 0 };
    let take =
        async |second| w.take_budget("tenant", &plan, Purpose::Person, 10, at(second)).await.must("take");
    assert_eq!(take(0).await, BudgetGrant::Granted(10));
    assert_eq!(w.expire(at(0), 100, at(1)).await.must("expire"), 0, "it was drawn on since");
    assert!(matches!(take(1).await, BudgetGrant::Spent { .. }));
    assert_eq!(w.expire(at(2), 100, at(2)).await.must("expire"), 1);
    assert_eq!(take(3).await, BudgetGrant::Granted(10), "a new account");
}
