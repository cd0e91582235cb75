//! The life of a connection in the store: every change is the domain's, has its audit line, or leaves no trace.

use super::fixture::{
    Must, World, actor, at, connection_id, partner, passed_check, proof_with, ready_connection, some_settings,
};
use crate::{
    catalogue::Language,
    connection::{CanaryPlan, Connection, ConnectionChange, ConnectionConflict, SuspensionCause},
    ids::ConnectionId,
    ports::ChangeError,
};
use jiff::SignedDuration;

const PLAN: CanaryPlan =
    CanaryPlan { first: SignedDuration::from_secs(60), longest: SignedDuration::from_secs(3600) };

fn suspended() -> ConnectionChange {
    ConnectionChange::Suspended { cause: SuspensionCause::Credentials, detail: "401".to_owned(), plan: PLAN }
}

pub(super) async fn a_new_connection_is_kept_as_it_is(w: World) {
    let connection = ready_connection("msp", "halo");
    w.keep(&connection).await;
    assert_eq!(w.connection_of("msp", &connection.id).await, connection);
    assert_eq!(
        w.connections(&partner("msp")).await.must("list connections"),
        std::slice::from_ref(&connection)
    );
    let audit = w.audit_of("msp").await;
    let [line] = audit.as_slice() else { panic!("one audit line, not {audit:?}") };
    assert_eq!((&line.actor, line.connection.as_ref()), (&actor("ann"), Some(&connection.id)));
}

pub(super) async fn a_partner_has_one_connection_to_a_tenant(w: World) {
    let first = ready_connection("msp", "halo");
    w.keep(&first).await;
    let second = Connection { id: connection_id("second"), ..first.clone() };
    let lines = w.audit_of("msp").await.len();
    assert!(
        !w.create_connection(&second, &actor("ann")).await.must("try to create it"),
        "there is one already"
    );
    assert_eq!(w.connection(&partner("msp"), &second.id).await.must("read it"), None, "nothing is kept");
    assert_eq!(w.audit_of("msp").await.len(), lines, "nor is there a line about it");

    let rivals = Connection { id: connection_id("rivals"), partner: partner("rival"), ..first.clone() };
    w.keep(&rivals).await;
    w.change("msp", &first.id, ConnectionChange::Revoked, at(1)).await;
    w.keep(&second).await;
    assert_eq!(w.connections(&partner("msp")).await.must("list connections"), [second]);
}

pub(super) async fn every_change_is_the_domains_and_has_its_audit_line(w: World) {
    let halo = w.connect("msp", "halo").await;
    let contact = ConnectionChange::ContactSaved {
        emergency_contact: Some("x@example.org".to_owned()),
        language: Language::De,
    };
    let changes = [
        contact,
        ConnectionChange::Checked(passed_check(at(1))),
        ConnectionChange::SettingsSaved(some_settings("9")),
        ConnectionChange::Proven(proof_with("9")),
        ConnectionChange::Confirmed,
        ConnectionChange::Paused { by: "ann".to_owned() },
        ConnectionChange::Resumed,
        suspended(),
        ConnectionChange::CredentialsReplaced { replaces: 1, check: passed_check(at(2)) },
        ConnectionChange::SettingsReset,
        ConnectionChange::Revoked,
    ];
    let mut expected = w.connection_of("msp", &halo).await;
    let mut lines = w.audit_of("msp").await.len();
    for (second, change) in (1..).zip(changes) {
        expected.apply(change.clone(), at(second)).must("the change is legal");
        let by = actor(&format!("person {second}"));
        let kept = w.change_connection(&partner("msp"), &halo, change.clone(), &by, at(second)).await;
        assert_eq!(kept.must("change the connection"), expected, "{change:?}");
        assert_eq!(w.connection_of("msp", &halo).await, expected, "{change:?} is kept");
        let audit = w.audit_of("msp").await;
        assert_eq!(audit.len(), lines + 1, "{change:?} writes one audit line");
        assert_eq!((&audit[0].actor, audit[0].at), (&by, at(second)), "newest first, by whom and when");
        assert_eq!(audit[0].connection.as_ref(), Some(&halo));
        lines += 1;
    }
}

pub(super) async fn a_conflict_changes_nothing_and_writes_nothing(w: World) {
    use ConnectionChange as C;
    use ConnectionConflict as X;
    let replaced = C::CredentialsReplaced { replaces: 7, check: passed_check(at(1)) };
    let no_contact = C::ContactSaved { emergency_contact: None, language: Language::En };
    let cases: Vec<(&str, Vec<C>, C, X)> = vec![
        ("a", vec![C::SettingsReset], C::Confirmed, X::SettingsMissing),
        ("b", vec![no_contact], C::Confirmed, X::ContactMissing),
        ("c", vec![C::SettingsSaved(some_settings("8"))], C::Confirmed, X::NotProven),
        ("d", vec![suspended()], C::Confirmed, X::Suspended),
        ("e", vec![], C::Paused { by: "ann".to_owned() }, X::NotConfirmed),
        ("f", vec![], C::Resumed, X::NotConfirmed),
        ("g", vec![], replaced, X::CredentialsChanged),
        ("h", vec![C::Revoked], C::SettingsReset, X::Revoked),
        ("i", vec![C::Revoked], C::Revoked, X::Revoked),
        ("j", vec![C::Confirmed, C::Revoked], C::Confirmed, X::Revoked),
    ];
    for (name, before, change, conflict) in cases {
        let id = w.connect("msp", name).await;
        for each in before {
            w.change("msp", &id, each, at(1)).await;
        }
        let (connection, audit) = (w.connection_of("msp", &id).await, w.audit_of("msp").await);
        let refused = w.change_connection(&partner("msp"), &id, change.clone(), &actor("ann"), at(2)).await;
        assert!(
            matches!(&refused, Err(ChangeError::Conflict(found)) if *found == conflict),
            "{change:?} is refused with {conflict:?}, not {refused:?}"
        );
        assert_eq!(w.connection_of("msp", &id).await, connection, "{change:?} leaves all as it was");
        assert_eq!(w.audit_of("msp").await, audit, "{change:?} leaves no audit line");
    }
}

pub(super) async fn only_its_partner_changes_a_connection(w: World) {
    let halo = w.live("msp", "halo").await;
    let before = w.connection_of("msp", &halo).await;
    for (by, id) in [("rival", halo.clone()), ("msp", connection_id("nowhere"))] {
        let change =
            w.change_connection(&partner(by), &id, ConnectionChange::Revoked, &actor("eve"), at(1)).await;
        assert!(matches!(change, Err(ChangeError::NotFound)), "{by} has no {id}: {change:?}");
    }
    assert_eq!(w.connection_of("msp", &halo).await, before);
    assert!(w.audit_of("rival").await.is_empty(), "a refusal leaves no audit line");
}

pub(super) async fn a_partners_connections_come_oldest_first_without_the_revoked(w: World) {
    let mut expected: Vec<Connection> = Vec::new();
    for (name, age) in [("b", 30), ("c", 10), ("a", 20), ("d", 40)] {
        let mut connection = ready_connection("msp", name);
        connection.created_at = at(-age);
        w.keep(&connection).await;
        expected.push(connection);
    }
    w.connect("rival", "e").await;
    w.change("msp", &connection_id("d"), ConnectionChange::Revoked, at(1)).await;
    expected.retain(|connection| connection.id != connection_id("d"));
    expected.sort_by_key(|connection| connection.created_at);
    assert_eq!(w.connections(&partner("msp")).await.must("list connections"), expected);
    let revoked = w.connection_of("msp", &connection_id("d")).await;
    assert_eq!(revoked.revoked_at, Some(at(1)), "a revoked one can still be read by its id");
    assert_eq!(w.connections(&partner("nobody")).await.must("list connections"), []);
}

pub(super) async fn the_operator_pages_over_all_connections_in_order_of_id(w: World) {
    let mut expected: Vec<ConnectionId> = Vec::new();
    for (owner, name) in
        [("msp", "e"), ("rival", "b"), ("msp", "a"), ("third", "d"), ("rival", "c"), ("msp", "f")]
    {
        expected.push(w.connect(owner, name).await);
    }
    w.change("rival", &connection_id("c"), ConnectionChange::Revoked, at(1)).await;
    expected.retain(|id| *id != connection_id("c"));
    expected.sort();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = w.all_connections(after.as_deref(), 2).await.must("list a page");
        assert!(page.items.len() <= 2, "at most as many as the limit");
        found.extend(page.items.into_iter().map(|connection| connection.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, expected);
}
