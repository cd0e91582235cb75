//! The operator's view across partners: trouble, rejected input and its replay, and what the vendor's side changed.

use super::fixture::{Must, World, actor, at, connection_id, event, organization, partner};
use crate::{
    connection::{CanaryPlan, ConnectionChange, SuspensionCause},
    ids::{ConnectionId, EventId, RejectedId},
    ports::{AuditEntry, AuditFilter, RejectedFilter, RejectedInput, RejectedRecord, Replay},
    trouble::Trouble,
};
use jiff::SignedDuration;
use psa_connector::FieldProblem;

async fn troubled(w: &World, any_of: &[Trouble]) -> Vec<ConnectionId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = w.troubled_connections(any_of, after.as_deref(), 2).await.must("list a page");
        assert!(page.items.len() <= 2, "at most as many as the limit");
        found.extend(page.items.into_iter().map(|connection| connection.id));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

pub(super) async fn troubled_connections_are_found_by_their_trouble(w: World) {
    w.register("acme", &["msp", "rival"]).await;
    for (owner, name) in [("msp", "fine"), ("rival", "held"), ("msp", "unfit"), ("rival", "revoked")] {
        let live = w.live(owner, name).await;
        w.map(owner, &live, "acme").await;
    }
    for (owner, name) in [("msp", "paused"), ("rival", "down"), ("rival", "reset")] {
        w.live(owner, name).await;
    }
    w.connect("msp", "new").await;
    w.take_in(&event("acme", "1", at(-5)), at(0)).await;
    let plan = CanaryPlan { first: SignedDuration::from_secs(60), longest: SignedDuration::from_secs(60) };
    let down =
        ConnectionChange::Suspended { cause: SuspensionCause::Unavailable, detail: "503".to_owned(), plan };
    let problem = FieldProblem {
        field: "ticket.priority_id".to_owned(),
        code: "unknown_option".to_owned(),
        message: "Choose another.".to_owned(),
    };
    let pause = || ConnectionChange::Paused { by: "ann".to_owned() };
    for (owner, name, change) in [
        ("rival", "held", pause()),
        ("msp", "paused", pause()),
        ("rival", "down", down),
        ("rival", "reset", ConnectionChange::SettingsReset),
        ("msp", "unfit", ConnectionChange::SettingsCompared { problems: vec![problem] }),
        ("rival", "revoked", ConnectionChange::Revoked),
    ] {
        w.change(owner, &connection_id(name), change, at(1)).await;
    }
    let cases: [(&[Trouble], &[&str]); 8] = [
        (&[Trouble::Suspended], &["down"]),
        (&[Trouble::Paused], &["held", "paused"]),
        (&[Trouble::NotConfirmed], &["new"]),
        (&[Trouble::SettingsMissing], &["reset"]),
        (&[Trouble::UnfitSettings], &["unfit"]),
        (&[Trouble::Held], &["held"]),
        (&Trouble::ALL, &["down", "held", "new", "paused", "reset", "unfit"]),
        (&[], &[]),
    ];
    for (any_of, names) in cases {
        let expected: Vec<ConnectionId> = names.iter().map(|name| connection_id(name)).collect();
        assert_eq!(troubled(&w, any_of).await, expected, "in order of id with {any_of:?}");
    }
}

fn input(code: &str, second: i64) -> RejectedInput {
    RejectedInput {
        received_at: at(second),
        code: code.to_owned(),
        field: None,
        message: format!("{code} at {second}"),
        raw: "{}".to_owned(),
        length: 2,
    }
}

async fn listed(w: &World, filter: &RejectedFilter) -> Vec<RejectedRecord> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = w.rejected(filter, after.as_deref(), 2).await.must("list a page");
        assert!(page.items.len() <= 2, "at most as many as the limit");
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

fn replay(second: i64) -> Replay {
    let events = vec![EventId::derive("suite", "1")];
    Replay { at: at(second), by: actor("operator"), events, corrected: true }
}

pub(super) async fn rejected_input_is_filtered(w: World) {
    for second in 0..6 {
        let code = if second % 2 == 0 { "missing" } else { "not_json" };
        w.reject(&input(code, second)).await.must("keep it");
    }
    let all = || RejectedFilter::default();
    let newest = listed(&w, &all()).await.swap_remove(0);
    assert!(w.mark_replayed(&newest.id, &replay(9)).await.must("mark it"));
    let cases: [(RejectedFilter, &[i64]); 7] = [
        (all(), &[5, 4, 3, 2, 1, 0]),
        (RejectedFilter { code: Some("missing".to_owned()), ..all() }, &[4, 2, 0]),
        (RejectedFilter { code: Some("nonsense".to_owned()), ..all() }, &[]),
        (RejectedFilter { since: Some(at(2)), until: Some(at(4)), ..all() }, &[3, 2]),
        (RejectedFilter { replayed: Some(true), ..all() }, &[5]),
        (RejectedFilter { replayed: Some(false), ..all() }, &[4, 3, 2, 1, 0]),
        (
            RejectedFilter {
                code: Some("not_json".to_owned()),
                since: Some(at(1)),
                until: Some(at(6)),
                replayed: Some(false),
            },
            &[3, 1],
        ),
    ];
    for (filter, seconds) in cases {
        let found: Vec<_> =
            listed(&w, &filter).await.into_iter().map(|record| record.input.received_at).collect();
        assert_eq!(found, seconds.iter().map(|second| at(*second)).collect::<Vec<_>>(), "{filter:?}");
    }
}

async fn operators(w: &World) -> Vec<AuditEntry> {
    w.operator_audit(&AuditFilter::default(), None, 100).await.must("list the operator's audit").items
}

pub(super) async fn replayed_input_is_marked_once_with_the_operators_audit_line(w: World) {
    w.reject(&input("missing", 0)).await.must("keep it");
    w.reject(&input("missing", 1)).await.must("keep another");
    let record = listed(&w, &RejectedFilter::default()).await.swap_remove(1);
    assert_eq!(record.replay, None);
    assert!(w.mark_replayed(&record.id, &replay(5)).await.must("mark it"));
    assert!(!w.mark_replayed(&record.id, &replay(6)).await.must("mark it again"), "the first one counts");
    let marked = w.rejected_record(&record.id).await.must("read it").must("it is there");
    assert_eq!(marked, RejectedRecord { replay: Some(replay(5)), ..record });
    let lines = operators(&w).await;
    assert_eq!(lines.len(), 1, "one line: {lines:?}");
    assert_eq!((&lines[0].actor, lines[0].at), (&actor("operator"), at(5)));
    assert_eq!(lines[0].subject.as_deref(), Some(marked.id.as_str()));
    assert!(lines[0].before.is_some() && lines[0].after.is_some());
    let unknown: RejectedId = "rej_nothing".parse().must("an id");
    assert_eq!(w.rejected_record(&unknown).await.must("read it"), None);
    assert!(!w.mark_replayed(&unknown, &replay(7)).await.must("mark what is not there"));
}

pub(super) async fn the_operators_audit_tells_who_owns_what_and_is_no_partners(w: World) {
    w.register("acme", &["distributor", "msp"]).await;
    w.register("acme", &["msp"]).await;
    w.delete_organization(&organization("acme"), &actor("vendor"), at(3)).await.must("delete it");
    let lines = operators(&w).await;
    let told: Vec<_> = lines.iter().map(|line| (line.before.is_some(), line.after.is_some())).collect();
    assert_eq!(told, [(true, false), (true, true), (false, true)], "removed, changed, registered");
    let changed = lines[1].before.as_ref().must("what it was");
    assert_eq!(changed["chain"], serde_json::json!(["distributor", "msp"]));
    for by in ["msp", "distributor"] {
        assert!(w.audit_of(by).await.iter().all(|line| !format!("{line:?}").contains("chain")), "{by}");
    }
}

pub(super) async fn audit_lines_are_filtered_by_connection_and_time(w: World) {
    let (halo, second) = (w.live("msp", "halo").await, w.live("msp", "second").await);
    for (connection, moment) in [(&halo, 1), (&second, 2), (&halo, 3)] {
        w.change("msp", connection, ConnectionChange::Paused { by: "ann".to_owned() }, at(moment)).await;
    }
    let found = async |filter: AuditFilter| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = w.audit(&partner("msp"), &filter, after.as_deref(), 1).await.must("list a page");
            found.extend(page.items.into_iter().map(|line| line.at));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let now = || AuditFilter { since: Some(at(0)), ..AuditFilter::default() };
    assert_eq!(found(now()).await, [at(3), at(2), at(1)]);
    assert_eq!(found(AuditFilter { connection: Some(halo.clone()), ..now() }).await, [at(3), at(1)]);
    assert_eq!(found(AuditFilter { until: Some(at(3)), ..now() }).await, [at(2), at(1)]);
    let one = AuditFilter { connection: Some(halo), until: Some(at(3)), ..now() };
    assert_eq!(found(one).await, [at(1)]);
    let theirs = AuditFilter { connection: Some(connection_id("nowhere")), ..AuditFilter::default() };
    assert_eq!(found(theirs).await, []);
}
